package io.dualport.soak;

/** What must never happen, and happened: one sentence. */
final class Violation extends Exception {
  private static final long serialVersionUID = 1;

  Violation(String what) {
    super(what);
  }
}
