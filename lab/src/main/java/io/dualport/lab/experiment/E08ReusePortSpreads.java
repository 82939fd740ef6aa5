package io.dualport.lab.experiment;

import static io.dualport.lab.experiment.SharedPort.DATAGRAMS_PER_FLOW;
import static io.dualport.lab.experiment.SharedPort.FLOWS;
import static io.dualport.lab.experiment.SharedPort.PROGRAMS;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Needs;

/** Four programs share one port by SO_REUSEPORT: who gets what? */
public final class E08ReusePortSpreads implements Experiment {
  private static final String ONCE =
      "socket(7) SO_REUSEPORT; reuseport_select_sock in net/core/sock_reuseport.c";
  private static final String HASH =
      "inet_lookup_reuseport in net/ipv4/inet_hashtables.c hashes addresses and ports;"
          + " reciprocal_scale in net/core/sock_reuseport.c";

  private SharedPort shared;
  private Arrivals connections;
  private Arrivals datagrams;

  @Override
  public Script script() {
    return Script.of("8", "SO_REUSEPORT spreads the load")
        .question("Four programs listen on one port. Who gets which connection and which datagram?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .part("Four programs share a port of both protocols")
        .act(lab -> shared = SharedPort.open(lab))
        .part("Connections and datagrams from many source ports")
        .needsEarlierParts()
        .act(
            lab ->
                lab.say(
                    "The client connects from %d ports of %s, resets every connection, and"
                        + " connects from the same ports again.",
                    FLOWS, shared.source()))
        .expect(
            "tcp-exactly-once",
            FLOWS + " arrived, 0 of them twice",
            "Every connection is in exactly one program's queue.",
            ONCE,
            lab -> {
              connections = shared.connectAll();
              return connections.exactlyOnce();
            })
        .expectBetween(
            "tcp-programs-with-connections",
            2,
            PROGRAMS.size(),
            "More than one program gets some. How many each gets is luck: the hash has a key that"
                + " is drawn anew at every boot.",
            ONCE,
            lab -> connections.programs())
        .expect(
            "tcp-flows-that-moved",
            0,
            "The same five-tuple, connected again, finds the same program.",
            HASH,
            lab -> connections.moved(shared.connectAll()))
        .act(lab -> lab.say("It sends %d datagrams from each of these ports.", DATAGRAMS_PER_FLOW))
        .expect(
            "udp-exactly-once",
            FLOWS * DATAGRAMS_PER_FLOW + " arrived, 0 of them twice",
            "Every datagram is delivered to exactly one socket.",
            ONCE,
            lab -> {
              datagrams = shared.sendAll();
              return datagrams.exactlyOnce();
            })
        .expectBetween(
            "udp-programs-with-datagrams",
            2,
            PROGRAMS.size(),
            "Again more than one program gets some.",
            ONCE,
            lab -> datagrams.programs())
        .expect(
            "udp-programs-per-flow",
            1,
            "All datagrams of one source port go to one program: UDP has no connection, but it has"
                + " the five-tuple.",
            HASH,
            lab -> datagrams.mostProgramsPerFlow())
        .act(lab -> lab.observe("Who got how much", Arrivals.shares(connections, datagrams)))
        .answer(
            "A hash of addresses and ports decides: each connection and each datagram goes to"
                + " exactly one of them, and the same five-tuple to the same program, as long as"
                + " nobody joins or leaves.")
        .corrects(
            TWO_PROCESSES,
            "Two different processes cannot bind the same port of one protocol.",
            "With SO_REUSEPORT four do, on both protocols at once; the kernel deals out what"
                + " arrives.")
        .corrects(
            COMMON_BELIEF,
            "SO_REUSEPORT hands out connections in turn, or to who is idle.",
            "A hash of addresses and ports decides, before anyone calls accept; a program that is"
                + " stuck gets its share all the same.");
  }
}
