package io.dualport.lab;

import java.io.PrintStream;
import java.util.Map;

/** What {@code dual-lab COMMAND} runs. */
interface Subcommand {
  /**
   * Runs to the end.
   *
   * @param environment variables
   * @param out where the result goes
   * @param err where progress goes
   * @throws IllegalArgumentException with a message for the user, before anything was tried
   */
  ExitStatus run(Map<String, String> environment, PrintStream out, PrintStream err);
}
