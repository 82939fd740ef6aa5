package io.dualport.config;

/**
 * A configuration that is refused; the message names the key, the value, where it came from and
 * what is allowed.
 */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SettingException(String message) {
    super(message);
  }
}
