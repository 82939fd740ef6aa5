package io.dualport.client.check;

import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.flow.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Asks once before it counts, on loopback: sockets that are connected to themselves for an echo,
 * and their closed port for a no. In a fresh JVM the first of everything waits for classes to be
 * loaded, for tens of milliseconds, and would be reported as the time that the network took.
 */
final class CheckWarmUp {
  private static final int SMALL_ECHOES = 2;
  private static final int LARGE_BYTES = 65_507;

  /** A machine without a loopback, or with a firewall on it, does without. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** On loopback the kernel has the no ready when it takes the datagram. */
  private static final long REFUSED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final CheckSockets sockets;
  private final List<Protocol> protocols;
  private final InetAddress loopback;

  CheckWarmUp(CheckSockets sockets, List<Protocol> protocols, InetAddress loopback) {
    this.sockets = sockets;
    this.protocols = protocols;
    this.loopback = loopback;
  }

  /** Plays and forgets; what goes wrong here has no consequence. Blocks. */
  void play() {
    for (Protocol protocol : protocols) {
      try {
        play(protocol);
      } catch (IOException e) {
        continue; // the check itself will have something to say about it
      }
    }
  }

  /** A socket that hears itself, and then, for a no, its port, which is closed by then. */
  private void play(Protocol protocol) throws IOException {
    Inbox inbox = new Inbox();
    Channel channel = bind(protocol, inbox);
    InetSocketAddress itself = (InetSocketAddress) channel.localAddress();
    if (ask(protocol, itself, PATIENCE_NANOS, channel, inbox)) {
      Inbox another = new Inbox();
      ask(protocol, itself, REFUSED_NANOS, bind(protocol, another), another);
    }
  }

  /** Closes the channel; whether small messages came back. */
  private boolean ask(
      Protocol protocol, InetSocketAddress remote, long patience, Channel channel, Inbox inbox)
      throws IOException {
    Question question = new Question(protocol, remote, "localhost", 0, 0, LARGE_BYTES, patience);
    return protocol == Protocol.TCP
        ? overTcp(question, (SocketChannel) channel, inbox)
        : overUdp(question, channel, inbox);
  }

  private static boolean overTcp(Question question, SocketChannel connection, Inbox inbox) {
    try {
      // Ends with RST: no TIME_WAIT is left behind.
      connection.config().setSoLinger(0);
      boolean heard = Handshake.attempt(connection, question.remote()).isOpen();
      StreamConversation stream = new StreamConversation(question, connection, inbox);
      for (int i = 0; i < SMALL_ECHOES && heard; i++) {
        heard = stream.ask(question.smallBytes()).isWhole();
      }
      if (heard) {
        stream.ask(LARGE_BYTES);
      }
      return heard;
    } finally {
      connection.close().awaitUninterruptibly();
    }
  }

  private boolean overUdp(Question question, Channel channel, Inbox inbox) throws IOException {
    Bootstrap another = sockets.unbound(Protocol.UDP, loopback, inbox);
    try (DatagramPair pair = DatagramPair.of(channel, another, question.remote())) {
      DatagramConversation datagrams =
          new DatagramConversation(question, pair, inbox, Pace.ofEchoes());
      boolean heard = datagrams.ask(question.smallBytes(), 1, question.timeoutNanos(), 0).isWhole();
      if (heard) {
        datagrams.ask(LARGE_BYTES, 1, question.timeoutNanos(), 0); // not every system sends so much
      }
      return heard;
    }
  }

  private Channel bind(Protocol protocol, Inbox inbox) throws SourcePortException {
    return new SharedSourcePort(
            loopback,
            new InetSocketAddress(loopback, 0),
            each -> sockets.unbound(each, loopback, inbox))
        .bind(List.of(protocol), 0)
        .get(protocol);
  }
}
