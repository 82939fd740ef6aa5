package io.dualport.client.send;

import io.dualport.client.message.Stranger;
import io.dualport.client.target.KernelLimits;
import io.dualport.client.target.NoRouteException;
import io.dualport.client.target.SourcePortException;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Turns what happened on one protocol into a verdict that says what to try.
 *
 * @param remote the target, resolved
 */
record Diagnosis(Protocol protocol, InetSocketAddress remote, SendPlan plan) {
  private static final String ROUTE_OR_FIREWALL =
      "look for a firewall that rejects; check the address, the route (ip route get %s)";

  /** Larger datagrams may not fit one packet of a tunnel or of Ethernet. */
  private static final int LARGE_BYTES = 1400;

  /** This machine has no way to send there. */
  Verdict noRoute(IOException cause) {
    if (!(cause instanceof NoRouteException none)) {
      return failure(cause, "looking up the route to " + Endpoint.text(remote.getAddress()));
    }
    Outcome outcome =
        switch (none.errno()) {
          case EHOSTUNREACH, ENETUNREACH, ENETDOWN -> Outcome.UNREACHABLE;
          default -> Outcome.NOT_SENT;
        };
    return new Verdict(outcome, none.errno(), none.getMessage(), none.advice());
  }

  /** The source port could not be had. */
  Verdict notBound(SourcePortException failure) {
    if (failure.isUsedUp() && plan.sourcePort() == 0) {
      return noPortLeft(Errno.of(failure.getCause()));
    }
    return new Verdict(
        Outcome.NOT_SENT,
        Errno.of(failure.getCause()),
        failure.getMessage(),
        "another --source-port, or 0 for any that is free on both protocols");
  }

  private Verdict noPortLeft(Errno errno) {
    return new Verdict(
        Outcome.NOT_SENT,
        errno,
        protocol == Protocol.TCP
            ? "no source port is left toward " + Endpoint.text(remote)
            : "no source port is left for UDP",
        "more source ports: " + KernelLimits.portsAdvice(protocol));
  }

  /** Connecting failed; for UDP that is a local matter. */
  Verdict notConnected(Throwable cause, FiveTuple ours) {
    if (cause instanceof ConnectTimeoutException) {
      return Verdict.of(
          Outcome.SILENT,
          "no answer to the SYN within " + timeout(),
          "look for a firewall or security group that drops TCP "
              + remote.getPort()
              + "; a larger --timeout");
    }
    if (Errno.of(cause) == Errno.EADDRNOTAVAIL && ours == null) {
      return noPortLeft(Errno.EADDRNOTAVAIL);
    }
    if (Errno.of(cause) == Errno.EADDRNOTAVAIL) {
      return new Verdict(
          Outcome.NOT_SENT,
          Errno.EADDRNOTAVAIL,
          "the five-tuple "
              + ours
              + " is taken by a connection that is still open, or in TIME_WAIT without timestamps",
          "another --source-port, 0 for any, or the same again in a minute");
    }
    return failure(cause, "connecting " + (ours == null ? "to " + where() : ours));
  }

  /** A socket that was connected reported an error. */
  Verdict broken(Throwable cause, Flight flight) {
    return failure(cause, after(flight));
  }

  /**
   * Somebody did not want to wait for the end.
   *
   * @param heard whether anything came back at all
   * @param connected whether there was a connection to send on
   */
  Verdict interrupted(Flight flight, String firstDamage, boolean heard, boolean connected) {
    Tally tally = flight.tally();
    if (tally.sent() == 0) {
      return Verdict.of(
          Outcome.UNTRIED,
          "interrupted before " + (connected ? "our FIN was answered" : "the connection stood"),
          "to wait for the timeout, " + timeout());
    }
    if (!heard) {
      return Verdict.of(
          Outcome.UNTRIED,
          "interrupted when nothing had come back of " + Words.count(tally.sent(), "message"),
          "to wait for the timeout, " + timeout());
    }
    return settled(
        tally,
        firstDamage,
        tally.unanswered() == 0
            ? ""
            : ", " + tally.unanswered() + " in flight when it was interrupted");
  }

  /** Not a byte came within the timeout. */
  Verdict silent(Flight flight) {
    String sent = Words.count(flight.next(), "message");
    if (protocol == Protocol.TCP) {
      return Verdict.of(
          Outcome.SILENT,
          "connected, but nothing came back within " + timeout() + " of the first of " + sent,
          "check that an echo server listens there, and not another service; a larger --timeout");
    }
    String bySize = "";
    if (plan.size() > LARGE_BYTES) {
      bySize = "; a small --size, since large datagrams travel in fragments";
    } else if (plan.size() == 0) {
      bySize = "; a --size of 1, since over nio a refused empty datagram looks like this, too";
    }
    return Verdict.of(
        Outcome.SILENT,
        "nothing came back within " + timeout() + " of the first of " + sent,
        "look for a firewall, load balancer or NAT that drops UDP "
            + remote.getPort()
            + "; check that the server is bound to UDP as well"
            + bySize);
  }

  /** The server stopped reading, and the timeout passed. */
  Verdict stalled(Flight flight) {
    return Verdict.of(
        Outcome.LOSSY,
        after(flight) + " the connection took no more bytes for " + timeout(),
        "a larger --timeout, or a smaller --size");
  }

  /** FIN before everything was back. */
  Verdict closedEarly(Flight flight, long bytesBack) {
    return Verdict.of(
        Outcome.CLOSED_EARLY,
        after(flight)
            + " the server's side closed (FIN), "
            + Words.count(bytesBack, "byte had", "bytes had")
            + " come back",
        "check whether the server accepts there, or something before it with no backend (load"
            + " balancer, docker-proxy), and the server's log");
  }

  /** Everything is settled; the counts tell. */
  Verdict settled(Tally tally, String firstDamage, String ending) {
    String what = tally.echoed() + " of " + Words.count(tally.sent(), "message");
    if (tally.corrupted() > 0) {
      return corrupted(firstDamage);
    }
    if (tally.truncated() > 0) {
      return Verdict.of(
          Outcome.TRUNCATED,
          firstDamage,
          "a larger receive buffer in the server; Netty's default cuts datagrams at 2048 bytes");
    }
    if (tally.lost() > 0) {
      String late = tally.late() == 0 ? "" : ", " + tally.late() + " of them came later";
      return Verdict.of(
          Outcome.LOSSY,
          what + " came back, " + tally.lost() + " not within " + timeout() + late,
          tally.late() > 0 ? "a larger --timeout" : "a larger --interval, or a smaller --size");
    }
    return Verdict.open(
        what + " of " + Words.count(plan.size(), "byte") + " came back whole" + ending);
  }

  /** Nothing like it was sent. */
  Verdict strange(Stranger stranger) {
    return Verdict.of(Outcome.CORRUPTED, stranger.evidence(), "look for " + stranger.advice());
  }

  Verdict corrupted(String firstDamage) {
    return Verdict.of(
        Outcome.CORRUPTED,
        firstDamage,
        "check that a plain echo listens there; look for what rewrites payload on the way");
  }

  /** A byte stream has no empty messages, so there was only a connection. */
  Verdict nothingToSend(boolean closedCleanly) {
    String opened = "a byte stream has no empty messages: the connection opened";
    return closedCleanly
        ? Verdict.open(opened + " and closed cleanly, nothing was sent")
        : Verdict.of(
            Outcome.SILENT,
            opened + ", but our FIN was not answered within " + timeout(),
            "a --size of 1 or more");
  }

  private String after(Flight flight) {
    return "after " + Words.count(flight.tally().echoed(), "echo");
  }

  private String timeout() {
    return Durations.text(plan.timeoutNanos());
  }

  private String where() {
    return protocol + " " + Endpoint.text(remote);
  }

  private Verdict failure(Throwable cause, String when) {
    Errno errno = Errno.of(cause);
    if (Errno.isUnnamed(cause)) {
      return new Verdict(
          Outcome.UNREACHABLE,
          Errno.UNKNOWN,
          when + " the host or its network was reported as unreachable, or it is prohibited",
          ROUTE_OR_FIREWALL.formatted(Endpoint.text(remote.getAddress())));
    }
    return switch (errno) {
      case ECONNREFUSED ->
          new Verdict(
              Outcome.REFUSED,
              errno,
              (protocol == Protocol.TCP
                      ? "the SYN was answered with RST"
                      : when + " an ICMP port unreachable came")
                  + ", nobody listens on "
                  + where(),
              "start the server, or check its address and port; a firewall can refuse like this too");
      case ECONNRESET, EPIPE, ECONNABORTED ->
          new Verdict(
              Outcome.RESET,
              errno,
              when + " the connection was reset",
              "read the server's log; a load balancer or firewall in between can cut it, too");
      case EHOSTUNREACH, ENETUNREACH, ENETDOWN ->
          new Verdict(
              Outcome.UNREACHABLE,
              errno,
              when,
              ROUTE_OR_FIREWALL.formatted(Endpoint.text(remote.getAddress())));
      case ETIMEDOUT ->
          new Verdict(
              Outcome.SILENT,
              errno,
              when,
              "look for a firewall that drops; check that the host is up");
      case EACCES, EPERM ->
          new Verdict(
              Outcome.NOT_SENT,
              errno,
              when + " this machine refused to send",
              "check the local firewall's output rules; broadcast addresses are not supported");
      case EMSGSIZE ->
          new Verdict(
              Outcome.NOT_SENT,
              errno,
              when + " a message was too large to send",
              "a smaller --size");
      case UNKNOWN ->
          new Verdict(Outcome.FAILED, errno, when + ": " + cause, "another --transport");
      default -> new Verdict(Outcome.NOT_SENT, errno, when, "read about " + errno + " in errno(3)");
    };
  }
}
