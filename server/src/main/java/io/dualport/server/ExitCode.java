package io.dualport.server;

import io.dualport.terminal.WatchedOutput;

/** What the process ends with; {@code --help} and docs/server.md list the same. */
public enum ExitCode {
  /** stopped cleanly. */
  STOPPED(0),
  /** anything else, a stop that did not end included. */
  FAILED(1),
  /** bad command line or configuration. */
  REFUSED(2),
  /** could not bind the port on both protocols. */
  COULD_NOT_BIND(3),
  /** nobody reads standard output any more; stopped in order. */
  UNREAD(WatchedOutput.UNREAD_EXIT_CODE);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  static ExitCode of(int number) {
    for (ExitCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return FAILED;
  }

  int number() {
    return number;
  }
}
