package io.dualport.client.load.report;

import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.count.ProtocolCounts;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.OpenException;
import io.dualport.client.target.KernelLimits;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Words;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Says why a run's connections could not be opened, how many could, and what helps. */
public record OpenFailure(LoadPlan plan, Map<Protocol, Long> sockets) {
  private static final String FEWER = ", or use fewer --connections";

  /** Counts the sockets that there are now: each has a descriptor and a port. */
  public static OpenFailure of(LoadPlan plan, List<ProtocolCounts> books) {
    return new OpenFailure(
        plan,
        books.stream()
            .collect(Collectors.toMap(ProtocolCounts::protocol, ProtocolCounts::sockets)));
  }

  public LoadFailure explained(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null && !(cause instanceof OpenException)) {
      cause = cause.getCause();
    }
    if (!(cause instanceof OpenException open)) {
      Errno errno = Errno.of(thrown);
      return errno == Errno.EMFILE
          ? new LoadFailure(
              "no descriptor is left for an event loop: "
                  + KernelLimits.descriptorsAdvice()
                  + FEWER,
              thrown)
          : new LoadFailure("cannot start: " + cause, thrown);
    }
    return new LoadFailure(message(open), open);
  }

  private String message(OpenException open) {
    Errno errno = Errno.of(open.getCause());
    String what = errno == Errno.UNKNOWN ? String.valueOf(open.getCause()) : errno.text();
    if (Errno.isUnnamed(open.getCause())) {
      what = "the host or its network was reported as unreachable (" + LoopCounts.UNREACHABLE + ")";
    }
    return Words.sentences(
        Words.format(
            "%s: cannot connect to %s: %s%s",
            open.protocol(),
            Endpoint.text(plan.remote()),
            Words.clause(what),
            isShortage(errno) ? "; " + opened(open.protocol()) : ""),
        takenPort(errno) ? takenPortAdvice() : advice(errno, open.protocol()));
  }

  private static boolean isShortage(Errno errno) {
    return switch (errno) {
      case EMFILE, ENFILE, EADDRNOTAVAIL, EADDRINUSE, EAGAIN, ENOMEM, ENOBUFS -> true;
      default -> false;
    };
  }

  /** Sockets that had a descriptor and a port when the first one got none. */
  private String opened(Protocol protocol) {
    return sockets.get(protocol)
        + " of "
        + Words.count(plan.settings().connections(), "socket")
        + " could be opened";
  }

  private boolean takenPort(Errno errno) {
    return plan.settings().sourcePort() != 0
        && (errno == Errno.EADDRINUSE || errno == Errno.EADDRNOTAVAIL);
  }

  private String takenPortAdvice() {
    int port = plan.settings().sourcePort();
    return Words.format(
            "Port %d is in use on this machine (ss -anp 'sport = :%d' shows by whom), or its last",
            port, port)
        + " connection is in TIME_WAIT: another --source-port, or 0 for any.";
  }

  /** A clause without a full stop. */
  static String portsAdvice(Protocol protocol) {
    return "Source ports ran out: "
        + KernelLimits.portsAdvice(protocol)
        + ", send from more addresses (--sources A,B,...)"
        + FEWER;
  }

  static String advice(Errno errno, Protocol protocol) {
    return switch (errno) {
      case EMFILE -> "Descriptors ran out: " + KernelLimits.descriptorsAdvice() + FEWER + ".";
      case ENFILE -> "The system's table of open files is full: see sysctl fs.file-max.";
      case EADDRNOTAVAIL, EADDRINUSE, EAGAIN -> portsAdvice(protocol) + ".";
      case ECONNREFUSED -> "Nobody listens there on " + protocol + ": is the server up?";
      case ETIMEDOUT ->
          "No answer within --timeout: a firewall that drops, or a server that cannot keep up with"
              + " so many new connections.";
      case ENETUNREACH, EHOSTUNREACH -> "See `ip route get` with the address.";
      case ENOMEM, ENOBUFS -> "The kernel has no memory for it: see sysctl net.ipv4.tcp_mem.";
      default -> "Nothing was measured.";
    };
  }
}
