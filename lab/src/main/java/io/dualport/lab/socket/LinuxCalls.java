package io.dualport.lab.socket;

import io.dualport.kernel.Errno;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DatagramSocketAddress;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The system calls themselves, through Netty's thin native layer: nothing is set, bound or closed
 * that was not asked for, and every family is the one that was asked for.
 */
public final class LinuxCalls implements SystemCalls {
  private static final int LARGEST_MESSAGE = 1 << 20;
  private static final int IPPROTO_IP = 0;
  private static final int IP_ADD_MEMBERSHIP = 35;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_REUSEPORT_CBPF = 51;
  private static final long POLL_NANOS = 200_000;

  private final Map<Integer, Socket> sockets = new TreeMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST_MESSAGE);

  /** Whether they can be made here: on Linux, where the native library loads. */
  public static boolean available() {
    return Epoll.isAvailable();
  }

  @Override
  public Reply call(List<String> words) throws IOException {
    try {
      return dispatch(new Words(words));
    } catch (Errors.NativeIoException e) {
      return Reply.error(named(e.expectedErr(), e));
    } catch (AlreadyConnectedException e) {
      return Reply.error(Errno.EISCONN);
    } catch (NotYetConnectedException e) {
      return Reply.error(Errno.ENOTCONN);
    } catch (ClosedChannelException e) {
      // Netty's word for EBADF and, at a send, for EPIPE.
      return Reply.error(words.get(0).startsWith("send") ? Errno.EPIPE : Errno.EBADF);
    } catch (IOException e) {
      Errno errno = Errno.of(e);
      if (errno == Errno.UNKNOWN) {
        throw e;
      }
      return Reply.error(errno);
    }
  }

  private Reply dispatch(Words words) throws IOException {
    return switch (words.next()) {
      case "socket" -> socket(words);
      case "setsockopt" -> setOption(words);
      case "getsockopt" -> getOption(words);
      case "join" -> join(words);
      case "spread" -> spread(words);
      case "bind" -> {
        words.socket().bind(words.address());
        yield Reply.ok();
      }
      case "listen" -> {
        words.socket().listen(words.number());
        yield Reply.ok();
      }
      case "connect" -> connect(words);
      case "accept" -> accept(words);
      case "getsockname" -> address(words.socket().localAddress());
      case "getpeername" -> address(words.socket().remoteAddress());
      case "send" -> send(words);
      case "sendto" -> sendTo(words);
      case "recv" -> receive(words);
      case "recvfrom" -> receiveFrom(words);
      case "shutdown" -> {
        words.socket().shutdown(false, true);
        yield Reply.ok();
      }
      case "shutdownboth" -> {
        words.socket().shutdown(true, true);
        yield Reply.ok();
      }
      case "close" -> {
        sockets.remove(words.peekNumber());
        new Socket(words.number()).close();
        yield Reply.ok();
      }
      case "inode" -> inode(words.number());
      case "bindunix" -> {
        words.socket().bind(abstractName(words.next()));
        yield Reply.ok();
      }
      case "connectunix" -> {
        words.socket().connect(abstractName(words.next()));
        yield Reply.ok();
      }
      case "sendfd" -> {
        words.socket().sendFd(words.number());
        yield Reply.ok();
      }
      case "recvfd" -> receiveDescriptor(words);
      case "write" -> {
        Files.writeString(Path.of(words.next()), words.rest() + "\n");
        yield Reply.ok();
      }
      case "read" ->
          Reply.of(
              String.join(" ", Files.readAllLines(Path.of(words.next()))).replaceAll("\\s+", " "));
      case "run" -> ExternalProgram.run(words.remaining());
      default -> Reply.notHere();
    };
  }

  private Reply socket(Words words) throws IOException {
    try {
      return open(words);
    } catch (ChannelException e) {
      if (e.getCause() instanceof IOException refused) {
        throw refused; // socket(2) itself failed
      }
      throw e;
    }
  }

  private Reply open(Words words) {
    String family = words.next();
    boolean stream = words.next().equals("stream");
    Socket socket;
    if (family.equals("unix")) {
      socket = LinuxSocket.newSocketDomain();
    } else {
      SocketProtocolFamily inet =
          family.equals("inet6") ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
      socket = stream ? LinuxSocket.newSocketStream(inet) : LinuxSocket.newSocketDgram(inet);
    }
    return opened(socket.intValue());
  }

  private Reply opened(int descriptor) {
    sockets.put(descriptor, new Socket(descriptor));
    return Reply.of(descriptor);
  }

  private Reply setOption(Words words) throws IOException {
    Socket socket = words.socket();
    Option option = Option.valueOf(words.next());
    int value = words.number();
    if (option == Option.SO_LINGER) {
      ByteBuffer linger = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
      socket.setRawOpt(option.level(), option.number(), linger.putInt(1).putInt(value).flip());
    } else if (option == Option.IP_MULTICAST_IF) {
      // A struct in_addr, in network byte order.
      socket.setRawOpt(
          option.level(), option.number(), ByteBuffer.allocate(4).putInt(value).flip());
    } else {
      socket.setIntOpt(option.level(), option.number(), value);
    }
    return Reply.ok();
  }

  private Reply getOption(Words words) throws IOException {
    Socket socket = words.socket();
    Option option = Option.valueOf(words.next());
    return Reply.of(socket.getIntOpt(option.level(), option.number()));
  }

  /** A struct ip_mreq: the group, then the interface by its address (ip(7)). */
  private Reply join(Words words) throws IOException {
    Socket socket = words.socket();
    ByteBuffer membership = ByteBuffer.allocate(8);
    membership.put(InetAddress.getByName(words.next()).getAddress());
    membership.put(InetAddress.getByName(words.next()).getAddress());
    socket.setRawOpt(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership.flip());
    return Reply.ok();
  }

  private Reply spread(Words words) throws IOException {
    Socket socket = words.socket();
    boolean ipv6 = words.next().equals("inet6");
    SourcePortRule rule = new SourcePortRule(ipv6, words.number(), words.number());
    socket.setRawOpt(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, rule.fprog());
    return Reply.ok();
  }

  private Reply connect(Words words) throws IOException {
    Socket socket = words.socket();
    if (socket.connect(words.address())) {
      return Reply.ok();
    }
    long deadline = words.deadline();
    do {
      int error = socket.getSoError();
      if (error != 0) {
        return Reply.error(named(error, new IOException("connect: error " + error)));
      }
      if (socket.remoteAddress() != null) {
        return Reply.ok();
      }
      pause();
    } while (System.nanoTime() < deadline);
    return Reply.error(Errno.EINPROGRESS);
  }

  private Reply accept(Words words) throws IOException {
    Socket socket = words.socket();
    long deadline = words.deadline();
    byte[] peer = new byte[64];
    while (true) {
      int descriptor = socket.accept(peer);
      if (descriptor >= 0) {
        return opened(descriptor);
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private Reply send(Words words) throws IOException {
    Socket socket = words.socket();
    int length = fill(words.next());
    int taken = socket.send(buffer, 0, length);
    return taken == 0 && length > 0 ? Reply.error(Errno.EAGAIN) : Reply.of(taken);
  }

  private Reply sendTo(Words words) throws IOException {
    Socket socket = words.socket();
    int length = fill(words.next());
    InetSocketAddress to = words.address();
    int taken = socket.sendTo(buffer, 0, length, to.getAddress(), to.getPort());
    return taken == 0 && length > 0 ? Reply.error(Errno.EAGAIN) : Reply.of(taken);
  }

  private Reply receive(Words words) throws IOException {
    Socket socket = words.socket();
    int most = Math.min(words.number(), LARGEST_MESSAGE);
    long deadline = words.deadline();
    while (true) {
      int count = socket.recv(buffer.clear(), 0, most);
      if (count != 0) {
        return Reply.of(count < 0 ? "EOF" : taken(count));
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private Reply receiveFrom(Words words) throws IOException {
    Socket socket = words.socket();
    int most = Math.min(words.number(), LARGEST_MESSAGE);
    long deadline = words.deadline();
    while (true) {
      DatagramSocketAddress from = socket.recvFrom(buffer.clear(), 0, most);
      if (from != null) {
        String bytes = from.receivedAmount() == 0 ? NO_BYTES : taken(from.receivedAmount());
        return Reply.of(bytes + " " + from.getAddress().getHostAddress() + " " + from.getPort());
      }
      if (System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private Reply receiveDescriptor(Words words) throws IOException {
    Socket socket = words.socket();
    long deadline = words.deadline();
    while (true) {
      int descriptor = socket.recvFd();
      if (descriptor > 0) {
        return opened(descriptor);
      }
      if (descriptor < 0 || System.nanoTime() >= deadline) {
        return Reply.error(Errno.EAGAIN);
      }
      pause();
    }
  }

  private static Reply inode(int descriptor) throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    return Reply.of(link.replaceAll("\\D", ""));
  }

  private static DomainSocketAddress abstractName(String name) {
    return new DomainSocketAddress("\0" + name);
  }

  private static Reply address(InetSocketAddress address) {
    return address == null
        ? Reply.error(Errno.ENOTCONN)
        : Reply.of(address.getAddress().getHostAddress() + " " + address.getPort());
  }

  private int fill(String hex) {
    byte[] bytes = hex.equals(NO_BYTES) ? new byte[0] : HexFormat.of().parseHex(hex);
    buffer.clear().put(bytes);
    return bytes.length;
  }

  private String taken(int count) {
    byte[] bytes = new byte[count];
    buffer.get(0, bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void pause() {
    LockSupport.parkNanos(POLL_NANOS);
  }

  private static Errno named(int number, IOException otherwise) throws IOException {
    Errno errno = Errno.of(number);
    if (errno == Errno.UNKNOWN) {
      throw otherwise;
    }
    return errno;
  }

  /** The words of a call, one after the other. */
  private final class Words {
    private final List<String> words;
    private int at;

    Words(List<String> words) {
      this.words = words;
    }

    String next() {
      return words.get(at++);
    }

    int number() {
      return Integer.parseInt(next());
    }

    int peekNumber() {
      return Integer.parseInt(words.get(at));
    }

    Socket socket() throws IOException {
      Socket socket = sockets.get(number());
      if (socket == null) {
        throw new ClosedChannelException();
      }
      return socket;
    }

    InetSocketAddress address() throws IOException {
      return new InetSocketAddress(InetAddress.getByName(next()), number());
    }

    long deadline() {
      return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(number());
    }

    List<String> remaining() {
      return words.subList(at, words.size());
    }

    String rest() {
      return String.join(" ", remaining());
    }
  }
}
