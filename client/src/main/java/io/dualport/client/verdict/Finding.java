package io.dualport.client.verdict;

import io.dualport.kernel.Errno;
import io.dualport.report.Words;

/**
 * A verdict and what it rests on, in a form that can be told in one line.
 *
 * @param errno what the kernel said; {@link Errno#UNKNOWN} where it said nothing
 * @param evidence what was sent, what came back and after how long, a clause without a full stop
 * @param advice what to try, or, after {@link #LOOK_FOR}, what to find; empty if nothing is wrong
 */
public record Finding(Verdict verdict, Errno errno, String evidence, String advice) {
  /** Begins an advice that is something to find rather than to try. */
  public static final String LOOK_FOR = "look for ";

  /** Nothing is wrong. */
  public static Finding open(String evidence) {
    return Verdict.OPEN.because(evidence, "");
  }

  /** The same, with something else to look for before the rest. */
  public Finding first(String cause) {
    return new Finding(verdict, errno, evidence, cause + "; " + advice);
  }

  /** What the kernel said; null where it said nothing. */
  public String errnoName() {
    return errno == Errno.UNKNOWN ? null : errno.name();
  }

  /** Null if nothing is wrong. */
  public String adviceOrNull() {
    return advice.isEmpty() ? null : advice;
  }

  public boolean isOpen() {
    return verdict == Verdict.OPEN;
  }

  /**
   * As in {@code refused: Connection refused (ECONNREFUSED): nobody listens. Try: ...}.
   *
   * @param lead what stands before an advice that does not begin with {@link #LOOK_FOR}
   */
  public String text(String lead) {
    String said = errno == Errno.UNKNOWN ? "" : errno.text() + ": ";
    String next = advice.isEmpty() ? "" : lead + advice;
    if (advice.startsWith(LOOK_FOR)) {
      next = "Look for: " + advice.substring(LOOK_FOR.length());
    }
    return Words.sentences(verdict.label() + ": " + said + evidence, next);
  }
}
