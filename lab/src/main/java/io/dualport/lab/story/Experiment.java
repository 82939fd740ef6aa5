package io.dualport.lab.story;

import io.dualport.lab.process.Lab;

/** One question, answered by sockets. A class that is one reads as a story, top down. */
public interface Experiment {
  /** What is known before it runs. */
  Page page();

  /**
   * Whether it takes a minute or more; then it runs only when asked for by its id.
   *
   * @return false unless overridden
   */
  default boolean isLong() {
    return false;
  }

  /**
   * Asks the kernel. Whatever was opened through {@code lab} is closed afterwards.
   *
   * @param lab programs, networks and ports
   * @param notes where every call, table and check is written down
   * @throws SkippedException if it cannot run here, with the reason
   * @throws Exception if it failed; that is a SURPRISE too
   */
  void run(Lab lab, Notebook notes) throws Exception;
}
