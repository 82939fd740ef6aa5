package io.dualport.server.echo;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import io.dualport.terminal.NativeCalls;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One socket that this process was started with, recognised by what the kernel says of it (Linux).
 *
 * @param descriptor its number
 * @param name what the starter calls it, as the name of its unit; may be empty
 * @param protocol TCP for a listener, UDP for a datagram socket
 * @param local what it is bound to
 */
record InheritedSocket(int descriptor, String name, Protocol protocol, InetSocketAddress local) {
  /** include/uapi/asm-generic/socket.h, and in6.h for the last. */
  private static final int SOL_SOCKET = 1;

  private static final int SO_REUSEPORT = 15;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;

  /**
   * Asks the kernel what a descriptor is.
   *
   * @throws BindFailure if it is nothing that can be served; the message says what to change
   */
  static InheritedSocket recognise(int descriptor, String name) throws BindFailure {
    String label = label(descriptor, name);
    try {
      return recognise(LinuxSocket.newSocket(descriptor), name, label);
    } catch (IOException | ChannelException e) {
      throw BindFailure.ofInherited(
          label + ": " + BindFailure.reason(e) + "; LISTEN_FDS says that an open socket is there");
    }
  }

  private static InheritedSocket recognise(LinuxSocket socket, String name, String label)
      throws IOException, BindFailure {
    int family = option(socket, SOL_SOCKET, SO_DOMAIN);
    int protocol = option(socket, SOL_SOCKET, SO_PROTOCOL);
    if (family != AF_INET && family != AF_INET6) {
      throw BindFailure.ofInherited(
          Words.format(
              "%s is no IPv4 or IPv6 socket (address family %d); ListenStream= and ListenDatagram="
                  + " take ADDRESS:PORT",
              label, family));
    }
    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) {
      throw BindFailure.ofInherited(
          Words.format(
              "%s is neither TCP nor UDP (protocol %d); pass on ListenStream= and ListenDatagram="
                  + " sockets alone",
              label, protocol));
    }
    if (protocol == IPPROTO_TCP && option(socket, SOL_SOCKET, SO_ACCEPTCONN) == 0) {
      throw BindFailure.ofInherited(
          label + " is a TCP socket that does not listen; one server takes all: Accept=no");
    }
    InetSocketAddress local = socket.localAddress();
    if (local == null || local.getPort() == 0 || socket.remoteAddress() != null) {
      throw BindFailure.ofInherited(
          label + " is bound to no port, or connected to one peer; bind it to ADDRESS:PORT alone");
    }
    if (option(socket, SOL_SOCKET, SO_REUSEPORT) != 0) {
      throw BindFailure.ofInherited(
          label + " shares its port (SO_REUSEPORT), so others could join it; ReusePort=no");
    }
    if (local.getAddress().isAnyLocalAddress()
        && family == AF_INET6
        && option(socket, IPPROTO_IPV6, IPV6_V6ONLY) != 0) {
      throw BindFailure.ofInherited(
          label + " is a wildcard for IPv6 alone (IPV6_V6ONLY); BindIPv6Only=both");
    }
    return new InheritedSocket(
        socket.intValue(), name, protocol == IPPROTO_TCP ? Protocol.TCP : Protocol.UDP, local);
  }

  private static int option(LinuxSocket socket, int level, int name) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(Integer.BYTES);
    socket.getRawOpt(level, name, value);
    return value.order(ByteOrder.nativeOrder()).getInt(0);
  }

  /**
   * Makes it what a socket of our own is: a loop never waits for it, and nobody can bind beside it.
   * systemd sets SO_REUSEADDR on every socket, which lets any user's UDP socket that has it as well
   * bind the same address (udp_lib_lport_inuse in net/ipv4/udp.c) and take the datagrams.
   */
  void takeOver() throws IOException {
    NativeCalls.neverBlock(descriptor);
    if (protocol == Protocol.UDP) {
      LinuxSocket.newSocket(descriptor).setReuseAddress(false);
    }
  }

  /** As messages name it. */
  String label() {
    return label(descriptor, name);
  }

  private static String label(int descriptor, String name) {
    return "descriptor " + descriptor + (name.isEmpty() ? "" : " (" + name + ")");
  }

  /** What it is bound to, as messages name it. */
  String address() {
    return protocol.label() + " " + Endpoint.text(local);
  }
}
