package io.dualport.client.send;

import io.dualport.kernel.Errno;
import io.dualport.report.Words;

/**
 * What happened on one protocol, in a form that can be told in one line.
 *
 * @param errno what the kernel said; {@link Errno#UNKNOWN} where it said nothing
 * @param evidence what was seen, a clause without a full stop
 * @param advice what to try; empty if nothing is wrong
 */
record Verdict(Outcome outcome, Errno errno, String evidence, String advice) {

  /** Begins an advice that is something to find rather than to try. */
  static final String LOOK_FOR = "look for ";

  static Verdict open(String evidence) {
    return new Verdict(Outcome.OPEN, Errno.UNKNOWN, evidence, "");
  }

  static Verdict of(Outcome outcome, String evidence, String advice) {
    return new Verdict(outcome, Errno.UNKNOWN, evidence, advice);
  }

  boolean isOpen() {
    return outcome == Outcome.OPEN;
  }

  /** As in {@code refused: Connection refused (ECONNREFUSED): nobody listens. Try: ...}. */
  String text() {
    String said = errno == Errno.UNKNOWN ? "" : errno.text() + ": ";
    String next = advice.isEmpty() ? "" : "Try: " + advice;
    if (advice.startsWith(LOOK_FOR)) {
      next = "Look for: " + advice.substring(LOOK_FOR.length());
    }
    return Words.sentences(outcome.label() + ": " + said + evidence, next);
  }
}
