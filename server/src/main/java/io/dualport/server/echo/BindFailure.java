package io.dualport.server.echo;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Ipv6;
import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketOwners;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import io.dualport.report.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The port could not be bound on both protocols; the message says which half, why, who holds it,
 * and what to do.
 */
public final class BindFailure extends Exception {
  private static final long serialVersionUID = 1;

  private static final Path FIRST_UNPRIVILEGED_PORT =
      Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

  private final transient Errno errno;

  private BindFailure(String message, Errno errno, Throwable cause) {
    super(message, cause);
    this.errno = errno;
  }

  /** Describes a failed bind, asking the kernel's table who is in the way. */
  static BindFailure of(Protocol protocol, InetSocketAddress wanted, Throwable cause) {
    Errno errno = Errno.of(cause);
    String remedy =
        switch (errno) {
          case EADDRINUSE ->
              holder(protocol, wanted) + "; stop it, or choose another --port (0 = any free one)";
          case EACCES, EPERM -> privileged(wanted.getPort());
          case EADDRNOTAVAIL ->
              wanted.getAddress() instanceof Inet6Address && !Ipv6.isCarried()
                  ? noIpv6()
                  : "; no interface of this machine carries that address: see `ip address`";
          case EAFNOSUPPORT -> noIpv6();
          case EMFILE, ENFILE -> "; the descriptor table is full: raise it with `ulimit -n`";
          default -> "";
        };
    return new BindFailure(
        Words.format(
            "cannot bind %s %s: %s%s. Nothing stays bound: both protocols or none.",
            protocol.label(), Endpoint.text(wanted), reason(cause), remedy),
        errno,
        cause);
  }

  /** Describes why the admin side's port was refused. */
  public static BindFailure ofAdmin(InetSocketAddress wanted, Throwable cause) {
    Errno errno = Errno.of(cause);
    return new BindFailure(
        Words.format(
            "cannot bind the admin side to %s: %s%s; choose another --admin, or --admin off",
            Endpoint.text(wanted),
            reason(cause),
            errno == Errno.EADDRINUSE ? holder(Protocol.TCP, wanted) : ""),
        errno,
        cause);
  }

  /**
   * Describes why sockets that this program was started with cannot be served.
   *
   * @param what which of them, what is wrong, and what to change
   */
  static BindFailure ofInherited(String what) {
    return new BindFailure(
        "cannot serve the sockets it was started with: " + what + ". Nothing is served.",
        Errno.UNKNOWN,
        null);
  }

  /** Another socket has the port of an inherited one, too. */
  static BindFailure beside(SocketRow row) {
    return ofInherited("another has the port" + describe(row) + "; stop that");
  }

  /** The kernel's words where they are known. */
  static String reason(Throwable cause) {
    Errno errno = Errno.of(cause);
    return errno == Errno.UNKNOWN ? String.valueOf(cause.getMessage()) : errno.text();
  }

  boolean isPortTaken() {
    return errno == Errno.EADDRINUSE;
  }

  private static String noIpv6() {
    return "; there is no IPv6 here"
        + Ipv6.absence().map(why -> " (" + why + ")").orElse("")
        + ": choose an IPv4 --host, or any, which takes what there is";
  }

  private static String holder(Protocol protocol, InetSocketAddress wanted) {
    try {
      Optional<SocketRow> row =
          SocketTable.available() ? SocketTable.read().holder(protocol, wanted) : Optional.empty();
      return row.map(BindFailure::describe)
          .orElse(
              "; who holds it cannot be seen here (a TCP socket that is bound but does not listen"
                  + " is in no table)");
    } catch (IOException | UncheckedIOException e) {
      return "; who holds it cannot be seen here: " + e.getMessage();
    }
  }

  private static String describe(SocketRow row) {
    SocketOwner owner = SocketOwners.of(Set.of(row.inode())).get(row.inode());
    String who =
        owner != null
            ? owner.toString()
            : "a process of user "
                + SocketOwners.userName(row.uid())
                + " that only root may look into";
    return "; held by " + who + ", " + row.state() + " on " + Endpoint.text(row.local());
  }

  private static String privileged(int port) {
    String first = "1024";
    try {
      // Not readString: it begins with a read of one byte, and a sysctl gives nothing after its
      // first.
      first = Files.readAllLines(FIRST_UNPRIVILEGED_PORT).get(0).trim();
    } catch (IOException e) {
      // Not Linux, or an old kernel: 1024 has been the rule everywhere.
    }
    return "; ports below "
        + first
        + " need root or CAP_NET_BIND_SERVICE: choose --port "
        + Math.max(port, Integer.parseInt(first))
        + " or higher, or grant the capability to java";
  }
}
