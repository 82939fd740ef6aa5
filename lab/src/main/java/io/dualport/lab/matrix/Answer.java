package io.dualport.lab.matrix;

/**
 * What bind and then listen return, or are predicted to return.
 *
 * @param bind OK or the errno's name
 * @param listen OK or the errno's name; null if it is not tried, because bind failed or the socket
 *     is UDP's
 */
record Answer(String bind, String listen) {
  private static final String OK = "OK";

  /** Both succeed. */
  static final Answer ALLOWED = new Answer(OK, OK);

  /** Bind succeeds, and there is no listen. */
  static final Answer BOUND = new Answer(OK, null);

  /** Bind fails. */
  static final Answer REFUSED = new Answer("EADDRINUSE", null);

  @Override
  public String toString() {
    return listen == null ? bind : bind + "/" + listen;
  }
}
