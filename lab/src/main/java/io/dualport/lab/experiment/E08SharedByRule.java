package io.dualport.lab.experiment;

import static io.dualport.lab.experiment.SharedPort.DATAGRAMS_PER_FLOW;
import static io.dualport.lab.experiment.SharedPort.FLOWS;
import static io.dualport.lab.experiment.SharedPort.PROGRAMS;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.lab.process.Needs;
import io.dualport.lab.socket.SourcePortRule;
import java.util.List;

/** Can those who share a port say themselves who of them gets what? */
public final class E08SharedByRule implements Experiment {
  private static final SourcePortRule MODULO_FOUR = SourcePortRule.ipv4(4);
  private static final SourcePortRule MODULO_THREE = SourcePortRule.ipv4(3);
  private static final String ALL_DATAGRAMS =
      FLOWS * DATAGRAMS_PER_FLOW + " of " + FLOWS * DATAGRAMS_PER_FLOW + " where the rule says";
  private static final String RULE =
      "socket(7) SO_ATTACH_REUSEPORT_CBPF; run_bpf_filter in net/core/sock_reuseport.c";

  private SharedPort shared;
  private Arrivals datagrams;

  @Override
  public Script script() {
    return Script.of("8-rule", "A rule of one's own for who gets what")
        .question(
            "Four programs share one port by SO_REUSEPORT. Can they say themselves which of them"
                + " gets a connection or a datagram?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .part("Four programs share a port of both protocols")
        .act(lab -> shared = SharedPort.open(lab))
        .part("Source port modulo four")
        .needsEarlierParts()
        .act(
            lab -> {
              shared.datagrams("A").spread(MODULO_FOUR).must();
              lab.notes()
                  .exhibit(
                      "The rule: behind the IPv4 header stands the source port; its remainder"
                          + " modulo four is the receiver's place",
                      MODULO_FOUR.listing());
            })
        .expect(
            "udp-by-rule",
            ALL_DATAGRAMS,
            "A's rule is the group's. It returns a place, 0 for the first to have joined: A, B, C,"
                + " D. So the reader knows who gets a datagram before it is sent, and no hash has a"
                + " say.",
            RULE,
            lab -> {
              datagrams = shared.sendAll();
              return datagrams.wherePortsSay(PROGRAMS);
            })
        .expect(
            "tcp-by-rule",
            FLOWS + " of " + FLOWS + " where the rule says",
            "The listeners are a group of their own and take the same rule: TCP's source port"
                + " stands where UDP's does (experiment 3).",
            RULE + "; inet_lookup_reuseport in net/ipv4/inet_hashtables.c",
            lab -> {
              shared.listener("A").spread(MODULO_FOUR).must();
              return shared.connectAll().wherePortsSay(PROGRAMS);
            })
        .part("A leaves, its rule stays")
        .needsEarlierParts()
        .expect(
            "place-without-a-socket",
            "A->D, B->B, C->C, D->B, D->C, D->D",
            "The rule is the group's and outlives who attached it. D, the last, takes place 0, and"
                + " B and C keep theirs, with all their flows. Place 3 is nobody's now: for its"
                + " flows the hash decides again.",
            "__reuseport_detach_sock, run_bpf_filter and select_by_hash in"
                + " net/core/sock_reuseport.c",
            lab -> {
              shared.leave("A");
              Arrivals now = shared.sendAll();
              lab.observe("UDP: who had a flow, who has it now", datagrams.movesTable(now));
              return datagrams.moves(now);
            })
        .expect(
            "next-rule",
            ALL_DATAGRAMS,
            "Any of them can attach another rule, which replaces the first. Modulo three it names"
                + " as many places as there are sockets: D, B, C.",
            "reuseport_attach_prog in net/core/sock_reuseport.c",
            lab -> {
              shared.datagrams("B").spread(MODULO_THREE).must();
              return shared.sendAll().wherePortsSay(List.of("D", "B", "C"));
            })
        .answer(
            "Yes: any of them may attach a small program, without any privilege, that names the"
                + " receiver's place in the group; the hash decides only where it names a place"
                + " that nobody has.")
        .corrects(
            COMMON_BELIEF,
            "How SO_REUSEPORT shares is the kernel's affair; programs cannot choose.",
            "By SO_ATTACH_REUSEPORT_CBPF they can, for both protocols. Dualport's server does, so"
                + " that the datagrams of one source port stay on one event loop (experiment 21).");
  }
}
