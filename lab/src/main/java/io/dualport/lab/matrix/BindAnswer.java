package io.dualport.lab.matrix;

/**
 * What bind and then listen return, or are predicted to return.
 *
 * @param bind OK or the errno's name
 * @param listen OK or the errno's name; null if it is not tried, because bind failed or the socket
 *     is UDP's
 */
record BindAnswer(String bind, String listen) {
  private static final String OK = "OK";

  /** Both succeed. */
  static final BindAnswer ALLOWED = new BindAnswer(OK, OK);

  /** Bind succeeds, and there is no listen. */
  static final BindAnswer BOUND = new BindAnswer(OK, null);

  /** Bind fails. */
  static final BindAnswer REFUSED = new BindAnswer("EADDRINUSE", null);

  @Override
  public String toString() {
    return listen == null ? bind : bind + "/" + listen;
  }
}
