package io.dualport.kernel;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The TCP and UDP sockets of this process's network namespace, as the kernel listed them.
 *
 * <p>Read from {@code /proc/net/tcp}, {@code tcp6}, {@code udp} and {@code udp6} (proc_pid_net(5)).
 * The kernel prints these files in pieces, so sockets that open or close meanwhile may be missing
 * or listed although gone; a socket that stays open is always there. The table is as long as the
 * kernel's own, which limits it by descriptors and {@code tcp_max_tw_buckets}. Immutable.
 */
public final class SocketTable {
  private static final Path PROC_NET = Path.of("/proc/net");

  private final List<SocketRow> rows;
  private final int unreadableLines;

  private SocketTable(List<SocketRow> rows, int unreadableLines) {
    this.rows = List.copyOf(rows);
    this.unreadableLines = unreadableLines;
  }

  /** Whether this system shows its sockets in {@code /proc/net}; only Linux does. */
  public static boolean available() {
    return Files.isReadable(PROC_NET.resolve("tcp")) && Files.isReadable(PROC_NET.resolve("udp"));
  }

  /**
   * Reads the table of the running kernel.
   *
   * @throws IOException if this system does not show it, see {@link #available()}
   */
  public static SocketTable read() throws IOException {
    return read(PROC_NET);
  }

  /**
   * Reads the table from a folder that looks like {@code /proc/net}.
   *
   * @throws IOException if {@code tcp} or {@code udp} cannot be read; {@code tcp6} and {@code udp6}
   *     may be absent, as they are on a kernel without IPv6
   */
  public static SocketTable read(Path procNet) throws IOException {
    Loading loading = new Loading();
    loading.file(Protocol.TCP, false, procNet.resolve("tcp"));
    loading.file(Protocol.UDP, false, procNet.resolve("udp"));
    loading.fileIfThere(Protocol.TCP, procNet.resolve("tcp6"));
    loading.fileIfThere(Protocol.UDP, procNet.resolve("udp6"));
    return new SocketTable(loading.rows, loading.unreadableLines);
  }

  /** Every socket: TCP over IPv4, UDP over IPv4, TCP over IPv6, UDP over IPv6. */
  public List<SocketRow> rows() {
    return rows;
  }

  /** Lines that were damaged or too short to be a socket, and are not among {@link #rows()}. */
  public int unreadableLines() {
    return unreadableLines;
  }

  /**
   * Every socket, of both protocols, whose own port is this one.
   *
   * @param port 0 to 65535
   */
  public List<SocketRow> onLocalPort(int port) {
    return rows.stream().filter(row -> row.local().getPort() == port).toList();
  }

  /**
   * The socket that stands in the way of a bind: same protocol, same port, overlapping address.
   *
   * <p>Among several, a socket in LISTEN or UNCONN comes before a connected one and that before one
   * no process holds any more (TIME_WAIT); then the same address before a wildcard. An IPv6
   * wildcard socket is taken to cover IPv4 too, since the table does not tell IPV6_V6ONLY; a wanted
   * wildcard of either family is taken to cover both, since the JDK and Netty bind 0.0.0.0 as :: on
   * an IPv6 socket. Whether the bind really fails also depends on SO_REUSEADDR and SO_REUSEPORT of
   * both sockets, which the table does not tell either: ask after a bind has failed. A TCP socket
   * that is bound but neither listens nor connects holds its port too, and is in no table.
   *
   * @param wanted a resolved address; port 0 is never held
   */
  public Optional<SocketRow> holder(Protocol protocol, InetSocketAddress wanted) {
    InetAddress address = wanted.getAddress();
    return candidates(protocol, wanted.getPort())
        .filter(row -> distanceToBind(row, address).isPresent())
        .min(
            Comparator.comparingInt(SocketTable::blame)
                .thenComparingInt(row -> distanceToBind(row, address).getAsInt()));
  }

  /**
   * The socket of this machine that packets of a five-tuple land on.
   *
   * <p>TCP: the connection with exactly these two ends; a listener is not one. UDP: the connected
   * socket with these two ends, else the one bound to the destination address, else the one bound
   * to the wildcard of its family, else to the IPv6 wildcard: the order of udp4_lib_lookup2 in
   * net/ipv4/udp.c. Where several UDP sockets fit equally well the table does not tell which one
   * the kernel prefers (with SO_REUSEPORT, a secret hash decides), so the answer is empty, not a
   * guess.
   *
   * @param fiveTuple with the local side as its destination
   */
  public Optional<SocketRow> find(FiveTuple fiveTuple) {
    InetSocketAddress local = fiveTuple.destination();
    Optional<SocketRow> connected =
        candidates(fiveTuple.protocol(), local.getPort())
            .filter(row -> !row.acceptsAnyPeer())
            .filter(row -> row.local().equals(local) && row.remote().equals(fiveTuple.source()))
            .findFirst();
    return connected.isPresent() || fiveTuple.protocol() == Protocol.TCP
        ? connected
        : unconnectedUdp(local);
  }

  private Optional<SocketRow> unconnectedUdp(InetSocketAddress local) {
    SocketRow nearest = null;
    int nearestDistance = Integer.MAX_VALUE;
    for (SocketRow row : candidates(Protocol.UDP, local.getPort()).toList()) {
      OptionalInt distance = distance(row.local().getAddress(), local.getAddress());
      if (row.state() != SocketState.UNCONN || distance.isEmpty()) {
        continue;
      }
      if (distance.getAsInt() < nearestDistance) {
        nearestDistance = distance.getAsInt();
        nearest = row;
      } else if (distance.getAsInt() == nearestDistance) {
        nearest = null;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private Stream<SocketRow> candidates(Protocol protocol, int localPort) {
    return rows.stream()
        .filter(row -> row.protocol() == protocol && row.local().getPort() == localPort);
  }

  /** 0 for a socket that waits for peers, 1 for another that a process holds, 2 for a leftover. */
  private static int blame(SocketRow row) {
    if (row.acceptsAnyPeer()) {
      return 0;
    }
    return row.inode() != 0 ? 1 : 2;
  }

  private static OptionalInt distanceToBind(SocketRow row, InetAddress wanted) {
    InetAddress held = row.local().getAddress();
    OptionalInt distance = distance(held, wanted);
    if (distance.isEmpty() && wanted.isAnyLocalAddress()) {
      return OptionalInt.of(sameFamily(held, wanted) ? 1 : 2);
    }
    return distance;
  }

  /**
   * How loosely a socket's address covers another one: 0 the same, 1 as the wildcard of its family,
   * 2 as the IPv6 wildcard for an IPv4 address; empty if not at all.
   */
  private static OptionalInt distance(InetAddress held, InetAddress wanted) {
    if (held.equals(wanted)) {
      return OptionalInt.of(0);
    }
    if (!held.isAnyLocalAddress()) {
      return OptionalInt.empty();
    }
    if (sameFamily(held, wanted)) {
      return OptionalInt.of(1);
    }
    return held instanceof Inet4Address ? OptionalInt.empty() : OptionalInt.of(2);
  }

  private static boolean sameFamily(InetAddress one, InetAddress other) {
    return one instanceof Inet4Address == other instanceof Inet4Address;
  }

  /** The table while its files are being read. */
  private static final class Loading {
    private final List<SocketRow> rows = new ArrayList<>();
    private int unreadableLines;

    void fileIfThere(Protocol protocol, Path file) throws IOException {
      if (Files.exists(file)) {
        file(protocol, true, file);
      }
    }

    void file(Protocol protocol, boolean ipv6, Path file) throws IOException {
      try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
        lines.readLine(); // the header
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          Optional<SocketRow> row = SocketLine.parse(protocol, ipv6, line);
          row.ifPresentOrElse(rows::add, () -> unreadableLines++);
        }
      }
    }
  }
}
