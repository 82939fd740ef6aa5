package io.dualport.client.load;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** Opens the sockets of one loop, which share one outgoing buffer. */
interface Wires {
  /** Bytes of the outgoing buffer, and the most that is received at once. */
  int BUFFER_BYTES = 65536;

  /** Big endian; what {@link Wire#send} sends. */
  ByteBuffer out();

  /**
   * Begins to connect.
   *
   * @param source the address to bind to, or null for the kernel's choice
   * @throws IOException if the kernel refuses at once
   */
  Wire open(InetAddress source, WireUser user) throws IOException;
}
