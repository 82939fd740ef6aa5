package io.dualport.client.target;

import java.io.IOException;

/** A target has no address that could be sent to; the message is a clause that says why. */
public final class UnresolvedException extends IOException {
  private static final long serialVersionUID = 1;

  private final String advice;

  /**
   * @param reason a clause without a full stop
   * @param advice what to try, a clause without a full stop
   * @param cause may be null
   */
  public UnresolvedException(String reason, String advice, Throwable cause) {
    super(reason, cause);
    this.advice = advice;
  }

  /** What to try, to stand behind "Try:". */
  public String advice() {
    return advice;
  }
}
