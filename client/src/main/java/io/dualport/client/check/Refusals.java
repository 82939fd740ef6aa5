package io.dualport.client.check;

import io.dualport.client.target.KernelLimits;
import io.dualport.client.target.NoRouteException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Neighbours;
import io.dualport.report.Durations;
import io.dualport.report.Words;

/**
 * What an error from the network means. The kernel turns ICMP messages into errno values
 * (icmp_err_convert in net/ipv4/icmp.c, icmpv6_err_convert in net/ipv6/icmp.c) and does not show
 * the message itself to an ordinary socket, so some errno stand for several.
 */
final class Refusals {
  /** What only a neighbour that does not answer is advised. */
  static final String HOST_DOWN = "a host that is down, or another address";

  private static final String MORE_PORTS = "more source ports: ";

  private Refusals() {}

  /** An ICMP error answered a datagram. */
  static Finding ofDatagram(Question question, Answer answer) {
    String took = Durations.text(answer.tookNanos());
    String evidence =
        Words.format(
            "a datagram of %s was answered after %s with %s",
            Words.count(answer.sizeBytes(), "byte"), took, icmp(question, answer.errno()));
    String advice =
        answer.errno() == Errno.ECONNREFUSED
            ? "a server that is bound to UDP there, too, and not to TCP alone; a firewall that"
                + " rejects looks the same"
            : firewallOrRoute(question);
    return new Finding(verdict(answer.errno()), answer.errno(), evidence, advice);
  }

  /** ECONNREFUSED is all a socket hears; what ICMP this host counted meanwhile tells more. */
  enum SynAnswer {
    RST,
    ICMP,
    /** ICMP came, but it can belong to something else. */
    EITHER;

    private String text(Question question) {
      String icmp = icmp(question, Errno.ECONNREFUSED);
      return switch (this) {
        case RST -> "RST";
        case ICMP -> icmp;
        case EITHER -> "RST or " + icmp;
      };
    }

    /**
     * @param icmp what this host counted while the SYN was out
     * @param alone whether no datagram of ours was out by then
     */
    static SynAnswer of(Unreachables icmp, boolean alone) {
      if (!icmp.isKnown()) {
        return EITHER;
      }
      if (icmp.received() == 0) {
        return RST;
      }
      return icmp.received() == 1 && alone ? ICMP : EITHER;
    }
  }

  /** A SYN was answered with no. */
  static Finding ofSyn(Question question, Throwable cause, long tookNanos, SynAnswer answer) {
    Errno errno = Errno.of(cause);
    String after = "the SYN was answered after " + Durations.text(tookNanos) + " with ";
    if (errno != Errno.ECONNREFUSED) {
      return new Finding(
          verdict(errno), errno, after + icmp(question, errno), firewallOrRoute(question));
    }
    return Verdict.REFUSED.because(
        errno,
        after + answer.text(question),
        answer == SynAnswer.ICMP
            ? "a firewall that rejects TCP "
                + question.remote().getPort()
                + "; a host without a listener would send RST"
            : "a server that is bound to TCP there; a firewall that rejects can look the same");
  }

  /** Netty's native transports do not tell two errno apart, and asking again gave no answer. */
  static Finding ofSynUnnamed(Question question, long tookNanos) {
    return Verdict.UNREACHABLE.because(
        "the SYN was answered after "
            + Durations.text(tookNanos)
            + (question.isIpv6()
                ? " with ICMPv6 destination unreachable"
                : " with ICMP host or network unreachable, or prohibited"),
        firewallOrRoute(question));
  }

  /**
   * Whether nobody on the local network has the address. The kernel shows its table of neighbours
   * for IPv4 alone (proc(5)); for IPv6 it sends itself an ICMPv6 message when it gives up.
   */
  static boolean isNoNeighbour(Question question, Errno errno, Unreachables icmp) {
    return Neighbours.isUnanswered(question.remote().getAddress())
        || question.isIpv6() && errno == Errno.EHOSTUNREACH && icmp.areOwn();
  }

  /** On the local network nobody has the address, so nothing was sent to it. */
  static Finding noNeighbour(Question question) {
    return Verdict.SILENT.because(
        "no host on the local network answers "
            + (question.isIpv6() ? "neighbour discovery" : "ARP")
            + " for "
            + Endpoint.text(question.remote().getAddress())
            + ", so no packet could be sent to it",
        HOST_DOWN);
  }

  /** The ICMP message was this host's own. */
  static Finding ownReject(Question question, Throwable cause) {
    return Verdict.NOT_SENT.because(
        Errno.of(cause),
        "this machine itself rejected what it was to send to " + Endpoint.text(question.remote()),
        "this machine's firewall (output rules) and routes");
  }

  /** This machine did not even send a SYN. */
  static Finding notConnected(Question question, Throwable cause) {
    String remote = Endpoint.text(question.remote());
    return Errno.of(cause) == Errno.EADDRNOTAVAIL && question.sourcePort() == 0
        ? untried(question, cause, "no source port is left toward " + remote)
        : untried(question, cause, "connecting to " + remote);
  }

  /** TCP's simultaneous open: the kernel found no other port, and nobody else is there. */
  static Finding connectedToItself(Question question) {
    return Verdict.NOT_SENT.because(
        "no source port is left toward "
            + Endpoint.text(question.remote())
            + " but that very one, and a socket connected to itself echoes without a server",
        MORE_PORTS + KernelLimits.portsAdvice(question.protocol()));
  }

  /** This machine refused to send. */
  static Finding notSent(Question question, Answer answer) {
    return untried(
        question,
        answer.error(),
        "this machine refused to send "
            + Words.count(answer.sizeBytes(), "byte")
            + " of "
            + question.protocol());
  }

  /** This machine has no way to send there. */
  static Finding noRoute(NoRouteException cause) {
    return Verdict.UNREACHABLE.because(
        cause.errno(),
        cause.getMessage(),
        cause.advice() + "; --family ipv4 or ipv6 to leave the other out");
  }

  /** Nothing left this machine. */
  static Finding untried(Question question, Throwable cause, String what) {
    Errno errno = Errno.of(cause);
    String advice =
        switch (errno) {
          case EACCES -> "another --source-port, from 1024 on for an ordinary user";
          case EPERM -> "this machine's firewall (output rules)";
          case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EAFNOSUPPORT ->
              "this machine's addresses and routes; --family ipv4 or ipv6 to leave the other out";
          case EADDRINUSE, EADDRNOTAVAIL ->
              question.sourcePort() == 0
                  ? MORE_PORTS + KernelLimits.portsAdvice(question.protocol())
                  : "another --source-port, or 0 for any that is free";
          case EMFILE, ENFILE -> "more descriptors (ulimit -n)";
          case ENOBUFS, EMSGSIZE -> "a smaller --size";
          default -> "another --source-port, or another --transport";
        };
    String said = cause == null ? null : cause.getMessage();
    String reason = errno == Errno.UNKNOWN && said != null && !said.equals(what) ? ": " + said : "";
    Verdict verdict =
        switch (errno) {
          case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EAFNOSUPPORT -> Verdict.UNREACHABLE;
          default -> Verdict.NOT_SENT;
        };
    return new Finding(verdict, errno, what + reason, advice);
  }

  /** Whether the host itself said no, or somebody before it. */
  private static Verdict verdict(Errno errno) {
    return switch (errno) {
      case ECONNREFUSED, ENOPROTOOPT -> Verdict.REFUSED;
      default -> Verdict.UNREACHABLE;
    };
  }

  private static String firewallOrRoute(Question question) {
    return "a firewall that rejects, or a router without a route to "
        + Endpoint.text(question.remote().getAddress());
  }

  /** All that can stand behind an errno, by the names that RFC 792 and RFC 4443 give. */
  private static String icmp(Question question, Errno errno) {
    return question.isIpv6()
        ? "ICMPv6 "
            + switch (errno) {
              case ECONNREFUSED -> "port unreachable";
              case EHOSTUNREACH -> "address unreachable, beyond scope or hop limit exceeded";
              case ENETUNREACH -> "no route to destination";
              case EACCES -> "administratively prohibited";
              default -> "destination unreachable";
            }
        : "ICMP "
            + switch (errno) {
              case ECONNREFUSED -> "port unreachable";
              case EHOSTUNREACH -> "host unreachable, administratively prohibited or TTL exceeded";
              case ENETUNREACH -> "network unreachable or prohibited";
              case ENOPROTOOPT -> "protocol unreachable";
              default -> "destination unreachable";
            };
  }
}
