package io.dualport.client.load;

/** A run that could not begin; the message is for the user. */
final class LoadFailure extends Exception {
  private static final long serialVersionUID = 1;

  LoadFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
