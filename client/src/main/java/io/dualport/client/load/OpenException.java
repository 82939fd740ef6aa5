package io.dualport.client.load;

import io.dualport.flow.Protocol;

/** A connection could not be opened before the run. */
final class OpenException extends Exception {
  private static final long serialVersionUID = 1;

  private final Protocol protocol;

  /**
   * @param protocol whose connection it was
   */
  OpenException(Protocol protocol, Throwable cause) {
    super(cause);
    this.protocol = protocol;
  }

  Protocol protocol() {
    return protocol;
  }
}
