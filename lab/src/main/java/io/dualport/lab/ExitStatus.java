package io.dualport.lab;

/** How the program ends; the shell sees {@link #code}. */
enum ExitStatus {
  AS_PREDICTED(0, "nothing surprised: every answer was the predicted one, or was skipped"),
  SURPRISE(1, "the kernel returned something else at least once, or a run failed"),
  REFUSED_INPUT(2, "bad command line");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /** As picocli lists it: {@code code:meaning}. */
  String listing() {
    return code + ":" + meaning;
  }
}
