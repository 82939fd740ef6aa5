package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.client.message.Suspicions;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the answer on one protocol of a service tells about the silence on the other. */
final class OtherProtocol {
  private static final Set<Verdict> ANSWERED =
      EnumSet.of(Verdict.OPEN, Verdict.LARGE_LOST, Verdict.TRUNCATED, Verdict.WRONG_SOURCE);

  private static final Set<Verdict> ABSENT = EnumSet.of(Verdict.REFUSED, Verdict.SILENT);

  /** HTTP/3 at a port of the same host (RFC 7838 section 3, RFC 9114 section 3.1.1). */
  private static final Pattern HTTP_3 = Pattern.compile("\\bh3(?:-\\d+)?=\"?:(\\d{1,5})");

  private OtherProtocol() {}

  /**
   * Adds to each finding what the answer on the other protocol tells.
   *
   * @param found one for each protocol that was asked
   */
  static List<CheckedProtocol> told(
      Service service, InetSocketAddress remote, List<CheckedProtocol> found) {
    return found.stream().map(one -> told(service, remote, one, found)).toList();
  }

  /**
   * The same for an echo. Where nothing echoes on a host that is there, what is silent can be
   * another service, before a firewall is to blame.
   */
  static List<CheckedProtocol> ofEcho(List<CheckedProtocol> found) {
    boolean isEcho = found.stream().anyMatch(one -> one.largestBytes() != null);
    boolean isHostSilent =
        found.stream()
            .anyMatch(
                one ->
                    one.finding().advice().equals(Refusals.HOST_DOWN)
                        || one.protocol() == Protocol.TCP
                            && one.connectNanos() == null
                            && one.finding().verdict() != Verdict.REFUSED);
    return isEcho || isHostSilent
        ? found
        : found.stream().map(OtherProtocol::otherService).toList();
  }

  private static CheckedProtocol otherService(CheckedProtocol one) {
    Finding finding = one.finding();
    boolean isUdp = one.protocol() == Protocol.UDP;
    boolean isUnanswered =
        finding.verdict() == Verdict.SILENT && (isUdp || one.connectNanos() != null)
            || finding.verdict() == Verdict.CLOSED_EARLY;
    return !isUnanswered
        ? one
        : one.with(
            finding.first(
                "a service that does not answer an echo's question (--as asks for another, --as"
                    + " list names them)"));
  }

  private static CheckedProtocol told(
      Service service, InetSocketAddress remote, CheckedProtocol one, List<CheckedProtocol> found) {
    Finding finding = one.finding();
    CheckedProtocol other =
        found.stream().filter(any -> any.protocol() != one.protocol()).findFirst().orElse(null);
    boolean canBeAbsent = other == null || ANSWERED.contains(other.finding().verdict());
    if (!ABSENT.contains(finding.verdict())
        || !canBeAbsent
        || finding.advice().equals(Refusals.HOST_DOWN)) {
      return one;
    }
    if (one.connectNanos() != null) {
      // Somebody listens; what is large may get lost over UDP as well.
      return other != null && other.finding().verdict() == Verdict.LARGE_LOST
          ? one.with(
              finding.first(Suspicions.blackHole(remote.getAddress()) + ", or clamp the MSS"))
          : one;
    }
    if (one.protocol() == Protocol.UDP && other != null && promises(other.alternatives(), remote)) {
      String evidence =
          finding.evidence()
              + ", although the server promises HTTP/3 here (Alt-Svc "
              + other.alternatives()
              + ")";
      String unheard = "a server that promises HTTP/3 and does not listen for it";
      String advice =
          finding.verdict() == Verdict.SILENT
              ? Suspicions.dropped(one.protocol(), remote.getPort()) + "; " + unheard
              : unheard + "; " + finding.advice();
      return one.with(new Finding(finding.verdict(), finding.errno(), evidence, advice));
    }
    return one.with(finding.first(service.absent(one.protocol())));
  }

  private static boolean promises(String alternatives, InetSocketAddress remote) {
    if (alternatives == null) {
      return false;
    }
    Matcher port = HTTP_3.matcher(alternatives);
    while (port.find()) {
      if (Integer.parseInt(port.group(1)) == remote.getPort()) {
        return true;
      }
    }
    return false;
  }
}
