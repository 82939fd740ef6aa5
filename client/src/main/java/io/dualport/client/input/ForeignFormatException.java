package io.dualport.client.input;

import java.io.IOException;

/** A file is no text, or not whole; the message goes on from the file's name. */
public final class ForeignFormatException extends IOException {
  private static final long serialVersionUID = 1;

  ForeignFormatException(String message) {
    super(message);
  }
}
