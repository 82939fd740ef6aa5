package io.dualport.lab;

import io.dualport.terminal.WatchedOutput;

/** How the program ends; the shell sees {@link #code}, and each command's help tells them. */
enum LabExit {
  /** Nothing surprised: every answer was the predicted one, or was skipped. */
  AS_PREDICTED(0),
  /** The kernel returned something else at least once, or a run failed. */
  SURPRISE(1),
  /** Bad command line. */
  REFUSED_INPUT(2),
  /** Nobody reads its output any more. */
  UNREAD(WatchedOutput.UNREAD_EXIT_CODE);

  private final int code;

  LabExit(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
