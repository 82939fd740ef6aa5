package io.dualport.server.echo;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import io.dualport.report.Words;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The sockets that whoever started this process has bound for it, as systemd does: then the process
 * itself needs no privilege for the port. How they are told is in sd_listen_fds(3).
 *
 * @param all in the order of their descriptors: TCP and UDP on each address, one port
 */
public record InheritedSockets(List<InheritedSocket> all) {
  static final String COUNT = "LISTEN_FDS";
  static final String PROCESS = "LISTEN_PID";
  static final String NAMES = "LISTEN_FDNAMES";

  /** The first after standard input, output and error (SD_LISTEN_FDS_START). */
  private static final int FIRST_DESCRIPTOR = 3;

  /** More are refused: 64 addresses on both protocols. */
  private static final int MOST = 128;

  /**
   * Takes over what the environment tells of; empty where it tells of none.
   *
   * @throws BindFailure if the sockets are not what this server would have bound itself
   */
  public static Optional<InheritedSockets> of(
      Map<String, String> environment, ServerSettings settings, Transport transport)
      throws BindFailure {
    String count = environment.get(COUNT);
    if (count == null || count.equals("0")) {
      return Optional.empty();
    }
    String self = String.valueOf(ProcessHandle.current().pid());
    String meant = environment.getOrDefault(PROCESS, "not set");
    if (!meant.equals(self)) {
      throw BindFailure.ofInherited(
          Words.format(
              "%s=%s is for process %s (%s), and this is %s; start java with exec, or unset %s",
              COUNT, count, meant, PROCESS, self, COUNT));
    }
    if (transport != Transport.EPOLL) {
      throw BindFailure.ofInherited(
          Words.format(
              "the %s transport opens its sockets itself; %s takes epoll, which Linux has",
              transport.label(), COUNT));
    }
    String[] names = environment.getOrDefault(NAMES, "").split(":", -1);
    List<InheritedSocket> sockets = new ArrayList<>();
    for (int i = 0; i < number(count); i++) {
      sockets.add(
          InheritedSocket.recognise(FIRST_DESCRIPTOR + i, i < names.length ? names[i] : ""));
    }
    return Optional.of(take(sockets, settings));
  }

  private static int number(String count) throws BindFailure {
    int number = count.matches("\\d{1,9}") ? Integer.parseInt(count) : 0;
    if (number < 1 || number > MOST) {
      throw BindFailure.ofInherited(Words.format("%s=%s: 1 to %d are taken", COUNT, count, MOST));
    }
    return number;
  }

  /** The same once they are recognised. */
  static InheritedSockets take(List<InheritedSocket> sockets, ServerSettings settings)
      throws BindFailure {
    InheritedSockets inherited = new InheritedSockets(List.copyOf(sockets));
    inherited.requirePairs();
    inherited.requireWhatWasAskedFor(settings);
    for (InheritedSocket socket : sockets) {
      try {
        socket.takeOver();
      } catch (IOException e) {
        throw BindFailure.ofInherited(
            socket.label() + ": " + e.getMessage() + "; NonBlocking=true in the service may help");
      }
    }
    inherited.requireNobodyBeside();
    return inherited;
  }

  private void requirePairs() throws BindFailure {
    for (InheritedSocket socket : all) {
      if (socket.local().getPort() != port()) {
        throw BindFailure.ofInherited(
            Words.format(
                "%s is %s, and %s is %s; one server has one port",
                all.get(0).label(), all.get(0).address(), socket.label(), socket.address()));
      }
    }
    for (InheritedSocket socket : all) {
      List<Protocol> there =
          all.stream()
              .filter(other -> other.local().equals(socket.local()))
              .map(InheritedSocket::protocol)
              .sorted()
              .toList();
      if (!there.equals(List.of(Protocol.values()))) {
        throw BindFailure.ofInherited(
            Words.format(
                "%s is %s; that address needs one socket of each protocol: ListenStream= and"
                    + " ListenDatagram= with the same ADDRESS:PORT",
                socket.label(), socket.address()));
      }
    }
    if (addresses().size() > 1 && addresses().stream().anyMatch(InetAddress::isAnyLocalAddress)) {
      throw BindFailure.ofInherited(
          "a wildcard, which includes every address, is not alone: " + boundTo());
    }
  }

  private void requireWhatWasAskedFor(ServerSettings settings) throws BindFailure {
    if (settings.isChosen(ServerSettings.PORT)
        && settings.port() != 0
        && settings.port() != port()) {
      throw BindFailure.ofInherited(
          Words.format(
              "%s is %s, and server.port is %d; leave out --port, or change one of them",
              all.get(0).label(), all.get(0).address(), settings.port()));
    }
    if (settings.isChosen(ServerSettings.HOST)
        && !Set.copyOf(settings.addresses()).equals(Set.copyOf(addresses()))) {
      throw BindFailure.ofInherited(
          Words.format(
              "they are %s, and server.host is another; leave out --host, or change one of them",
              boundTo()));
    }
    if (settings.shards().orElse(1) > 1) {
      throw BindFailure.ofInherited(
          Words.format(
              "server.shards is %d, and a datagram socket that is passed on is one; choose auto or"
                  + " 1",
              settings.shards().orElseThrow()));
    }
  }

  /** Until it was taken over, a UDP socket may have let others bind beside it. */
  private void requireNobodyBeside() throws BindFailure {
    if (!SocketTable.available()) {
      return;
    }
    Set<Long> inodes =
        all.stream()
            .map(socket -> SocketFacts.inode(new FileDescriptor(socket.descriptor())))
            .collect(Collectors.toSet());
    try {
      for (SocketRow row : SocketTable.read().onLocalPort(port())) {
        if (row.protocol() == Protocol.UDP
            && row.acceptsAnyPeer()
            && !inodes.contains(row.inode())
            && overlaps(row.local().getAddress())) {
          throw BindFailure.beside(row);
        }
      }
    } catch (IOException e) {
      throw BindFailure.ofInherited("the kernel's table cannot be read: " + e.getMessage());
    }
  }

  private boolean overlaps(InetAddress other) {
    return addresses().contains(other)
        || other.isAnyLocalAddress()
        || addresses().stream().anyMatch(InetAddress::isAnyLocalAddress);
  }

  private String boundTo() {
    return all.stream().map(InheritedSocket::address).collect(Collectors.joining(", "));
  }

  int port() {
    return all.get(0).local().getPort();
  }

  /** Each once. */
  List<InetAddress> addresses() {
    return all.stream()
        .map(InheritedSocket::local)
        .map(InetSocketAddress::getAddress)
        .distinct()
        .toList();
  }

  public List<InheritedSocket> of(Protocol protocol) {
    return all.stream().filter(socket -> socket.protocol() == protocol).toList();
  }

  /** Their numbers. */
  public List<Integer> descriptors() {
    return all.stream().map(InheritedSocket::descriptor).toList();
  }

  /** In one line: which, and of whom. */
  public String text() {
    Set<String> names =
        all.stream()
            .map(InheritedSocket::name)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    return Words.format(
        "inherited, descriptors %d to %d%s; they stay bound when this program ends",
        FIRST_DESCRIPTOR,
        FIRST_DESCRIPTOR + all.size() - 1,
        names.isEmpty() ? "" : " of " + String.join(", ", names));
  }
}
