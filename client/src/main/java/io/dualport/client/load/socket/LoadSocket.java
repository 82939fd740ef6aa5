package io.dualport.client.load.socket;

import io.dualport.client.load.plan.Closing;
import io.dualport.transport.SocketFacts;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A non-blocking socket, connected to the server or about to be. For its own loop alone. */
public interface LoadSocket {
  /**
   * Sends the first bytes of the loop's outgoing buffer.
   *
   * @return how many the kernel took: of datagrams all or none
   * @throws IOException what the kernel answered instead; of a connection it is the end
   */
  int send(int length) throws IOException;

  /**
   * Has the kernel cut what is sent from now on into datagrams (UDP_SEGMENT, udp(7)). For
   * transports that send segments.
   *
   * @param bytes of each, the last one may have fewer; 0 sends all as one
   * @throws IOException if this kernel does not
   */
  void cut(int bytes) throws IOException;

  /** Asks for {@link SocketListener#writable}, once. */
  void awaitWritable();

  /**
   * Segments that the kernel has sent again on this connection, probes for a lost end included (RFC
   * 8985; tcpi_total_retrans of TCP_INFO, tcp(7)); {@link SocketFacts#UNKNOWN} where it does not
   * tell, as for datagrams.
   */
  long retransmissions();

  /** Our own address and port. */
  InetSocketAddress local();

  /** Closes; nothing is called back any more. */
  void close(Closing closing);
}
