package io.dualport.client.command;

import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import java.io.PrintStream;

/** What {@code dual-client COMMAND} runs. */
public interface Subcommand {
  /** The one that is meant where none is named. */
  String DEFAULT = "send";

  /** In a footer of help: the line in whose place every verdict stands with its meaning. */
  String VERDICTS = "VERDICTS";

  /** The options shared with the other commands, as picocli filled them in. */
  CommonOptions common();

  /**
   * Runs to the end.
   *
   * @param settings of all layers, checked
   * @param out where the result goes
   * @param err where progress goes
   * @throws SettingException if what was asked makes no sense, before anything was sent
   */
  ExitStatus run(Settings settings, PrintStream out, PrintStream err);
}
