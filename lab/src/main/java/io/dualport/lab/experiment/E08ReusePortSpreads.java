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
import io.dualport.lab.story.Text;
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
          Text.of("Every connection is in exactly one program's queue.", "每条连接都恰好进入一个程序的队列。"),
          ONCE);

  private static final Prediction TCP_SPREAD =
      Prediction.between(
          "tcp-programs-with-connections",
          2,
          NAMES.size(),
          Text.of(
              "More than one program gets some. How many each gets is luck: the hash has a key that"
                  + " is drawn anew at every boot.",
              "得到连接的不止一个程序。各得多少看运气：哈希的密钥每次开机重新生成。"),
          ONCE);

  private static final Prediction TCP_SAME =
      Prediction.exactly(
          "tcp-flows-that-moved",
          0,
          Text.of(
              "The same five-tuple, connected again, finds the same program.",
              "同一个五元组再次连接，还是落到同一个程序。"),
          HASH);

  private static final Prediction UDP_ONCE =
      Prediction.exactly(
          "udp-exactly-once",
          SharedPort.FLOWS * SharedPort.DATAGRAMS_PER_FLOW + " arrived, 0 of them twice",
          Text.of("Every datagram is delivered to exactly one socket.", "每个数据报都恰好交给一个套接字。"),
          ONCE);

  private static final Prediction UDP_SPREAD =
      Prediction.between(
          "udp-programs-with-datagrams",
          2,
          NAMES.size(),
          Text.of("Again more than one program gets some.", "同样，得到数据报的不止一个程序。"),
          ONCE);

  private static final Prediction UDP_SAME =
      Prediction.exactly(
          "udp-programs-per-flow",
          1,
          Text.of(
              "All datagrams of one source port go to one program: UDP has no connection, but it"
                  + " has the five-tuple.",
              "同一源端口的全部数据报都到同一个程序：UDP 没有连接，但有五元组。"),
          HASH);

  private static final Prediction QUEUED =
      Prediction.exactly(
          "connection-in-the-leavers-queue",
          "ECONNRESET",
          Text.of(
              "A connection that is established but not yet accepted dies with the listener in"
                  + " whose queue it waits, although others listen on the port.",
              "已建立但尚未被 accept 的连接，会随它所在队列的监听套接字一起消亡，尽管端口上还有别人在监听。"),
          "inet_csk_listen_stop in net/ipv4/inet_connection_sock.c; ip-sysctl tcp_migrate_req");

  private static final Prediction ACCEPTED =
      Prediction.exactly(
          "accepted-connection-of-the-leaver",
          "still here",
          Text.of(
              "One that was accepted is a socket of its own and lives on.",
              "已被 accept 的连接是独立的套接字，继续存活。"),
          "accept(2)");

  private static final Prediction TCP_MOVES =
      Prediction.exactly(
          "tcp-moves",
          MOVES,
          Text.of(
              "The leaver's place is taken by the last to have joined, and the hash is spread over"
                  + " three places instead of four. A's flows go to D; but on average half of all"
                  + " flows change hands although their program stayed.",
              "离开者的位置由最后加入者填补，哈希改为摊在三个位置上而不是四个。A 的流归 D；但平均还有占总数" + "一半的流，原来的程序明明还在，却换了手。"),
          "__reuseport_detach_sock and reciprocal_scale in net/core/sock_reuseport.c");

  private static final Prediction UDP_MOVES =
      Prediction.exactly(
          "udp-moves",
          MOVES,
          Text.of("UDP's flows move by the same rule.", "UDP 的流按同样的规则移动。"),
          "__reuseport_detach_sock and reciprocal_scale in net/core/sock_reuseport.c");

  private static final Prediction NOT_MIGRATED =
      Prediction.exactly(
          "migrate-0",
          "ECONNRESET",
          Text.of("Without migration it is reset, as above.", "不迁移时，和前面一样被重置。"),
          "ip-sysctl tcp_migrate_req, default 0");

  private static final Prediction MIGRATED =
      Prediction.exactly(
          "migrate-1",
          "hello",
          Text.of(
              "With net.ipv4.tcp_migrate_req=1 it moves to the queue of another listener, with the"
                  + " data it brought.",
              "设 net.ipv4.tcp_migrate_req=1 后，它连同已带来的数据一起移到另一个监听者的队列。"),
          "ip-sysctl tcp_migrate_req (Linux 5.14); reuseport_migrate_sock in"
              + " net/core/sock_reuseport.c");

  @Override
  public Page page() {
    return new Page(
        "8",
        Text.of("SO_REUSEPORT spreads the load", "SO_REUSEPORT 如何分摊负载"),
        Text.of(
            "Four programs listen on one port. Who gets which connection and which datagram, and"
                + " what happens to them when one program leaves?",
            "四个程序监听同一端口。哪条连接、哪个数据报归谁？其中一个离开时又会怎样？"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of(
                    "Two different processes cannot bind the same port of one protocol.",
                    "两个不同的进程不能绑定同一协议的同一端口。"),
                Text.of(
                    "With SO_REUSEPORT four do, on both protocols at once; the kernel deals out what"
                        + " arrives.",
                    "设了 SO_REUSEPORT，四个进程也可以，而且两种协议同时；到来的东西由内核分发。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "SO_REUSEPORT hands out connections in turn, or to who is idle.",
                    "SO_REUSEPORT 轮流分发，或者分给空闲的程序。"),
                Text.of(
                    "A hash of addresses and ports decides, before anyone calls accept; a program"
                        + " that is stuck gets its share all the same.",
                    "由地址和端口的哈希决定，在有人调用 accept 之前就定了；卡住的程序照样分到它那一份。")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Text.of(
                    "When one program of such a group leaves, the others simply take over its share.",
                    "这样的一组程序中有一个离开时，其余的接过它那一份就行了。"),
                Text.of(
                    "Connections in its accept queue are reset, and flows of the others change"
                        + " hands too. TCP notices at new connections only; for UDP it breaks"
                        + " whatever state was kept per client.",
                    "它队列中的连接被重置，其他程序的流也会换手。TCP 只影响新连接；对 UDP" + " 来说，按客户端保存的状态会因此失效。"))),
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
        "四个程序共用两种协议的同一端口",
        () -> {
          shared.join(leaver);
          notes.say("B, C and D do the same.", "B、C、D 照做。");
          for (Program program : programs.subList(1, programs.size())) {
            shared.join(program.quiet());
          }
          lab.show(client, "The kernel's table", "内核的表", shared.port());
        });
    notes.part(
        "Connections and datagrams from many source ports",
        "从许多源端口发来的连接与数据报",
        () -> {
          notes.requireEarlierParts();
          connections(notes, shared, tcp);
          datagrams(notes, shared, udp);
          notes.observe("Who got how much", "谁得了多少", histogram(tcp, udp));
        });
    notes.part(
        "A leaves: one of its connections is accepted, one still waits in its queue",
        "A 离开：它的一条连接已被接受，另一条还在队列里",
        () -> {
          notes.requireEarlierParts();
          leave(lab, notes, shared, client, leaver, tcp);
        });
    notes.part(
        "The same source ports again",
        "同样的源端口再来一遍",
        () -> {
          notes.requireEarlierParts();
          Map<Integer, String> tcpNow = SharedPort.owners(shared.connectAll());
          Map<Integer, String> udpNow = SharedPort.owners(shared.sendAll());
          notes.observe(
              "TCP: who had a flow, who has it now", "TCP：流原来归谁，现在归谁", moves(tcp, tcpNow));
          notes.check(TCP_MOVES, movesInWords(tcp, tcpNow));
          notes.observe("UDP: the same", "UDP：同上", moves(udp, udpNow));
          notes.check(UDP_MOVES, movesInWords(udp, udpNow));
        });
    notes.part(
        "With net.ipv4.tcp_migrate_req a waiting connection can change queues",
        "设 net.ipv4.tcp_migrate_req，等待中的连接可以换队列",
        () -> migrate(lab, notes));
  }

  private static void connections(Notebook notes, SharedPort shared, Map<Integer, String> owners)
      throws Exception {
    notes.say(
        "The client connects from %d ports of %s, resets every connection, and connects from the"
            + " same ports again.",
        "客户端从 %2$s 的 %1$d 个端口发起连接，把每条都重置，再从同样的端口重新连接。", SharedPort.FLOWS, shared.source());
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
        "It sends %d datagrams from each of these ports.",
        "它再从其中每个端口各发 %d 个数据报。", SharedPort.DATAGRAMS_PER_FLOW);
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
        "各监听套接字；Recv-Q 是等待 accept 的连接数",
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
        "连接在监听套接字的队列中等待",
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
          Text.format("%s needs Linux 5.14 or newer", "%s 需要 Linux 5.14 或更新版本", MIGRATE));
    }
    PrivateNetwork network = lab.privateNetwork();
    Program leaver = network.program("E");
    Program heir = network.program("F");
    notes.say(
        "In a private network: E alone listens when a client connects; then F joins, and E leaves.",
        "在一个私有网络中：客户端连接时只有 E 在监听；随后 F 加入，E 离开。");
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
