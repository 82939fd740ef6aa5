package io.dualport.lab;

import java.io.PrintStream;
import java.util.Map;

/** What {@code dual-lab COMMAND} runs. */
interface LabSubcommand {
  /**
   * Runs to the end.
   *
   * @param environment variables
   * @param out where the result goes
   * @param err where progress goes
   * @throws IllegalArgumentException with a message for the user, before anything was tried
   */
  LabExit run(Map<String, String> environment, PrintStream out, PrintStream err);
}
