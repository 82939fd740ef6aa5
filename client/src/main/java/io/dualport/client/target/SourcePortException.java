package io.dualport.client.target;

import java.io.IOException;

/** The source port could not be bound; the message names protocol and address. */
public final class SourcePortException extends IOException {
  private static final long serialVersionUID = 1;

  SourcePortException(String message, Throwable cause) {
    super(message, cause);
  }
}
