package io.dualport.client.target;

import io.dualport.kernel.Errno;
import java.io.IOException;

/** The source port could not be bound; the message names protocol and address. */
public final class SourcePortException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean usedUp;

  SourcePortException(String message, Throwable cause) {
    this(message, cause, Errno.of(cause) == Errno.EADDRINUSE);
  }

  SourcePortException(String message, Throwable cause, boolean usedUp) {
    super(message, cause);
    this.usedUp = usedUp;
  }

  /** Whether the kernel has none left, rather than that one being taken or forbidden. */
  public boolean isUsedUp() {
    return usedUp;
  }
}
