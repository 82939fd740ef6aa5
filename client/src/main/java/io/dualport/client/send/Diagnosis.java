package io.dualport.client.send;

import io.dualport.client.message.Acknowledged;
import io.dualport.client.message.Stranger;
import io.dualport.client.message.Suspicions;
import io.dualport.client.target.KernelLimits;
import io.dualport.client.target.SourcePortException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.channel.ConnectTimeoutException;
import java.net.InetSocketAddress;

/**
 * Turns what happened on one protocol into a verdict that says what to try.
 *
 * @param remote the target, resolved
 */
record Diagnosis(Protocol protocol, InetSocketAddress remote, SendPlan plan) {
  /** By chance the last message is lost, and the last two. */
  private static final int FEWEST_OF_A_STOP = 3;

  /** The source port could not be had. */
  Finding notBound(SourcePortException failure) {
    if (failure.isUsedUp() && plan.sourcePort() == 0) {
      return noPortLeft(Errno.of(failure.getCause()));
    }
    return Verdict.NOT_SENT.because(
        Errno.of(failure.getCause()),
        failure.getMessage(),
        "another --source-port, or 0 for any that is free on both protocols");
  }

  private Finding noPortLeft(Errno errno) {
    return Verdict.NOT_SENT.because(
        errno,
        protocol == Protocol.TCP
            ? "no source port is left toward " + Endpoint.text(remote)
            : "no source port is left for UDP",
        "more source ports: " + KernelLimits.portsAdvice(protocol));
  }

  /** Connecting failed; for UDP that is a local matter. */
  Finding notConnected(Throwable cause, FiveTuple ours) {
    if (cause instanceof ConnectTimeoutException) {
      return Verdict.SILENT.because(
          "no answer to the SYN within " + timeout(),
          "look for a firewall or security group that drops TCP "
              + remote.getPort()
              + "; a larger --timeout");
    }
    if (Errno.of(cause) == Errno.EADDRNOTAVAIL && ours == null) {
      return noPortLeft(Errno.EADDRNOTAVAIL);
    }
    if (Errno.of(cause) == Errno.EADDRNOTAVAIL) {
      return Verdict.NOT_SENT.because(
          Errno.EADDRNOTAVAIL,
          "the five-tuple "
              + ours
              + " is taken by a connection that is still open, or in TIME_WAIT without timestamps",
          "another --source-port, 0 for any, or the same again in a minute");
    }
    return errors().verdict(cause, "connecting " + (ours == null ? "to " + where() : ours), 0);
  }

  /** A socket that was connected reported an error. */
  Finding broken(Throwable cause, Flight flight) {
    return errors().verdict(cause, after(flight), flight.counts().echoed());
  }

  /**
   * Somebody did not want to wait for the end.
   *
   * @param heard whether anything came back at all
   * @param connected whether there was a connection to send on
   */
  Finding interrupted(Flight flight, String firstDamage, boolean heard, boolean connected) {
    ExchangeCounts counts = flight.counts();
    if (counts.sent() == 0) {
      return Verdict.UNTRIED.because(
          "interrupted before " + (connected ? "our FIN was answered" : "the connection stood"),
          "to wait for the timeout, " + timeout());
    }
    if (!heard) {
      return Verdict.UNTRIED.because(
          "interrupted when nothing had come back of " + Words.count(counts.sent(), "message"),
          "to wait for the timeout, " + timeout());
    }
    return settled(
        flight,
        firstDamage,
        counts.unanswered() == 0
            ? ""
            : ", " + counts.unanswered() + " in flight when it was interrupted");
  }

  /**
   * Not a byte came within the timeout.
   *
   * @param acknowledged whether the other side's kernel has taken what was sent (TCP)
   */
  Finding silent(Flight flight, Acknowledged acknowledged) {
    String sent = Words.count(flight.next(), "message");
    boolean large = Suspicions.canBeTooLarge(plan.size());
    String blackHole = Suspicions.blackHole(remote.getAddress());
    String nothing = "nothing came back within " + timeout() + " of the first of " + sent;
    if (protocol == Protocol.TCP) {
      boolean taken = acknowledged == Acknowledged.YES;
      return Verdict.SILENT.because(
          "connected, but "
              + nothing
              + switch (acknowledged) {
                case YES -> ", although the other side's kernel acknowledged what was sent";
                case NO -> ", not even an acknowledgement";
                case UNKNOWN -> "";
              },
          large && !taken
              ? Finding.LOOK_FOR + blackHole + "; a smaller --size then passes"
              : "check that an echo server listens there, and not another service; a larger"
                  + " --timeout");
    }
    String bySize = "";
    if (large) {
      bySize = "; " + blackHole + "; a firewall that drops fragments; a smaller --size then passes";
    } else if (plan.size() == 0) {
      bySize = "; a --size of 1, since over nio a refused empty datagram looks like this, too";
    }
    return Verdict.SILENT.because(
        nothing,
        Finding.LOOK_FOR
            + "a firewall, load balancer or NAT that drops UDP "
            + remote.getPort()
            + "; a server that is bound to TCP alone behind it, or does not echo; "
            + Suspicions.elsewhere(Endpoint.text(remote))
            + bySize);
  }

  /** The server stopped reading, and the timeout passed. */
  Finding stalled(Flight flight) {
    return Verdict.LOSSY.because(
        after(flight) + " the connection took no more bytes for " + timeout(),
        "a larger --timeout, or a smaller --size");
  }

  /** FIN before everything was back. */
  Finding closedEarly(Flight flight, long bytesBack) {
    return Verdict.CLOSED_EARLY.because(
        after(flight)
            + " the server's side closed (FIN), "
            + Words.count(bytesBack, "byte had", "bytes had")
            + " come back",
        "check whether the server accepts there, or something before it with no backend (load"
            + " balancer, docker-proxy), and the server's log");
  }

  /** Everything is settled; the counts tell. */
  Finding settled(Flight flight, String firstDamage, String ending) {
    ExchangeCounts counts = flight.counts();
    String what = counts.echoed() + " of " + Words.count(counts.sent(), "message");
    if (counts.corrupted() > 0) {
      return corrupted(firstDamage);
    }
    if (counts.truncated() > 0) {
      return Verdict.TRUNCATED.because(
          firstDamage,
          "a larger receive buffer in the server; Netty's default cuts datagrams at 2048 bytes");
    }
    if (counts.lost() > 0) {
      String late = counts.late() == 0 ? "" : ", " + counts.late() + " of them came later";
      if (counts.late() == 0
          && flight.sentSinceEcho() >= FEWEST_OF_A_STOP
          && flight.sentSinceEcho() == counts.lost()
          && counts.echoed() > 0) {
        return Verdict.LOSSY.because(
            what + " came back, and none of the last " + counts.lost() + " within " + timeout(),
            Finding.LOOK_FOR + Suspicions.STOPPED + "; a larger --interval");
      }
      return Verdict.LOSSY.because(
          what + " came back, " + counts.lost() + " not within " + timeout() + late,
          counts.late() > 0 ? "a larger --timeout" : "a larger --interval, or a smaller --size");
    }
    return Finding.open(
        what + " of " + Words.count(plan.size(), "byte") + " came back whole" + ending);
  }

  /** Nothing like it was sent. */
  Finding strange(Stranger stranger) {
    return Verdict.CORRUPTED.because(stranger.evidence(), "look for " + stranger.advice());
  }

  Finding corrupted(String firstDamage) {
    return Verdict.CORRUPTED.because(
        firstDamage,
        "check that a plain echo listens there; look for what rewrites payload on the way");
  }

  /** A byte stream has no empty messages, so there was only a connection. */
  Finding nothingToSend(boolean closedCleanly) {
    String opened = "a byte stream has no empty messages: the connection opened";
    return closedCleanly
        ? Finding.open(opened + " and closed cleanly, nothing was sent")
        : Verdict.SILENT.because(
            opened + ", but our FIN was not answered within " + timeout(), "a --size of 1 or more");
  }

  private String after(Flight flight) {
    return "after " + Words.count(flight.counts().echoed(), "echo");
  }

  private String timeout() {
    return Durations.text(plan.timeoutNanos());
  }

  private SocketErrors errors() {
    return new SocketErrors(protocol, remote);
  }

  private String where() {
    return protocol + " " + Endpoint.text(remote);
  }
}
