package io.dualport.lab.story;

/** Something that had to happen for the experiment to go on did not; a SURPRISE. */
public final class FailedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Bilingual what;

  /**
   * @param what it was, and what happened instead
   */
  public FailedException(Bilingual what) {
    super(what.toString());
    this.what = what;
  }

  /** What it was. */
  public Bilingual what() {
    return what;
  }
}
