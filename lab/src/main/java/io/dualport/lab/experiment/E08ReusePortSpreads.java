package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.experiment.SharedPort.Arrival;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import io.dualport.report.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Four programs share one port by SO_REUSEPORT: who gets what, and what if one of them leaves? */
public final class E08ReusePortSpreads implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final List<String> NAMES = List.of("A", "B", "C", "D");
  private static final String MIGRATE = "net.ipv4.tcp_migrate_req";
  private static final String ONCE =
      "socket(7) SO_REUSEPORT; reuseport_select_sock in net/core/sock_reuseport.c";
  private static final String HASH =
      "inet_lookup_reuseport in net/ipv4/inet_hashtables.c hashes addresses and ports;"
          + " reciprocal_scale in net/core/sock_reuseport.c";
  private static final String MOVES = "A->D, B->B, B->D, C->B, C->C, D->C";

  private static final Prediction TCP_ONCE =
      Prediction.exactly(
          "tcp-exactly-once",
          SharedPort.FLOWS + " arrived, 0 of them twice",
          Bilingual.of("Every connection is in exactly one program's queue."),
          ONCE);

  private static final Prediction TCP_SPREAD =
      Prediction.between(
          "tcp-programs-with-connections",
          2,
          NAMES.size(),
          Bilingual.of(
              "More than one program gets some. How many each gets is luck: the hash has a key that"
                  + " is drawn anew at every boot."),
          ONCE);

  private static final Prediction TCP_SAME =
      Prediction.exactly(
          "tcp-flows-that-moved",
          0,
          Bilingual.of(
              "The same five-tuple, connected again, finds the same program."),
          HASH);

  private static final Prediction UDP_ONCE =
      Prediction.exactly(
          "udp-exactly-once",
          SharedPort.FLOWS * SharedPort.DATAGRAMS_PER_FLOW + " arrived, 0 of them twice",
          Bilingual.of("Every datagram is delivered to exactly one socket."),
          ONCE);

  private static final Prediction UDP_SPREAD =
      Prediction.between(
          "udp-programs-with-datagrams",
          2,
          NAMES.size(),
          Bilingual.of("Again more than one program gets some."),
          ONCE);

  private static final Prediction UDP_SAME =
      Prediction.exactly(
          "udp-programs-per-flow",
          1,
          Bilingual.of(
              "All datagrams of one source port go to one program: UDP has no connection, but it"
                  + " has the five-tuple."),
          HASH);

  private static final Prediction QUEUED =
      Prediction.exactly(
          "connection-in-the-leavers-queue",
          "ECONNRESET",
          Bilingual.of(
              "A connection that is established but not yet accepted dies with the listener in"
                  + " whose queue it waits, although others listen on the port."),
          "inet_csk_listen_stop in net/ipv4/inet_connection_sock.c; ip-sysctl tcp_migrate_req");

  private static final Prediction ACCEPTED =
      Prediction.exactly(
          "accepted-connection-of-the-leaver",
          "still here",
          Bilingual.of(
              "One that was accepted is a socket of its own and lives on."),
          "accept(2)");

  private static final Prediction TCP_MOVES =
      Prediction.exactly(
          "tcp-moves",
          MOVES,
          Bilingual.of(
              "The leaver's place is taken by the last to have joined, and the hash is spread over"
                  + " three places instead of four. A's flows go to D; but on average half of all"
                  + " flows change hands although their program stayed."),
          "__reuseport_detach_sock and reciprocal_scale in net/core/sock_reuseport.c");

  private static final Prediction UDP_MOVES =
      Prediction.exactly(
          "udp-moves",
          MOVES,
          Bilingual.of("UDP's flows move by the same rule."),
          "__reuseport_detach_sock and reciprocal_scale in net/core/sock_reuseport.c");

  private static final Prediction NOT_MIGRATED =
      Prediction.exactly(
          "migrate-0",
          "ECONNRESET",
          Bilingual.of("Without migration it is reset, as above."),
          "ip-sysctl tcp_migrate_req, default 0");

  private static final Prediction MIGRATED =
      Prediction.exactly(
          "migrate-1",
          "hello",
          Bilingual.of(
              "With net.ipv4.tcp_migrate_req=1 it moves to the queue of another listener, with the"
                  + " data it brought."),
          "ip-sysctl tcp_migrate_req (Linux 5.14); reuseport_migrate_sock in"
              + " net/core/sock_reuseport.c");

  @Override
  public Page page() {
    return new Page(
        "8",
        Bilingual.of("SO_REUSEPORT spreads the load"),
        Bilingual.of(
            "Four programs listen on one port. Who gets which connection and which datagram, and"
                + " what happens to them when one program leaves?"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "Two different processes cannot bind the same port of one protocol."),
                Bilingual.of(
                    "With SO_REUSEPORT four do, on both protocols at once; the kernel deals out what"
                        + " arrives.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "SO_REUSEPORT hands out connections in turn, or to who is idle."),
                Bilingual.of(
                    "A hash of addresses and ports decides, before anyone calls accept; a program"
                        + " that is stuck gets its share all the same.")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Bilingual.of(
                    "When one program of such a group leaves, the others simply take over its share."),
                Bilingual.of(
                    "Connections in its accept queue are reset, and flows of the others change"
                        + " hands too. TCP notices at new connections only; for UDP it breaks"
                        + " whatever state was kept per client."))),
        List.of(
            TCP_ONCE,
            TCP_SPREAD,
            TCP_SAME,
            UDP_ONCE,
            UDP_SPREAD,
            UDP_SAME,
            QUEUED,
            ACCEPTED,
            TCP_MOVES,
            UDP_MOVES,
            NOT_MIGRATED,
            MIGRATED));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Lab.requireNative();
    Program client = lab.program("client");
    SharedPort shared = new SharedPort(lab, client, lab.freePort());
    List<Program> programs = new ArrayList<>();
    for (String name : NAMES) {
      programs.add(lab.program(name));
    }
    Program leaver = programs.get(0);
    Map<Integer, String> tcp = new TreeMap<>();
    Map<Integer, String> udp = new TreeMap<>();

    notes.part(
        "Four programs share a port of both protocols",
        () -> {
          shared.join(leaver);
          notes.say("B, C and D do the same.");
          for (Program program : programs.subList(1, programs.size())) {
            shared.join(program.quiet());
          }
          lab.show(client, "The kernel's table", shared.port());
        });
    notes.part(
        "Connections and datagrams from many source ports",
        () -> {
          notes.requireEarlierParts();
          connections(notes, shared, tcp);
          datagrams(notes, shared, udp);
          notes.observe("Who got how much", histogram(tcp, udp));
        });
    notes.part(
        "A leaves: one of its connections is accepted, one still waits in its queue",
        () -> {
          notes.requireEarlierParts();
          leave(lab, notes, shared, client, leaver, tcp);
        });
    notes.part(
        "The same source ports again",
        () -> {
          notes.requireEarlierParts();
          Map<Integer, String> tcpNow = SharedPort.owners(shared.connectAll());
          Map<Integer, String> udpNow = SharedPort.owners(shared.sendAll());
          notes.observe(
              "TCP: who had a flow, who has it now", moves(tcp, tcpNow));
          notes.check(TCP_MOVES, movesInWords(tcp, tcpNow));
          notes.observe("UDP: the same", moves(udp, udpNow));
          notes.check(UDP_MOVES, movesInWords(udp, udpNow));
        });
    notes.part(
        "With net.ipv4.tcp_migrate_req a waiting connection can change queues",
        () -> migrate(lab, notes));
  }

  private static void connections(Notebook notes, SharedPort shared, Map<Integer, String> owners)
      throws Exception {
    notes.say(
        "The client connects from %d ports of %s, resets every connection, and connects from the"
            + " same ports again.", SharedPort.FLOWS, shared.source());
    List<Arrival> arrivals = shared.connectAll();
    owners.putAll(SharedPort.owners(arrivals));
    notes.check(TCP_ONCE, exactlyOnce(arrivals));
    notes.check(TCP_SPREAD, new TreeSet<>(owners.values()).size());
    Map<Integer, String> again = SharedPort.owners(shared.connectAll());
    notes.check(
        TCP_SAME,
        owners.keySet().stream().filter(flow -> !owners.get(flow).equals(again.get(flow))).count());
  }

  private static void datagrams(Notebook notes, SharedPort shared, Map<Integer, String> owners)
      throws Exception {
    notes.say(
        "It sends %d datagrams from each of these ports.", SharedPort.DATAGRAMS_PER_FLOW);
    List<Arrival> arrivals = shared.sendAll();
    owners.putAll(SharedPort.owners(arrivals));
    notes.check(UDP_ONCE, exactlyOnce(arrivals));
    notes.check(UDP_SPREAD, new TreeSet<>(owners.values()).size());
    Map<Integer, Set<String>> receivers =
        arrivals.stream()
            .collect(
                Collectors.groupingBy(
                    Arrival::sourcePort,
                    Collectors.mapping(Arrival::receiver, Collectors.toSet())));
    notes.check(UDP_SAME, receivers.values().stream().mapToInt(Set::size).max().orElse(0));
  }

  /** Two of the leaver's flows: it accepts the first, not the second, and closes its sockets. */
  private static void leave(
      Lab lab,
      Notebook notes,
      SharedPort shared,
      Program client,
      Program leaver,
      Map<Integer, String> owners)
      throws Exception {
    List<Integer> flows =
        owners.keySet().stream().filter(flow -> owners.get(flow).equals(leaver.name())).toList();
    Sock first = shared.dial(client, "first", flows.get(0));
    Sock accepted = shared.listener(leaver).accept("accepted");
    Sock second = shared.dial(client, "second", flows.get(1));
    long inode = shared.listener(leaver).inode();
    awaitInQueue(lab, client, shared.port(), inode);
    notes.observe(
        "The listeners; Recv-Q counts the connections that wait for accept",
        lab.table(listeners(lab, client, shared.port())));
    shared.leave(leaver);
    notes.check(QUEUED, second.receive(Sock.PATIENCE_MILLIS));
    first.send("still here").must();
    notes.check(ACCEPTED, accepted.receive(Sock.PATIENCE_MILLIS).value());
    second.close();
    first.close();
    accepted.close();
  }

  private static void awaitInQueue(Lab lab, Program program, int port, long inode)
      throws Exception {
    lab.await(
        "the connection waits in the listener's queue",
        () ->
            listeners(lab, program, port).stream()
                .anyMatch(row -> row.inode() == inode && row.receiveQueueBytes() == 1));
  }

  private static List<SocketRow> listeners(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .toList();
  }

  private static void migrate(Lab lab, Notebook notes) throws Exception {
    if (!Files.exists(Path.of("/proc/sys", MIGRATE.replace('.', '/')))) {
      throw new SkippedException(
          Bilingual.of("%s needs Linux 5.14 or newer", MIGRATE));
    }
    PrivateNetwork network = lab.privateNetwork();
    Program leaver = network.program("E");
    Program heir = network.program("F");
    notes.say(
        "In a private network: E alone listens when a client connects; then F joins, and E leaves.");
    notes.check(NOT_MIGRATED, waitingConnection(lab, network, leaver, heir, 0));
    notes.check(MIGRATED, waitingConnection(lab, network, leaver, heir, 1));
  }

  /** What the client hears, or what the heir reads, once the leaver has closed its listener. */
  private static String waitingConnection(
      Lab lab, PrivateNetwork network, Program leaver, Program heir, int migrate) throws Exception {
    network.owner().sysctl(MIGRATE, String.valueOf(migrate));
    int port = lab.freePort();
    Sock leaving = leaver.listener("stream", LOOPBACK, port, SO_REUSEPORT);
    Sock connection = network.owner().dial("connection", LOOPBACK, port);
    connection.send("hello").must();
    awaitInQueue(lab, network.owner(), port, leaving.inode());
    Sock staying = heir.listener("stream", LOOPBACK, port, SO_REUSEPORT);
    leaving.close();
    Optional<Sock> inherited = staying.accept("inherited", 0);
    return inherited.isPresent()
        ? inherited.get().receive(Sock.PATIENCE_MILLIS).value()
        : connection.receive(Sock.PATIENCE_MILLIS).word();
  }

  /** As in {@code 200 arrived, 0 of them twice}. */
  private static String exactlyOnce(List<Arrival> arrivals) {
    long different =
        arrivals.stream()
            .map(arrival -> arrival.sourcePort() + " " + arrival.text())
            .distinct()
            .count();
    return different + " arrived, " + (arrivals.size() - different) + " of them twice";
  }

  private static Table histogram(Map<Integer, String> tcp, Map<Integer, String> udp) {
    Table.Builder table =
        Table.titled("")
            .column("program", "program")
            .numbers("TCP connections", "tcpConnections")
            .numbers("UDP flows", "udpFlows");
    for (String name : NAMES) {
      table.row(
          name,
          Collections.frequency(tcp.values(), name),
          Collections.frequency(udp.values(), name));
    }
    return table.build();
  }

  private static Table moves(Map<Integer, String> before, Map<Integer, String> now) {
    Table.Builder table = Table.titled("").column("before", "before");
    NAMES.forEach(name -> table.numbers("now " + name, "now" + name));
    for (String had : NAMES) {
      List<Object> row = new ArrayList<>(List.of(had));
      for (String has : NAMES) {
        row.add(
            before.keySet().stream()
                .filter(flow -> had.equals(before.get(flow)) && has.equals(now.get(flow)))
                .count());
      }
      table.row(row.toArray());
    }
    return table.build();
  }

  /** Every move that was seen, as in {@code A->D, B->B}. */
  private static String movesInWords(Map<Integer, String> before, Map<Integer, String> now) {
    return before.keySet().stream()
        .map(flow -> before.get(flow) + "->" + now.get(flow))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
