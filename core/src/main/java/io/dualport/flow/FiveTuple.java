package io.dualport.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;

/**
 * What the kernel routes a packet by: protocol, source address and port, destination address and
 * port.
 *
 * <p>Seen from the server: {@code source} is the peer, {@code destination} the address it dialled.
 * Two flows of one client may differ in {@code protocol} alone, and are still two flows.
 *
 * <p>Tables look one up for each datagram. So address and hash are kept here as plain numbers: the
 * JDK has an address four objects away from its owner, each of which may miss the processor's
 * caches.
 */
public final class FiveTuple {
  /**
   * Secret, as source addresses can be forged: without a secret a sender could choose addresses
   * that all share one hash bucket.
   */
  private static final long[] KEYS = new long[12];

  static {
    SecureRandom random = new SecureRandom();
    Arrays.setAll(KEYS, i -> random.nextLong());
  }

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final long LOWER = 0xffff_ffffL;

  /** What stands before an IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2). */
  private static final long IPV4_MAPPED = 0xffff_0000_0000L;

  private final Protocol protocol;
  private final InetSocketAddress source;
  private final InetSocketAddress destination;

  /** The source's address as one of IPv6, and its port. */
  private final long sourceHigh;

  private final long sourceLow;
  private final int sourcePort;

  private final int hash;

  /** What protocol and destination add to the hash. */
  private final long destinationSum;

  /**
   * @param protocol TCP or UDP
   * @param source the peer, resolved
   * @param destination the dialled address, resolved
   * @throws IllegalArgumentException if an address is unresolved
   */
  public FiveTuple(Protocol protocol, InetSocketAddress source, InetSocketAddress destination) {
    this(
        Objects.requireNonNull(protocol, "protocol"),
        requireResolved(source),
        requireResolved(destination),
        destinationSum(protocol, destination));
  }

  private FiveTuple(
      Protocol protocol,
      InetSocketAddress source,
      InetSocketAddress destination,
      long destinationSum) {
    this.protocol = protocol;
    this.source = source;
    this.destination = destination;
    this.destinationSum = destinationSum;
    sourceHigh = high(source.getAddress());
    sourceLow = low(source.getAddress());
    sourcePort = source.getPort();
    hash = hash();
  }

  /**
   * Another source's to the same destination, of which a datagram socket meets one after the other.
   *
   * @param source resolved
   */
  public FiveTuple from(InetSocketAddress source) {
    return new FiveTuple(protocol, requireResolved(source), destination, destinationSum);
  }

  /** TCP or UDP. */
  public Protocol protocol() {
    return protocol;
  }

  /** The peer. */
  public InetSocketAddress source() {
    return source;
  }

  /** The dialled address. */
  public InetSocketAddress destination() {
    return destination;
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

  @Override
  public boolean equals(Object other) {
    return other instanceof FiveTuple that
        && hash == that.hash
        && sourceLow == that.sourceLow
        && sourceHigh == that.sourceHigh
        && sourcePort == that.sourcePort
        && protocol == that.protocol
        && (destination == that.destination || destination.equals(that.destination));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /**
   * The multilinear hash of Lemire and Kaser ("Strongly universal string hashing is fast", 2014):
   * whichever two five-tuples a sender chooses, their chance of sharing a hash is one in 2^32.
   */
  private int hash() {
    long sum = destinationSum + KEYS[2] * (sourceHigh >>> 32) + KEYS[3] * (sourceHigh & LOWER);
    sum += KEYS[4] * (sourceLow >>> 32) + KEYS[5] * (sourceLow & LOWER) + KEYS[6] * sourcePort;
    return (int) (sum >>> 32);
  }

  private static long destinationSum(Protocol protocol, InetSocketAddress destination) {
    long high = high(destination.getAddress());
    long low = low(destination.getAddress());
    long sum = KEYS[0] + KEYS[1] * protocol.number();
    sum += KEYS[7] * (high >>> 32) + KEYS[8] * (high & LOWER);
    sum += KEYS[9] * (low >>> 32) + KEYS[10] * (low & LOWER);
    return sum + KEYS[11] * destination.getPort();
  }

  private static long high(InetAddress address) {
    return address instanceof Inet4Address ? 0 : (long) LONG.get(address.getAddress(), 0);
  }

  private static long low(InetAddress address) {
    return address instanceof Inet4Address
        ? IPV4_MAPPED | ipv4(address.getAddress()) & LOWER
        : (long) LONG.get(address.getAddress(), Long.BYTES);
  }

  /** Octet by octet: read so, the compiler finds that the copy is not needed. */
  private static int ipv4(byte[] octets) {
    return octets[0] << 24 | (octets[1] & 0xff) << 16 | (octets[2] & 0xff) << 8 | octets[3] & 0xff;
  }

  private static InetSocketAddress requireResolved(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unresolved address: " + address);
    }
    return address;
  }

  /** As in {@code tcp 127.0.0.1:40000 -> 127.0.0.1:8888}. */
  @Override
  public String toString() {
    return protocol.label() + " " + Endpoint.text(source) + " -> " + Endpoint.text(destination);
  }
}
