package io.dualport.client.target;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Words;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The sockets of a run, bound to one source port, so that their five-tuples differ in the protocol
 * alone. The kernel keeps a port table for each protocol, so this is no conflict; but a port that
 * is free for TCP can be taken for UDP, and then another is tried.
 */
public final class SharedSourcePort {
  /** Pairs that are tried before giving up. */
  public static final int ATTEMPTS = 16;

  private final InetAddress local;
  private final InetSocketAddress remote;
  private final Function<Protocol, Bootstrap> sockets;

  /**
   * @param local the source address of both sockets
   * @param remote where they will connect to
   * @param sockets makes an unbound, unconnected socket
   */
  public SharedSourcePort(
      InetAddress local, InetSocketAddress remote, Function<Protocol, Bootstrap> sockets) {
    this.local = local;
    this.remote = remote;
    this.sockets = sockets;
  }

  /**
   * Binds one socket for each protocol. Blocks; not for an event loop.
   *
   * @param wanted the port, or 0 for any that is free for all the protocols
   * @throws SourcePortException if it cannot be had; nothing stays bound
   */
  public Map<Protocol, Channel> bind(List<Protocol> protocols, int wanted)
      throws SourcePortException {
    if (wanted != 0 && reachesItself(wanted)) {
      throw new SourcePortException(
          "source and destination would both be "
              + Endpoint.text(remote)
              + ", and a socket connected to itself echoes without a server",
          null);
    }
    SourcePortException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Map<Protocol, Channel> bound = new EnumMap<>(Protocol.class);
      try {
        int port = bindAll(protocols, wanted, bound);
        // Never the server's own number by chance: an echo's guard takes it for another echo.
        if (wanted != 0 || port != remote.getPort()) {
          return bound;
        }
      } catch (SourcePortException e) {
        last = e;
      }
      bound.values().forEach(channel -> channel.close().awaitUninterruptibly());
      if (last != null && (wanted != 0 || Errno.of(last.getCause()) != Errno.EADDRINUSE)) {
        throw last;
      }
    }
    throw new SourcePortException(
        "no source port free for "
            + Words.and(protocols)
            + " on "
            + Endpoint.text(local)
            + " in "
            + ATTEMPTS
            + " attempts",
        last == null ? null : last.getCause(),
        true);
  }

  /**
   * A socket for one protocol on its own, where no port is left for both. The kernel chooses its
   * port as for any plain client: TCP's at connect, where ports that are in use toward other
   * destinations can serve once more, while a bind(2) needs one that nobody uses (ip(7)).
   *
   * @return for TCP not bound
   * @throws SourcePortException if it cannot be had
   */
  public Channel alone(Protocol protocol) throws SourcePortException {
    return alone(protocol, 0);
  }

  /**
   * As {@link #alone(Protocol)}.
   *
   * @param preferred a port for UDP if it is free: that which TCP was given
   */
  public Channel alone(Protocol protocol, int preferred) throws SourcePortException {
    if (protocol == Protocol.UDP) {
      try {
        return preferred == 0 ? bindAny(protocol) : bindOne(protocol, preferred);
      } catch (SourcePortException e) {
        if (preferred == 0 || !e.isUsedUp()) {
          throw e;
        }
        return bindAny(protocol);
      }
    }
    return open(protocol);
  }

  private int bindAll(List<Protocol> protocols, int wanted, Map<Protocol, Channel> bound)
      throws SourcePortException {
    int port = wanted;
    for (Protocol protocol : protocols) {
      Channel channel = bindOne(protocol, port);
      bound.put(protocol, channel);
      port = ((InetSocketAddress) channel.localAddress()).getPort();
    }
    return port;
  }

  /** Any port but the server's own number, whose datagrams an echo's guard takes for an echo's. */
  private Channel bindAny(Protocol protocol) throws SourcePortException {
    Channel bound = bindOne(protocol, 0);
    if (((InetSocketAddress) bound.localAddress()).getPort() != remote.getPort()) {
      return bound;
    }
    try {
      return bindOne(protocol, 0);
    } finally {
      bound.close().awaitUninterruptibly();
    }
  }

  private Channel bindOne(Protocol protocol, int port) throws SourcePortException {
    Channel socket = open(protocol);
    InetSocketAddress source = new InetSocketAddress(local, port);
    ChannelFuture bound = socket.bind(source).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      socket.close().awaitUninterruptibly();
      throw new SourcePortException(
          "bind " + protocol + " " + Endpoint.text(source) + " failed", bound.cause());
    }
    return socket;
  }

  private Channel open(Protocol protocol) throws SourcePortException {
    ChannelFuture opened = sockets.apply(protocol).register().awaitUninterruptibly();
    if (!opened.isSuccess()) {
      throw new SourcePortException("no socket for " + protocol, opened.cause());
    }
    return opened.channel();
  }

  /** TCP's simultaneous open (RFC 9293, section 3.5) and UDP alike would answer ourselves. */
  private boolean reachesItself(int port) {
    return port == remote.getPort()
        && (local.equals(remote.getAddress()) || remote.getAddress().isAnyLocalAddress());
  }
}
