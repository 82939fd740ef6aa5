package io.dualport.client.load.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Opens the sockets of one loop, which share one outgoing buffer. */
public interface LoadSockets {
  /** Bytes of the outgoing buffer, and the most that is received at once. */
  int BUFFER_BYTES = 65536;

  /** Big endian; what {@link LoadSocket#send} sends. */
  ByteBuffer out();

  /**
   * Begins to connect.
   *
   * @param source what to bind to, port 0 for any; or null for the kernel's choice
   * @throws IOException if the kernel refuses at once
   */
  LoadSocket open(InetSocketAddress source, SocketListener user) throws IOException;
}
