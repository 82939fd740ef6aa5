package io.dualport.lab.story;

/** Something that had to happen for the experiment to go on did not; a SURPRISE. */
public final class FailedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Text what;

  /**
   * @param what it was, and what happened instead
   */
  public FailedException(Text what) {
    super(what.en());
    this.what = what;
  }

  /** What it was. */
  public Text what() {
    return what;
  }
}
