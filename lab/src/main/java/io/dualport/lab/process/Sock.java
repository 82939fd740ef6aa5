package io.dualport.lab.process;

import io.dualport.flow.Endpoint;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SourcePortRule;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * One socket of one program. Every call is one system call, made at once and written down with its
 * result; nothing happens that was not called.
 *
 * <p>Sockets do not block. Where a method waits, it says how long.
 */
public final class Sock {
  /** How long a connect, an accept or a receive waits for what must come. */
  public static final int PATIENCE_MILLIS = 5_000;

  private static final int LARGEST_MESSAGE = 1 << 20;

  private final WrittenCalls calls;
  private final String label;
  private final int descriptor;

  /**
   * @param calls those of its program
   * @param descriptor its number there; it is open already
   */
  Sock(WrittenCalls calls, String label, int descriptor) {
    this.calls = calls;
    this.label = label;
    this.descriptor = descriptor;
  }

  /** The name it has in the story. */
  public String label() {
    return label;
  }

  /** Its number in its program. */
  public int descriptor() {
    return descriptor;
  }

  /** The same socket, for calls too many to be written down one by one. */
  public Sock quiet() {
    return new Sock(calls.quiet(), label, descriptor);
  }

  /** setsockopt(2). */
  public Outcome set(Option option, int value) throws IOException, SkippedException {
    return call(
        "setsockopt(" + label + ", " + option + ", " + shown(option, value) + ")",
        "setsockopt",
        option.name(),
        value);
  }

  /** The number, or the address that it is. */
  private static String shown(Option option, int value) throws IOException {
    return option == Option.IP_MULTICAST_IF
        ? InetAddress.getByAddress(ByteBuffer.allocate(Integer.BYTES).putInt(value).array())
            .getHostAddress()
        : String.valueOf(value);
  }

  /** getsockopt(2): what is really set. */
  public Outcome get(Option option) throws IOException, SkippedException {
    return call("getsockopt(" + label + ", " + option + ")", "getsockopt", option.name());
  }

  /** setsockopt(2) with IP_ADD_MEMBERSHIP: joins an IPv4 multicast group on one interface. */
  public Outcome join(String group, String interfaceAddress) throws IOException, SkippedException {
    return call(
        "setsockopt(" + label + ", IP_ADD_MEMBERSHIP, " + group + " on " + interfaceAddress + ")",
        "join",
        group,
        interfaceAddress);
  }

  /** setsockopt(2) with SO_ATTACH_REUSEPORT_CBPF: the rule by which the socket's group shares. */
  public Outcome spread(SourcePortRule rule) throws IOException, SkippedException {
    return call(
        "setsockopt(" + label + ", SO_ATTACH_REUSEPORT_CBPF, " + rule + ")",
        "spread",
        rule.ipv6() ? "inet6" : "inet",
        rule.sockets(),
        rule.first());
  }

  /** bind(2). */
  public Outcome bind(String address, int port) throws IOException, SkippedException {
    InetSocketAddress to = address(address, port);
    return call("bind(" + label + ", " + Endpoint.text(to) + ")", "bind", address, port);
  }

  /** listen(2). */
  public Outcome listen(int backlog) throws IOException, SkippedException {
    return call("listen(" + label + ", " + backlog + ")", "listen", backlog);
  }

  /** connect(2); waits up to {@link #PATIENCE_MILLIS} for the answer, then EINPROGRESS. */
  public Outcome connect(String address, int port) throws IOException, SkippedException {
    return connect(address, port, PATIENCE_MILLIS);
  }

  /** connect(2) with another patience, in milliseconds. */
  public Outcome connect(String address, int port, int millis)
      throws IOException, SkippedException {
    String text = "connect(" + label + ", " + Endpoint.text(address(address, port)) + ")";
    return call(text, "connect", address, port, millis);
  }

  /**
   * accept(2) of a connection that must come.
   *
   * @param connection the label of the new socket
   * @throws FailedException if none comes within {@link #PATIENCE_MILLIS}
   */
  public Sock accept(String connection) throws IOException, SkippedException, FailedException {
    return accept(connection, PATIENCE_MILLIS)
        .orElseThrow(() -> new FailedException(Bilingual.of("nobody connected to %s", label)));
  }

  /** accept(2); empty if no connection comes within so many milliseconds. */
  public Optional<Sock> accept(String connection, int millis) throws IOException, SkippedException {
    Outcome accepted =
        calls.call("accept(" + label + ")", connection, "accept", descriptor, millis);
    return accepted.isOk()
        ? Optional.of(new Sock(calls, connection, accepted.reply().number()))
        : Optional.empty();
  }

  /** getsockname(2). */
  public InetSocketAddress local() throws IOException, SkippedException, FailedException {
    return endpoint(call("getsockname(" + label + ")", "getsockname").must().value());
  }

  /** getpeername(2). */
  public InetSocketAddress peer() throws IOException, SkippedException, FailedException {
    return endpoint(call("getpeername(" + label + ")", "getpeername").must().value());
  }

  /** send(2) of a text. */
  public Outcome send(String text) throws IOException, SkippedException {
    return send(text.getBytes(StandardCharsets.UTF_8), quoted(text));
  }

  /** send(2) of bytes. */
  public Outcome send(byte[] bytes) throws IOException, SkippedException {
    return send(bytes, bytes.length + " bytes");
  }

  private Outcome send(byte[] bytes, String shown) throws IOException, SkippedException {
    return call("send(" + label + ", " + shown + ")", "send", hex(bytes));
  }

  /** sendto(2) of a text. */
  public Outcome sendTo(String text, String address, int port)
      throws IOException, SkippedException {
    return sendTo(text.getBytes(StandardCharsets.UTF_8), quoted(text), address, port);
  }

  /** sendto(2) of bytes. */
  public Outcome sendTo(byte[] bytes, String address, int port)
      throws IOException, SkippedException {
    return sendTo(bytes, bytes.length + " bytes", address, port);
  }

  private Outcome sendTo(byte[] bytes, String shown, String address, int port)
      throws IOException, SkippedException {
    String to = Endpoint.text(address(address, port));
    return call(
        "sendto(" + label + ", " + shown + ", " + to + ")", "sendto", hex(bytes), address, port);
  }

  /**
   * recv(2) as text; the outcome's value is the text, or {@code EOF} after the peer's FIN.
   *
   * @param millis how long to wait before EAGAIN; 0 asks once
   */
  public Outcome receive(int millis) throws IOException, SkippedException {
    Outcome received =
        calls.call("recv(" + label + ")", null, "recv", descriptor, LARGEST_MESSAGE, millis);
    if (!received.isOk() || received.value().equals("EOF")) {
      return received;
    }
    return new Outcome(
        received.call(), Reply.of(new String(bytes(received.value()), StandardCharsets.UTF_8)));
  }

  /**
   * recvfrom(2).
   *
   * @param millis how long to wait; 0 asks once
   * @return empty if nothing came (EAGAIN)
   * @throws FailedException on any other error; see {@link #receive} for a socket that may hear one
   */
  public Optional<Datagram> receiveFrom(int millis)
      throws IOException, SkippedException, FailedException {
    Outcome received =
        calls.call(
            "recvfrom(" + label + ")", null, "recvfrom", descriptor, LARGEST_MESSAGE, millis);
    if (received.word().equals("EAGAIN")) {
      return Optional.empty();
    }
    String[] words = received.must().value().split(" ", 2);
    return Optional.of(new Datagram(bytes(words[0]), endpoint(words[1])));
  }

  /** shutdown(2) with SHUT_WR: our FIN, after what is still to be sent. */
  public Outcome shutdownWrite() throws IOException, SkippedException {
    return call("shutdown(" + label + ", SHUT_WR)", "shutdown");
  }

  /** shutdown(2) with SHUT_RDWR: of the socket itself, whoever else has a descriptor of it. */
  public Outcome shutdownBoth() throws IOException, SkippedException {
    return call("shutdown(" + label + ", SHUT_RDWR)", "shutdownboth");
  }

  /** close(2). */
  public Outcome close() throws IOException, SkippedException {
    return call("close(" + label + ")", "close");
  }

  /** bind(2) of a unix(7) socket to an abstract name, which leaves no file. */
  public Outcome bindUnix(String name) throws IOException, SkippedException {
    return call("bind(" + label + ", @" + name + ")", "bindunix", name);
  }

  /** connect(2) of a unix(7) socket to an abstract name. */
  public Outcome connectUnix(String name) throws IOException, SkippedException {
    return call("connect(" + label + ", @" + name + ")", "connectunix", name);
  }

  /** sendmsg(2) with SCM_RIGHTS: hands a descriptor of another socket to the peer, a copy of it. */
  public Outcome sendDescriptor(Sock socket) throws IOException, SkippedException {
    return call(
        "sendmsg(" + label + ", SCM_RIGHTS " + socket.label() + ")", "sendfd", socket.descriptor());
  }

  /**
   * recvmsg(2) of a descriptor that must come.
   *
   * @param socket the label of the socket here
   * @throws FailedException if none comes within {@link #PATIENCE_MILLIS}
   */
  public Sock receiveDescriptor(String socket)
      throws IOException, SkippedException, FailedException {
    Outcome received =
        calls
            .call(
                "recvmsg(" + label + ", SCM_RIGHTS)", socket, "recvfd", descriptor, PATIENCE_MILLIS)
            .must();
    return new Sock(calls, socket, received.reply().number());
  }

  /** The socket's inode, by which the kernel's table names it. */
  public long inode() throws IOException, SkippedException, FailedException {
    return Long.parseLong(
        calls.quiet().call("inode(" + label + ")", null, "inode", descriptor).must().value());
  }

  /** Any call on this socket that has no method of its own; see {@link SystemCalls}. */
  public Outcome call(String text, String name, Object... arguments)
      throws IOException, SkippedException {
    Object[] all = new Object[arguments.length + 1];
    all[0] = descriptor;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return calls.call(text, null, name, all);
  }

  private static InetSocketAddress address(String address, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(address), port);
  }

  private static InetSocketAddress endpoint(String words) throws IOException {
    int space = words.indexOf(' ');
    return address(
        words.substring(0, space), Integer.parseInt(words, space + 1, words.length(), 10));
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static String hex(byte[] bytes) {
    return bytes.length == 0 ? SystemCalls.NO_BYTES : HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String hex) {
    return hex.equals(SystemCalls.NO_BYTES) ? new byte[0] : HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return label;
  }
}
