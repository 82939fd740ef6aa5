package io.dualport.server.echo;

import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The stream half of the port: listens, accepts, echoes.
 *
 * <p>There are two of it. {@link ChannelStreamSockets} goes through Netty's channels, which every
 * transport has. {@link EpollStreamSockets} has the sockets themselves on Netty's epoll loop, which
 * is what an echo at the speed of one in C needs. They promise the same.
 */
interface StreamSockets {
  /**
   * Listens on one address.
   *
   * @return the address with the port the kernel gave
   * @throws IOException with the kernel's error; nothing is left open then
   */
  InetSocketAddress listen(InetSocketAddress wanted) throws IOException;

  /**
   * Takes over a listening socket; only where {@link InheritedSockets} accepts the transport.
   *
   * @throws IOException with the kernel's error
   */
  void adopt(InheritedSocket listening) throws IOException;

  /**
   * Closes all listeners.
   *
   * @return what is done when the kernel has let go of each
   */
  List<? extends Future<?>> stopListening();

  /** Closes every connection that is still open, from any thread; counted as drained. */
  void endConnections();
}
