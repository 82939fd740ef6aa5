package io.dualport.lab.story;

/** What was to be tried cannot be tried here. */
public final class SkippedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Bilingual reason;

  /**
   * @param reason why, and what would make it possible
   */
  public SkippedException(Bilingual reason) {
    super(reason.toString());
    this.reason = reason;
  }

  /** Why, and what would make it possible. */
  public Bilingual reason() {
    return reason;
  }
}
