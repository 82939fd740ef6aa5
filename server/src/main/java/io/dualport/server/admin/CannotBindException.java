package io.dualport.server.admin;

import java.net.InetSocketAddress;

/** The admin side's address was refused; the cause says why. */
public final class CannotBindException extends Exception {
  private static final long serialVersionUID = 1;

  private final InetSocketAddress address;

  CannotBindException(InetSocketAddress address, Throwable cause) {
    super("cannot bind " + address, cause);
    this.address = address;
  }

  /** What was to be bound. */
  public InetSocketAddress address() {
    return address;
  }
}
