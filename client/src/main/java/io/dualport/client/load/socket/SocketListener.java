package io.dualport.client.load.socket;

import java.nio.ByteBuffer;

/**
 * What happens on a {@link LoadSocket}. Never called before {@link LoadSockets#open} has returned.
 */
public interface SocketListener {
  void connected();

  /**
   * Bytes of the stream, or one datagram.
   *
   * @param in big endian; only during the call
   * @param at the index of the first byte
   * @param nowNanos when it was read
   * @return whether another datagram may be there already; of a stream the length tells
   */
  boolean received(ByteBuffer in, int at, int length, long nowNanos);

  /** There is room again. */
  void writable();

  /**
   * A connection has ended, or a socket reported an error.
   *
   * @param cause null for the server's FIN
   */
  void broken(Throwable cause);
}
