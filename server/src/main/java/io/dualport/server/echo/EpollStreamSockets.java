package io.dualport.server.echo;

import io.dualport.flow.FlowTable;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Stream sockets on Netty's epoll loops without its channels: {@link EpollListener} accepts, {@link
 * EpollConnection} echoes.
 */
final class EpollStreamSockets implements StreamSockets {
  private final List<EpollConnections> loops = new ArrayList<>();
  private final List<EpollListener> listeners = new ArrayList<>();
  private final ConnectionLimit limit;
  private final AcceptFaults faults;
  private int listenersMade;

  /**
   * @param flowTables the table of each loop
   */
  EpollStreamSockets(
      EventLoopGroup group,
      Map<EventExecutor, FlowTable> flowTables,
      ConnectionLimit limit,
      AcceptFaults faults,
      Map<EventExecutor, PendingBytes> pending,
      Stamper stamper,
      Duration idleTimeout) {
    this.limit = limit;
    this.faults = faults;
    for (EventExecutor loop : group) {
      loops.add(
          new EpollConnections(
              (IoEventLoop) loop,
              flowTables.get(loop),
              limit,
              pending.get(loop),
              stamper,
              idleTimeout.toNanos()));
    }
  }

  @Override
  public InetSocketAddress listen(InetSocketAddress wanted) throws IOException {
    LinuxSocket socket = open(wanted);
    try {
      socket.setReuseAddress(true); // a restart must not wait for TIME_WAIT
      socket.bind(wanted);
      socket.listen(NetUtil.SOMAXCONN);
      accept(socket);
      return socket.localAddress();
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public void adopt(InheritedSocket listening) throws IOException {
    accept(LinuxSocket.newSocket(listening.descriptor()));
  }

  private void accept(LinuxSocket listening) throws IOException {
    EpollConnections home = loops.get(listenersMade++ % loops.size());
    EpollListener listener = new EpollListener(listening, home, loops, limit, faults);
    Future<?> registered = home.register(listener, listener::start);
    if (!registered.awaitUninterruptibly().isSuccess()) {
      throw new IOException("epoll_ctl", registered.cause());
    }
    listeners.add(listener);
  }

  private static LinuxSocket open(InetSocketAddress wanted) throws IOException {
    try {
      return LinuxSocket.newSocketStream(
          wanted.getAddress() instanceof Inet4Address
              ? SocketProtocolFamily.INET
              : SocketProtocolFamily.INET6);
    } catch (ChannelException e) {
      throw new IOException("socket", e.getCause() == null ? e : e.getCause());
    }
  }

  @Override
  public List<? extends Future<?>> stopListening() {
    List<? extends Future<?>> closing = listeners.stream().map(EpollListener::stop).toList();
    listeners.clear();
    return closing;
  }

  @Override
  public void endConnections() {
    loops.forEach(EpollConnections::endAll);
  }
}
