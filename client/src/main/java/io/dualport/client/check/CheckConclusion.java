package io.dualport.client.check;

import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.report.Words;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a check shows as a whole: the verdicts in one sentence, and which servers answered. */
final class CheckConclusion {
  private final CheckResult result;

  CheckConclusion(CheckResult result) {
    this.result = result;
  }

  List<String> notes() {
    List<String> notes = new ArrayList<>();
    String all =
        result.byAddress().entrySet().stream()
            .map(
                at ->
                    verdicts(at.getValue())
                        + (at.getKey() == null ? "" : " at " + result.endpoint(at.getKey())))
            .collect(Collectors.joining("; "));
    notes.add("Port " + result.target().port() + ", from here: " + all + ".");
    notes.addAll(sourcePorts());
    notes.addAll(servers());
    if (result.addressesLeftOut() > 0) {
      notes.add(
          Words.format(
              "%s %s not checked, only the first %d are.",
              Words.count(result.addressesLeftOut(), "more address"),
              Words.form(result.addressesLeftOut(), "was", "were"),
              CheckRun.MAX_ADDRESSES));
    }
    return notes;
  }

  /** One port for both is the rule; nobody need notice the exception in the table. */
  private List<String> sourcePorts() {
    boolean differ =
        result.byAddress().values().stream()
            .anyMatch(
                found ->
                    found.stream()
                            .filter(finding -> finding.ours() != null)
                            .map(finding -> finding.ours().source().getPort())
                            .distinct()
                            .count()
                        > 1);
    return differ
        ? List.of("No source port was free on both protocols, so each has one of its own.")
        : List.of();
  }

  private List<String> servers() {
    Map<InetAddress, Servers> byAddress = result.servers();
    List<String> notes = new ArrayList<>();
    byAddress.forEach(
        (address, servers) -> {
          String text =
              servers.text(
                  result.settings().sameServer(),
                  Servers.whyNoStamp(true, result.settings().size()));
          if (!text.isEmpty()) {
            notes.add(byAddress.size() == 1 ? text : result.endpoint(address) + ": " + text);
          }
        });
    // Each address can be a host of its own, so this is news and no fault.
    Map<InetAddress, Long> alone = result.instances();
    Set<Long> distinct = new TreeSet<>(alone.values());
    if (distinct.size() > 1) {
      notes.add(
          alone.entrySet().stream()
              .map(at -> Endpoint.text(at.getKey()) + " instance " + Servers.idText(at.getValue()))
              .collect(Collectors.joining(", ", "The addresses lead to different servers: ", ".")));
    }
    return notes;
  }

  private static String verdicts(List<CheckedProtocol> findings) {
    boolean same = findings.stream().map(f -> f.finding().verdict()).distinct().count() == 1;
    return same
        ? findings.get(0).finding().verdict().label()
            + " on "
            + Words.and(findings.stream().map(CheckedProtocol::protocol).toList())
        : findings.stream()
            .map(f -> f.finding().verdict().label() + " on " + f.protocol())
            .collect(Collectors.joining(", "));
  }
}
