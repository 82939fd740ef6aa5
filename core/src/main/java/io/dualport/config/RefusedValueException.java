package io.dualport.config;

/**
 * A value of the right form that is refused all the same; its message says why, after the value.
 */
public final class RefusedValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public RefusedValueException(String message) {
    super(message);
  }
}
