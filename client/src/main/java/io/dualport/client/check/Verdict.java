package io.dualport.client.check;

import io.dualport.kernel.Errno;
import io.dualport.report.Words;

/**
 * A judgement and what it rests on.
 *
 * @param errno what the kernel said; {@link Errno#UNKNOWN} where it said nothing
 * @param evidence what was sent, what came back and after how long, a clause without a full stop
 * @param advice what to look for; empty if nothing is wrong
 */
record Verdict(Judgement judgement, Errno errno, String evidence, String advice) {

  static Verdict of(Judgement judgement, String evidence, String advice) {
    return new Verdict(judgement, Errno.UNKNOWN, evidence, advice);
  }

  boolean isOpen() {
    return judgement == Judgement.OPEN;
  }

  /** As in {@code refused: Connection refused (ECONNREFUSED): RST came back. Look for: ...}. */
  String text() {
    String said = errno == Errno.UNKNOWN ? "" : errno.text() + ": ";
    return Words.sentences(
        judgement.label() + ": " + said + evidence, advice.isEmpty() ? "" : "Look for: " + advice);
  }
}
