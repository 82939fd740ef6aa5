package io.dualport.probe;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * What the server writes into a probe message that asks for it: how the message looked when it
 * arrived.
 *
 * @param receivedNanos when, ns since the Unix epoch, by the server's clock
 * @param tuple the five-tuple as the server saw it: behind a NAT or a proxy not the one the client
 *     sent from
 * @param eventLoop the index of the event loop that served it, 0 to 255 (larger ones wrap)
 * @param instanceId drawn at the server's start; tells servers behind one address apart
 */
public record Stamp(long receivedNanos, FiveTuple tuple, int eventLoop, long instanceId) {
  /** Bytes on the wire. */
  public static final int BYTES = 56;

  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

  /** Overwrites {@link #BYTES} bytes at an index; the buffer's own indexes are not moved. */
  public void set(ByteBuf buffer, int index) {
    buffer.setLong(index, receivedNanos);
    setEndpoint(buffer, index + 8, tuple.source());
    setEndpoint(buffer, index + 26, tuple.destination());
    buffer.setByte(index + 44, tuple.protocol().number());
    buffer.setByte(index + 45, eventLoop);
    buffer.setLong(index + 46, instanceId);
    buffer.setShort(index + 54, 0);
  }

  /**
   * Reads the stamp at an index.
   *
   * @return empty if the server left it unwritten (all zero), or if it is no stamp
   */
  public static Optional<Stamp> get(ByteBuf buffer, int index) {
    int number = buffer.getUnsignedByte(index + 44);
    for (Protocol protocol : Protocol.values()) {
      if (protocol.number() == number) {
        FiveTuple tuple =
            new FiveTuple(
                protocol, getEndpoint(buffer, index + 8), getEndpoint(buffer, index + 26));
        return Optional.of(
            new Stamp(
                buffer.getLong(index),
                tuple,
                buffer.getUnsignedByte(index + 45),
                buffer.getLong(index + 46)));
      }
    }
    return Optional.empty();
  }

  private static void setEndpoint(ByteBuf buffer, int index, InetSocketAddress endpoint) {
    byte[] address = endpoint.getAddress().getAddress();
    if (address.length == 4) {
      buffer.setBytes(index, MAPPED);
      buffer.setBytes(index + 12, address);
    } else {
      buffer.setBytes(index, address);
    }
    buffer.setShort(index + 16, endpoint.getPort());
  }

  private static InetSocketAddress getEndpoint(ByteBuf buffer, int index) {
    byte[] address = new byte[16];
    buffer.getBytes(index, address);
    try {
      // Turns ::ffff:a.b.c.d back into an IPv4 address.
      return new InetSocketAddress(
          InetAddress.getByAddress(address), buffer.getUnsignedShort(index + 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are always an address", e);
    }
  }
}
