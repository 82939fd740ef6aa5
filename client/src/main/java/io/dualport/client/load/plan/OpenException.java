package io.dualport.client.load.plan;

import io.dualport.flow.Protocol;

/** A connection could not be opened before the run. */
public final class OpenException extends Exception {
  private static final long serialVersionUID = 1;

  private final Protocol protocol;

  /**
   * @param protocol whose connection it was
   */
  public OpenException(Protocol protocol, Throwable cause) {
    super(cause);
    this.protocol = protocol;
  }

  public Protocol protocol() {
    return protocol;
  }
}
