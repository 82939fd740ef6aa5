package io.dualport.client.load.plan;

/** A run that could not begin; the message is for the user. */
public final class LoadFailure extends Exception {
  private static final long serialVersionUID = 1;

  public LoadFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
