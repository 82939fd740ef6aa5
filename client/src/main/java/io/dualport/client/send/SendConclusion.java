package io.dualport.client.send;

import io.dualport.client.message.Servers;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a run shows, in one sentence that claims no more than was seen. */
final class SendConclusion {
  private final SendResult result;

  SendConclusion(SendResult result) {
    this.result = result;
  }

  String text() {
    List<ProtocolResult> open = which(protocol -> protocol.finding().isOpen());
    if (open.size() == Protocol.values().length) {
      return bothOpen(open.get(0), open.get(1));
    }
    List<ProtocolResult> untried = which(protocol -> !protocol.finding().verdict().judgesThePort());
    List<ProtocolResult> bad =
        which(protocol -> !open.contains(protocol) && !untried.contains(protocol));
    List<String> parts = new ArrayList<>();
    if (!open.isEmpty()) {
      parts.add("works on " + Words.and(names(open)));
    }
    if (!bad.isEmpty()) {
      parts.add("does not work on " + String.join(" or on ", names(bad)));
    }
    if (!untried.isEmpty()) {
      parts.add("could not be tried on " + Words.and(names(untried)));
    }
    return parts.stream()
        .collect(
            Collectors.joining(", but ", "Port " + result.target().port() + ", from here: ", "."));
  }

  /** What is to be said besides: other ports, other servers, an early end. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(text());
    if (ports() > 1) {
      notes.add("No source port was free on both protocols, so each has one of its own.");
    }
    SendPlan plan = result.plan();
    String servers =
        result
            .servers()
            .text(result.sameServer(), Servers.whyNoStamp(plan.stampWanted(), plan.size()));
    if (!servers.isEmpty()) {
      notes.add(servers);
    }
    if (result.interrupted()) {
      notes.add("Interrupted: this is the result so far.");
    }
    return notes;
  }

  private long ports() {
    return result.protocols().stream()
        .map(ProtocolResult::ours)
        .filter(Objects::nonNull)
        .map(ours -> ours.source().getPort())
        .distinct()
        .count();
  }

  private String bothOpen(ProtocolResult first, ProtocolResult second) {
    String same =
        (ports() > 1 ? "Two source ports" : "Same source port " + first.ours().source().getPort())
            + ", same destination: ";
    if (isRewritten(first) || isRewritten(second)) {
      return same
          + "both work, but something on the way rewrites addresses; the server saw "
          + seen(first)
          + " and "
          + seen(second)
          + ".";
    }
    if (ports() > 1 || result.servers().areSeveral()) {
      return same + "both work.";
    }
    return same + "the two five-tuples differ in the protocol alone; the kernel kept them apart.";
  }

  private static boolean isRewritten(ProtocolResult protocol) {
    return protocol.path() == ProtocolResult.Path.REWRITTEN;
  }

  private static String seen(ProtocolResult protocol) {
    return protocol.stamps().first() == null
        ? "an unstamped " + protocol.protocol() + " flow"
        : protocol.stamps().first().tuple().toString();
  }

  private List<ProtocolResult> which(Predicate<ProtocolResult> condition) {
    return result.protocols().stream().filter(condition).toList();
  }

  private static List<String> names(List<ProtocolResult> protocols) {
    return protocols.stream().map(p -> p.protocol().name()).toList();
  }
}
