package io.dualport.client.check;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;

/**
 * What an error from the network means. The kernel turns ICMP messages into errno values
 * (icmp_err_convert in net/ipv4/icmp.c, icmpv6_err_convert in net/ipv6/icmp.c) and does not show
 * the message itself to an ordinary socket, so some errno stand for several.
 */
final class Refusals {
  private Refusals() {}

  /** An ICMP error answered a datagram. */
  static Verdict ofDatagram(Question question, Answer answer) {
    String took = Durations.text(answer.tookNanos());
    String evidence =
        "a datagram of %d bytes was answered after %s with ICMP %s"
            .formatted(answer.sizeBytes(), took, icmp(answer.errno()));
    String advice =
        answer.errno() == Errno.ECONNREFUSED
            ? "a server that is bound to UDP there, too, and not to TCP alone; a firewall that rejects"
                + " looks the same"
            : firewallOrRoute(question);
    return new Verdict(Judgement.REFUSED, answer.errno(), evidence, advice);
  }

  /** ECONNREFUSED is all a socket hears; whether this host received ICMP meanwhile tells more. */
  enum SynAnswer {
    RST("RST"),
    ICMP("ICMP port unreachable"),
    /** ICMP came, but it can belong to a datagram of ours. */
    EITHER("RST or ICMP port unreachable");

    private final String text;

    SynAnswer(String text) {
      this.text = text;
    }
  }

  /** A SYN was answered with no. */
  static Verdict ofSyn(Question question, Throwable cause, long tookNanos, SynAnswer answer) {
    Errno errno = Errno.of(cause);
    String after = "the SYN was answered after " + Durations.text(tookNanos) + " with ";
    if (errno != Errno.ECONNREFUSED) {
      return new Verdict(
          Judgement.REFUSED, errno, after + "ICMP " + icmp(errno), firewallOrRoute(question));
    }
    return new Verdict(
        Judgement.REFUSED,
        errno,
        after + answer.text,
        answer == SynAnswer.ICMP
            ? "a firewall that rejects TCP "
                + question.remote().getPort()
                + "; a host without a listener would send RST"
            : "a server that is bound to TCP there; a firewall that rejects can look the same");
  }

  /** This machine refused to send. */
  static Verdict notSent(Question question, Answer answer) {
    return untried(
        answer.error(),
        "this machine refused to send " + answer.sizeBytes() + " bytes of " + question.protocol());
  }

  /** Nothing left this machine. */
  static Verdict untried(Throwable cause, String what) {
    Errno errno = Errno.of(cause);
    String advice =
        switch (errno) {
          case EACCES, EPERM -> "this machine's firewall (output rules) and permissions";
          case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EAFNOSUPPORT ->
              "this machine's addresses and routes; --family ipv4 or ipv6 to leave the other out";
          case EADDRINUSE, EADDRNOTAVAIL -> "another --source-port, or 0 for any that is free";
          case EMFILE, ENFILE -> "more descriptors (ulimit -n)";
          default -> "another --transport";
        };
    String reason = errno == Errno.UNKNOWN && cause != null ? ": " + cause.getMessage() : "";
    return new Verdict(Judgement.UNTRIED, errno, what + reason, advice);
  }

  private static String firewallOrRoute(Question question) {
    return "a firewall that rejects, or a router without a route to "
        + Endpoint.text(question.remote().getAddress());
  }

  private static String icmp(Errno errno) {
    return switch (errno) {
      case ECONNREFUSED -> "port unreachable";
      case EHOSTUNREACH -> "host unreachable or administratively prohibited";
      case ENETUNREACH -> "network unreachable or prohibited";
      case ENOPROTOOPT -> "protocol unreachable";
      case EACCES -> "administratively prohibited";
      default -> "destination unreachable";
    };
  }
}
