package io.dualport.client.merge;

/**
 * A log that cannot be merged; the message names the file, the line where there is one, and the
 * remedy.
 */
final class RefusedLogException extends Exception {
  private static final long serialVersionUID = 1;

  RefusedLogException(String message) {
    super(message);
  }

  /** What is wrong with one line of a file. */
  static RefusedLogException at(String file, long line, String fault) {
    return new RefusedLogException(
        file + ", line " + line + ": " + fault + "; copy the file again, or leave it out");
  }
}
