package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.ECONNRESET;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One of four programs that share a port leaves: what becomes of its connections, and of flows? */
public final class E08OneLeaves implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String MIGRATE = "net.ipv4.tcp_migrate_req";
  private static final String OFF = "0";
  private static final String ON = "1";
  private static final String MOVES = "A->D, B->B, B->D, C->B, C->C, D->C";
  private static final String PLACES =
      "__reuseport_detach_sock and reciprocal_scale in net/core/sock_reuseport.c";

  private SharedPort shared;
  private Arrivals connections;
  private Arrivals datagrams;
  private Sock first;
  private Sock accepted;
  private Sock second;
  private PrivateNetwork network;
  private Program leaver;
  private Program heir;

  @Override
  public Script script() {
    return Script.of("8-leave", "One of those who share a port leaves")
        .question(
            "Four programs share one port by SO_REUSEPORT, and one of them leaves. What becomes of"
                + " its connections, and who gets which flow then?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .part("Four programs share a port of both protocols")
        .act(lab -> shared = SharedPort.open(lab))
        .act(
            lab -> {
              lab.say(
                  "The client connects once from each of %d ports of %s, and sends datagrams"
                      + " from each.",
                  SharedPort.FLOWS, shared.source());
              connections = shared.connectAll();
              datagrams = shared.sendAll();
              lab.observe("Who got how much", Arrivals.shares(connections, datagrams));
            })
        .part("A leaves: one of its connections is accepted, one still waits in its queue")
        .needsEarlierParts()
        .act(this::oneIsAcceptedOneWaits)
        .expect(
            "connection-in-the-leavers-queue",
            ECONNRESET,
            "A connection that is established but not yet accepted dies with the listener in whose"
                + " queue it waits, although others listen on the port.",
            "inet_csk_listen_stop in net/ipv4/inet_connection_sock.c; ip-sysctl tcp_migrate_req",
            lab -> {
              shared.leave("A");
              return second.receive(Sock.PATIENCE_MILLIS);
            })
        .expect(
            "accepted-connection-of-the-leaver",
            "still here",
            "One that was accepted is a socket of its own and lives on.",
            "accept(2)",
            lab -> {
              first.send("still here").must();
              return accepted.receive(Sock.PATIENCE_MILLIS).value();
            })
        .act(
            lab -> {
              second.close();
              first.close();
              accepted.close();
            })
        .part("The same source ports again")
        .needsEarlierParts()
        .expect(
            "tcp-moves",
            MOVES,
            "The leaver's place is taken by the last to have joined, and the hash is spread over"
                + " three places instead of four. A's flows go to D; but on average half of all"
                + " flows change hands although their program stayed.",
            PLACES,
            lab -> {
              Arrivals now = shared.connectAll();
              lab.observe("TCP: who had a flow, who has it now", connections.movesTable(now));
              return connections.moves(now);
            })
        .expect(
            "udp-moves",
            MOVES,
            "UDP's flows move by the same rule.",
            PLACES,
            lab -> {
              Arrivals now = shared.sendAll();
              lab.observe("UDP: the same", datagrams.movesTable(now));
              return datagrams.moves(now);
            })
        .part("With net.ipv4.tcp_migrate_req a waiting connection can change queues")
        .act(this::twoInAPrivateNetwork)
        .expect(
            "migrate-0",
            ECONNRESET,
            "Without migration it is reset, as above.",
            "ip-sysctl tcp_migrate_req, default 0",
            lab -> waitingConnection(lab, OFF))
        .expect(
            "migrate-1",
            "hello",
            "With net.ipv4.tcp_migrate_req=1 it moves to the queue of another listener, with the"
                + " data it brought.",
            "ip-sysctl tcp_migrate_req (Linux 5.14); reuseport_migrate_sock in"
                + " net/core/sock_reuseport.c",
            lab -> waitingConnection(lab, ON))
        .answer(
            "What it has accepted lives on, and what waits in its queue is reset, unless"
                + " tcp_migrate_req is set; the flows are dealt out anew, so that many change hands"
                + " although their program stayed.")
        .refines(
            COMMON_BELIEF,
            "When one program of such a group leaves, the others simply take over its share.",
            "Connections in its accept queue are reset, and flows of the others change hands too."
                + " TCP notices at new connections only; for UDP it breaks whatever state was kept"
                + " per client.");
  }

  /** Two of the leaver's flows: it accepts the first, not the second. */
  private void oneIsAcceptedOneWaits(Lab lab) throws Exception {
    List<Integer> flows = connections.flowsOf("A");
    first = shared.dial(lab.program("client"), "first", flows.get(0));
    accepted = shared.listener("A").accept("accepted");
    second = shared.dial(lab.program("client"), "second", flows.get(1));
    awaitInQueue(lab, lab.program("client"), shared.port(), shared.listener("A").inode());
    lab.observe(
        "The listeners; Recv-Q counts the connections that wait for accept",
        lab.table(listeners(lab, lab.program("client"), shared.port())));
  }

  private void twoInAPrivateNetwork(Lab lab) throws Exception {
    if (!Files.exists(Path.of("/proc/sys", MIGRATE.replace('.', '/')))) {
      throw new SkippedException(Bilingual.of("%s needs Linux 5.14 or newer", MIGRATE));
    }
    network = lab.privateNetwork();
    leaver = network.program("E");
    heir = network.program("F");
    lab.say(
        "In a private network: E alone listens when a client connects; then F joins, and E"
            + " leaves.");
  }

  /** What the client hears, or what the heir reads, once the leaver has closed its listener. */
  private String waitingConnection(Lab lab, String migrate) throws Exception {
    network.owner().sysctl(MIGRATE, migrate);
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
}
