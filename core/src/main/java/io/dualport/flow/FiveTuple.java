package io.dualport.flow;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Objects;

/**
 * What the kernel routes a packet by: protocol, source address and port, destination address and
 * port.
 *
 * <p>Seen from the server: {@code source} is the peer, {@code destination} the address it dialled.
 * Two flows of one client may differ in {@code protocol} alone, and are still two flows.
 *
 * @param protocol TCP or UDP
 * @param source the peer, resolved
 * @param destination the dialled address, resolved
 */
public record FiveTuple(
    Protocol protocol, InetSocketAddress source, InetSocketAddress destination) {

  /**
   * Secret multipliers: source addresses can be forged, and {@code InetSocketAddress.hashCode} is a
   * plain sum, so without a secret a sender could choose addresses that all share one hash bucket.
   */
  private static final int ADDRESS_MULTIPLIER = new SecureRandom().nextInt() | 1;

  private static final int PORT_MULTIPLIER = new SecureRandom().nextInt() | 1;

  /**
   * @throws IllegalArgumentException if an address is unresolved
   */
  public FiveTuple {
    Objects.requireNonNull(protocol, "protocol");
    requireResolved(source);
    requireResolved(destination);
  }

  /** The same flow as its other end sees it. */
  public FiveTuple reversed() {
    return new FiveTuple(protocol, destination, source);
  }

  /** The five-tuple that differs from this one in the protocol alone. */
  public FiveTuple twin() {
    Protocol other = protocol == Protocol.TCP ? Protocol.UDP : Protocol.TCP;
    return new FiveTuple(other, source, destination);
  }

  /** Written out: a record's own is linked at its first call, 15 ms into the first message. */
  @Override
  public boolean equals(Object other) {
    return other instanceof FiveTuple that
        && protocol == that.protocol
        && source.equals(that.source)
        && destination.equals(that.destination);
  }

  @Override
  public int hashCode() {
    int hash = hash(source.getAddress()) + PORT_MULTIPLIER * source.getPort();
    hash = hash * ADDRESS_MULTIPLIER + hash(destination.getAddress());
    hash = hash + PORT_MULTIPLIER * destination.getPort() + protocol.number();
    return hash ^ (hash >>> 15);
  }

  private static int hash(InetAddress address) {
    if (address instanceof Inet4Address) {
      return address.hashCode() * ADDRESS_MULTIPLIER;
    }
    int hash = 0;
    for (byte b : address.getAddress()) {
      hash = hash * ADDRESS_MULTIPLIER + b;
    }
    return hash;
  }

  private static void requireResolved(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unresolved address: " + address);
    }
  }

  /** As in {@code tcp 127.0.0.1:40000 -> 127.0.0.1:8888}. */
  @Override
  public String toString() {
    return protocol.label() + " " + Endpoint.text(source) + " -> " + Endpoint.text(destination);
  }
}
