package io.dualport.client.check;

import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.flow.Protocol;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Asks once before it counts, on loopback: sockets that are connected to themselves for an echo,
 * and their closed port for a no. In a fresh JVM the first of everything waits for classes to be
 * loaded, for tens of milliseconds, and would be reported as the time that the network took.
 */
final class Rehearsal {
  private static final int SMALL_ECHOES = 2;
  private static final int LARGE_BYTES = 65_507;

  /** A machine without a loopback, or with a firewall on it, does without. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final CheckSockets sockets;
  private final List<Protocol> protocols;
  private final InetAddress loopback;

  Rehearsal(CheckSockets sockets, List<Protocol> protocols, InetAddress loopback) {
    this.sockets = sockets;
    this.protocols = protocols;
    this.loopback = loopback;
  }

  /** Plays and forgets; what goes wrong here has no consequence. Blocks. */
  void play() {
    try {
      int closed = echo();
      if (closed != 0) {
        refusal(closed);
      }
    } catch (IOException e) {
      return; // the check itself will have something to say about it
    }
  }

  /** Sockets that hear themselves; returns their port, which is closed by then, or 0. */
  private int echo() throws IOException {
    Map<Protocol, Inbox> inboxes = new EnumMap<>(Protocol.class);
    Map<Protocol, Channel> bound = bind(inboxes);
    try {
      InetSocketAddress itself = (InetSocketAddress) bound.get(protocols.get(0)).localAddress();
      for (Protocol protocol : protocols) {
        if (!ask(protocol, itself, bound.get(protocol), inboxes.get(protocol))) {
          return 0;
        }
      }
      return itself.getPort();
    } finally {
      close(bound);
    }
  }

  private void refusal(int closed) throws IOException {
    Map<Protocol, Inbox> inboxes = new EnumMap<>(Protocol.class);
    Map<Protocol, Channel> bound = bind(inboxes);
    try {
      InetSocketAddress nobody = new InetSocketAddress(loopback, closed);
      for (Protocol protocol : protocols) {
        ask(protocol, nobody, bound.get(protocol), inboxes.get(protocol));
      }
    } finally {
      close(bound);
    }
  }

  /** Whether all of it came back. */
  private boolean ask(Protocol protocol, InetSocketAddress remote, Channel channel, Inbox inbox)
      throws IOException {
    Question question = new Question(protocol, remote, 0, 0, LARGE_BYTES, PATIENCE_NANOS);
    if (protocol == Protocol.TCP) {
      if (!Handshake.attempt(channel, remote).isOpen()) {
        return false;
      }
      StreamConversation stream = new StreamConversation(question, (SocketChannel) channel, inbox);
      for (int i = 0; i < SMALL_ECHOES; i++) {
        stream.ask(question.smallBytes());
      }
      return stream.ask(LARGE_BYTES).isWhole();
    }
    try (DatagramPair pair =
        DatagramPair.of(channel, sockets.unbound(protocol, loopback, inbox), remote)) {
      DatagramConversation datagrams = new DatagramConversation(question, pair, inbox, new Pace());
      boolean heard = datagrams.ask(question.smallBytes(), 1, PATIENCE_NANOS, 0).isWhole();
      return heard && datagrams.ask(LARGE_BYTES, 1, PATIENCE_NANOS, 0).isWhole();
    }
  }

  private Map<Protocol, Channel> bind(Map<Protocol, Inbox> inboxes) throws SourcePortException {
    protocols.forEach(protocol -> inboxes.put(protocol, new Inbox()));
    Map<Protocol, Channel> bound =
        new SharedSourcePort(
                loopback,
                new InetSocketAddress(loopback, 0),
                protocol -> sockets.unbound(protocol, loopback, inboxes.get(protocol)))
            .bind(protocols, 0);
    if (bound.containsKey(Protocol.TCP)) {
      // Ends with RST: no TIME_WAIT is left behind.
      bound.get(Protocol.TCP).config().setOption(ChannelOption.SO_LINGER, 0);
    }
    return bound;
  }

  private static void close(Map<Protocol, Channel> channels) {
    channels.values().forEach(channel -> channel.close().awaitUninterruptibly());
  }
}
