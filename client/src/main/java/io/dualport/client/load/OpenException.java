package io.dualport.client.load;

import io.dualport.flow.Protocol;

/** A connection could not be opened before the run. */
final class OpenException extends Exception {
  private static final long serialVersionUID = 1;

  private final Protocol protocol;
  private final int opened;

  /**
   * @param opened how many of the loop's connections of this protocol stood by then
   */
  OpenException(Protocol protocol, int opened, Throwable cause) {
    super(cause);
    this.protocol = protocol;
    this.opened = opened;
  }

  Protocol protocol() {
    return protocol;
  }

  int opened() {
    return opened;
  }
}
