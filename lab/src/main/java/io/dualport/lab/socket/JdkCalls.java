package io.dualport.lab.socket;

import io.dualport.kernel.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The part of the calls that Java itself can make, for systems without our native layer.
 *
 * <p>Java decides at the start whether a TCP socket listens or connects, and binds and listens in
 * one step; so a TCP socket is opened as a listener at its {@code bind}, which listens too, and as
 * a client at its {@code connect}. Java sets SO_REUSEADDR on a listener unless told: it is told.
 * Descriptors are numbers of our own. Everything else is answered with {@link Reply#notHere}.
 */
public final class JdkCalls implements SystemCalls {
  private static final int LARGEST_MESSAGE = 1 << 20;
  private static final int BACKLOG = 128;
  private static final long POLL_NANOS = 200_000;

  private final Map<Integer, Slot> slots = new TreeMap<>();
  private int nextDescriptor = 3;

  @Override
  public Reply call(List<String> words) throws IOException {
    try {
      return dispatch(words);
    } catch (UnsupportedOperationException | ClosedChannelException | NotYetConnectedException e) {
      // Java refuses by itself, as a send after shutdown: the kernel is not asked.
      return Reply.notHere();
    } catch (IOException e) {
      Errno errno = Errno.of(e);
      if (errno == Errno.UNKNOWN) {
        throw e;
      }
      return Reply.error(errno);
    }
  }

  private Reply dispatch(List<String> words) throws IOException {
    String name = words.get(0);
    if (name.equals("socket")) {
      return open(words.get(1), words.get(2));
    }
    if (name.equals("run")) {
      return ExternalProgram.run(words.subList(1, words.size()));
    }
    if (List.of("read", "write").contains(name)) {
      return Reply.notHere();
    }
    Slot slot = slots.get(Integer.parseInt(words.get(1)));
    if (slot == null) {
      return Reply.error(Errno.EBADF);
    }
    return switch (name) {
      case "setsockopt" -> setOption(slot, Option.valueOf(words.get(2)), words.get(3));
      case "getsockopt" -> getOption(slot, Option.valueOf(words.get(2)));
      case "bind" -> bind(slot, address(words, 2));
      case "listen" -> slot.channel instanceof ServerSocketChannel ? Reply.ok() : Reply.notHere();
      case "connect" -> connect(slot, address(words, 2), deadline(words, 4));
      case "accept" -> accept(slot, deadline(words, 2));
      case "getsockname" -> {
        // Java keeps quiet about a port until the connection stands.
        SocketAddress own = slot.channel().getLocalAddress();
        yield own == null ? Reply.notHere() : text(own);
      }
      case "getpeername" -> text(peer(slot.channel()));
      case "send" ->
          Reply.of(
              slot.channel() instanceof DatagramChannel datagrams
                  ? datagrams.write(bytes(words.get(2)))
                  : ((SocketChannel) slot.channel()).write(bytes(words.get(2))));
      case "sendto" ->
          Reply.of(((DatagramChannel) slot.channel()).send(bytes(words.get(2)), address(words, 3)));
      case "recv" -> receive(slot, Integer.parseInt(words.get(2)), deadline(words, 3));
      case "recvfrom" -> receiveFrom(slot, Integer.parseInt(words.get(2)), deadline(words, 3));
      case "shutdown" -> {
        ((SocketChannel) slot.channel()).shutdownOutput();
        yield Reply.ok();
      }
      case "close" -> {
        slots.values().remove(slot);
        if (slot.channel != null) {
          slot.channel.close();
        }
        yield Reply.ok();
      }
      default -> Reply.notHere();
    };
  }

  private Reply open(String family, String type) throws IOException {
    if (family.equals("unix")) {
      return Reply.notHere();
    }
    ProtocolFamily inet =
        family.equals("inet6") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    Slot slot = new Slot(inet);
    if (type.equals("dgram")) {
      slot.use(DatagramChannel.open(inet));
    }
    return opened(slot);
  }

  private Reply opened(Slot slot) {
    slots.put(nextDescriptor, slot);
    return Reply.of(nextDescriptor++);
  }

  private static Reply setOption(Slot slot, Option option, String value) throws IOException {
    int number = Integer.parseInt(value);
    if (option == Option.IPV6_V6ONLY || option.name().startsWith("IP_")) {
      return Reply.notHere();
    }
    slot.options.put(option, number);
    if (slot.channel != null) {
      slot.set(option, number);
    }
    return Reply.ok();
  }

  private static Reply getOption(Slot slot, Option option) throws IOException {
    if (slot.channel == null) {
      return Reply.of(slot.options.getOrDefault(option, 0));
    }
    return switch (option) {
      case SO_REUSEADDR -> flag(slot, StandardSocketOptions.SO_REUSEADDR);
      case SO_REUSEPORT -> flag(slot, StandardSocketOptions.SO_REUSEPORT);
      case SO_RCVBUF -> Reply.of(slot.channel.getOption(StandardSocketOptions.SO_RCVBUF));
      case SO_SNDBUF -> Reply.of(slot.channel.getOption(StandardSocketOptions.SO_SNDBUF));
      default -> Reply.notHere();
    };
  }

  private static Reply flag(Slot slot, SocketOption<Boolean> option) throws IOException {
    return Reply.of(slot.channel.getOption(option) ? 1 : 0);
  }

  private static Reply bind(Slot slot, InetSocketAddress address) throws IOException {
    if (slot.channel instanceof DatagramChannel datagrams) {
      datagrams.bind(address);
      return Reply.ok();
    }
    ServerSocketChannel listener = ServerSocketChannel.open(slot.family);
    try {
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, false);
      slot.use(listener);
      listener.bind(address, BACKLOG);
      return Reply.ok();
    } catch (IOException e) {
      listener.close();
      slot.channel = null;
      throw e;
    }
  }

  private static Reply connect(Slot slot, InetSocketAddress to, long deadline) throws IOException {
    if (slot.channel instanceof DatagramChannel datagrams) {
      datagrams.connect(to);
      return Reply.ok();
    }
    if (slot.channel instanceof ServerSocketChannel) {
      // Its bind made it a listener: a client that chose its own port cannot be made this way.
      return Reply.notHere();
    }
    SocketChannel client = SocketChannel.open(slot.family);
    slot.use(client);
    boolean connected = client.connect(to);
    while (!connected && System.nanoTime() < deadline) {
      pause();
      connected = client.finishConnect();
    }
    return connected ? Reply.ok() : Reply.error(Errno.EINPROGRESS);
  }

  private Reply accept(Slot slot, long deadline) throws IOException {
    while (true) {
      SocketChannel accepted = ((ServerSocketChannel) slot.channel()).accept();
      if (accepted != null) {
        Slot connection = new Slot(slot.family);
        connection.use(accepted);
        return opened(connection);
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private static Reply receive(Slot slot, int most, long deadline) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.min(most, LARGEST_MESSAGE));
    while (true) {
      int count =
          slot.channel() instanceof DatagramChannel datagrams
              ? read(datagrams, buffer)
              : ((SocketChannel) slot.channel()).read(buffer);
      if (count != 0) {
        return Reply.of(count < 0 ? "EOF" : hex(buffer.flip()));
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  /** Java reads from connected datagram sockets alone. */
  private static int read(DatagramChannel datagrams, ByteBuffer buffer) throws IOException {
    if (datagrams.isConnected()) {
      return datagrams.read(buffer);
    }
    datagrams.receive(buffer);
    return buffer.position();
  }

  private static Reply receiveFrom(Slot slot, int most, long deadline) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.min(most, LARGEST_MESSAGE));
    while (true) {
      SocketAddress from = ((DatagramChannel) slot.channel()).receive(buffer);
      if (from != null) {
        return Reply.of(hex(buffer.flip()) + " " + text(from).value());
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private static SocketAddress peer(NetworkChannel channel) throws IOException {
    if (channel instanceof SocketChannel client) {
      return client.getRemoteAddress();
    }
    return channel instanceof DatagramChannel datagrams ? datagrams.getRemoteAddress() : null;
  }

  private static Reply text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? Reply.of(inet.getAddress().getHostAddress() + " " + inet.getPort())
        : Reply.error(Errno.ENOTCONN);
  }

  private static InetSocketAddress address(List<String> words, int at) throws IOException {
    return new InetSocketAddress(
        InetAddress.getByName(words.get(at)), Integer.parseInt(words.get(at + 1)));
  }

  private static long deadline(List<String> words, int at) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words.get(at)));
  }

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(hex.equals(NO_BYTES) ? new byte[0] : HexFormat.of().parseHex(hex));
  }

  private static String hex(ByteBuffer bytes) {
    return bytes.remaining() == 0
        ? NO_BYTES
        : HexFormat.of().formatHex(bytes.array(), 0, bytes.remaining());
  }

  private static void pause() {
    LockSupport.parkNanos(POLL_NANOS);
  }

  /** A descriptor, whose channel is opened once it is known what it is for. */
  private static final class Slot {
    private final ProtocolFamily family;
    private final Map<Option, Integer> options = new TreeMap<>();
    private NetworkChannel channel;

    Slot(ProtocolFamily family) {
      this.family = family;
    }

    void use(NetworkChannel opened) throws IOException {
      channel = opened;
      if (opened instanceof DatagramChannel datagrams) {
        datagrams.configureBlocking(false);
      } else if (opened instanceof SocketChannel connection) {
        connection.configureBlocking(false);
      } else if (opened instanceof ServerSocketChannel listener) {
        listener.configureBlocking(false);
      }
      for (Map.Entry<Option, Integer> option : options.entrySet()) {
        set(option.getKey(), option.getValue());
      }
    }

    void set(Option option, int value) throws IOException {
      switch (option) {
        case SO_REUSEADDR -> channel.setOption(StandardSocketOptions.SO_REUSEADDR, value != 0);
        case SO_REUSEPORT -> channel.setOption(StandardSocketOptions.SO_REUSEPORT, value != 0);
        case SO_RCVBUF -> channel.setOption(StandardSocketOptions.SO_RCVBUF, value);
        case SO_SNDBUF -> channel.setOption(StandardSocketOptions.SO_SNDBUF, value);
        case SO_LINGER -> channel.setOption(StandardSocketOptions.SO_LINGER, value);
        default -> throw new UnsupportedOperationException(option.name());
      }
    }

    NetworkChannel channel() throws IOException {
      if (channel == null) {
        throw new UnsupportedOperationException("neither bound nor connected");
      }
      return channel;
    }
  }
}
