package io.dualport.client.verify;

/** What the three accounts of one five-tuple say together. */
enum Agreement {
  AGREE("agree"),
  /** All are right: the path, a kernel or the guard took the difference. */
  LOST("lost on the way"),
  /** All are right: the network doubled packets. */
  DOUBLED("doubled on the way"),
  /** Echoes came after the client had given them up. */
  LATE("late"),
  CAPTURE_INCOMPLETE("capture incomplete"),
  /** The capture holds packets twice of which there was one. */
  CAPTURED_TWICE("captured twice"),
  CLIENT_WRONG("client wrong"),
  SERVER_WRONG("server wrong"),
  UNDECIDED("cannot be told");

  private final String label;

  Agreement(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /**
   * As {@link Comparison} tells it.
   *
   * @param right who is right; null where all are, or nobody can tell
   * @param reason a clause without a full stop
   */
  Comparison because(String right, String reason) {
    return new Comparison(this, right, reason);
  }

  /** For programs. */
  String key() {
    return label.replace("'", "").replace(' ', '-');
  }
}
