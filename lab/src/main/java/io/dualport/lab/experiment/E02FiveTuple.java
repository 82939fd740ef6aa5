package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.NetCounters;
import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which of five values decides where a packet goes? Each part lets one of them differ. */
public final class E02FiveTuple implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String SECOND_LOOPBACK = "127.0.0.2";
  private static final int DATAGRAMS = 3;
  private static final String UDP_IN = "Udp.InDatagrams";
  private static final String TCP_IN = "Tcp.InSegs";

  private static final Prediction SAME_FOUR_NUMBERS =
      Prediction.exactly(
          "same-four-numbers",
          "tcp + udp, 2 inodes",
          Bilingual.of(
              "The kernel keeps two sockets with the same two addresses and the same two ports,"
                  + " one for each protocol."),
          "ip_protocol_deliver_rcu in net/ipv4/ip_input.c picks the protocol's handler before any"
              + " port is looked at; proc_pid_net(5)");

  private static final Prediction NO_CROSS_TALK =
      Prediction.exactly(
          "no-cross-talk",
          "TCP heard \"by TCP\", UDP heard \"by UDP\"",
          Bilingual.of(
              "What is sent by one protocol arrives at that protocol's socket."),
          "RFC 791 section 3.1, Protocol; __inet_lookup_established in"
              + " net/ipv4/inet_hashtables.c, __udp4_lib_lookup in net/ipv4/udp.c");

  private static final Prediction NOTHING_ELSE =
      Prediction.exactly(
          "nothing-else",
          "TCP EAGAIN, UDP EAGAIN",
          Bilingual.of("And nothing arrives at the other one."),
          "recv(2) EAGAIN; __inet_lookup_skb in include/net/inet_hashtables.h, "
              + "__udp4_lib_lookup_skb in net/ipv4/udp.c");

  private static final Prediction UDP_COUNTERS =
      Prediction.exactly(
          "counters-of-udp",
          UDP_IN + " +" + DATAGRAMS + ", " + TCP_IN + " +0",
          Bilingual.of(
              "Each protocol has its own counters: datagrams move only UDP's."),
          "RFC 4113 udpInDatagrams, RFC 4022 tcpInSegs; snmp_seq_show in net/ipv4/proc.c");

  private static final Prediction TCP_COUNTERS =
      Prediction.exactly(
          "counters-of-tcp",
          UDP_IN + " +0, " + TCP_IN + " more",
          Bilingual.of(
              "A TCP message moves only TCP's; how many segments it takes is TCP's own affair."),
          "RFC 4022 tcpInSegs; snmp_seq_show in net/ipv4/proc.c");

  private static final Prediction SOURCE_PORT =
      Prediction.exactly(
          "source-port-differs",
          "first heard first, second heard second",
          Bilingual.of(
              "Two connections to one listener that differ in the source port only are two sockets,"
                  + " and each hears its own client."),
          "RFC 9293 section 4, connection: a pair of sockets; inet_match in net/ipv4/inet_hashtables.c");

  private static final Prediction SERVER_PORT =
      Prediction.exactly(
          "accepted-local-port",
          "3 sockets on 1 local port",
          Bilingual.of(
              "The listener and both accepted sockets have the same local port."),
          "accept(2); inet_csk_clone_lock in net/ipv4/inet_connection_sock.c copies the port");

  private static final Prediction WITHOUT_REUSE =
      Prediction.exactly(
          "source-port-twice-without-option",
          "EADDRINUSE",
          Bilingual.of(
              "A plain bind cannot know where the socket will connect to, so the same source port"
                  + " twice is refused."),
          "bind(2) EADDRINUSE; inet_bind_conflict in net/ipv4/inet_connection_sock.c");

  private static final Prediction DESTINATION_ADDRESS =
      Prediction.exactly(
          "destination-address-differs",
          "127.0.0.1 heard one, 127.0.0.2 heard two",
          Bilingual.of(
              "With SO_REUSEADDR on both, one source port carries two connections whose destination"
                  + " address alone differs."),
          "socket(7) SO_REUSEADDR; __inet_check_established in net/ipv4/inet_hashtables.c");

  @Override
  public Page page() {
    return new Page(
        "2",
        Bilingual.of("The five-tuple decides who receives"),
        Bilingual.of(
            "If TCP and UDP use the same port, or many clients the same server port, how does the"
                + " kernel know which socket a packet is for?"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Bilingual.of(
                    "TCP and UDP on one port do not disturb each other, because the receiver is"
                        + " found by {protocol, source address, destination address, source port,"
                        + " destination port}."),
                Bilingual.of(
                    "With four of the five equal, no byte and no counter crosses over.")),
            new Claim(
                TCP_AND_UDP,
                CONFIRMS,
                Bilingual.of(
                    "The protocol number in the IP header chooses the module, the port then chooses"
                        + " the program."),
                Bilingual.of(
                    "The counters of the one module stand still while the other receives.")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "A port number and an IP address make a socket, which identifies a process."),
                Bilingual.of(
                    "That pair, with the protocol, is all that a listener or an unconnected UDP "
                        + "socket has; it takes what no connected socket matches. A connection has all "
                        + "five values. And a process may have many sockets, or share one (experiment "
                        + "9).")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "accept gives the connection a new port on the server, so a server can have at"
                        + " most 65535 connections."),
                Bilingual.of(
                    "All accepted sockets stay on the listener's port; what runs out"
                        + " is source ports, for each source address and destination."))),
        List.of(
            SAME_FOUR_NUMBERS,
            NO_CROSS_TALK,
            NOTHING_ELSE,
            UDP_COUNTERS,
            TCP_COUNTERS,
            SOURCE_PORT,
            SERVER_PORT,
            WITHOUT_REUSE,
            DESTINATION_ADDRESS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part(
        "Only the protocol differs", () -> onlyTheProtocol(lab, notes, server, client));
    notes.part("What the kernel counts meanwhile", () -> counters(lab, notes));
    notes.part(
        "Only the source port differs",
        () -> onlyTheSourcePort(lab, notes, server, client));
    notes.part(
        "Only the destination address differs",
        () -> onlyTheDestination(lab, notes, server, client));
  }

  private static void onlyTheProtocol(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    int source = lab.freePort();
    notes.say(
        "From %s:%d to %s:%d, by TCP and by UDP.", LOOPBACK, source, LOOPBACK, port);
    Sock listener = server.listener("listener", LOOPBACK, port);
    Sock datagrams = server.datagrams("datagrams", LOOPBACK, port);
    Sock stream = client.tcp("stream");
    stream.bind(LOOPBACK, source).must();
    stream.connect(LOOPBACK, port).must();
    Sock accepted = listener.accept("accepted");
    Sock flow = client.datagrams("flow", LOOPBACK, source);
    flow.connect(LOOPBACK, port).must();
    lab.show(server, "The kernel's table", port);
    List<SocketRow> outgoing =
        lab.rows(client, source).stream()
            .filter(row -> row.local().getPort() == source && row.remote().getPort() == port)
            .toList();
    notes.check(SAME_FOUR_NUMBERS, protocolsAndInodes(outgoing));

    stream.send("by TCP").must();
    flow.send("by UDP").must();
    String byTcp = accepted.receive(Sock.PATIENCE_MILLIS).must().value();
    String byUdp = datagrams.receive(Sock.PATIENCE_MILLIS).must().value();
    notes.check(NO_CROSS_TALK, "TCP heard \"" + byTcp + "\", UDP heard \"" + byUdp + '"');
    notes.check(NOTHING_ELSE, "TCP " + accepted.receive(0) + ", UDP " + datagrams.receive(0));
  }

  private static String protocolsAndInodes(List<SocketRow> rows) {
    String protocols =
        rows.stream()
            .map(row -> row.protocol().label())
            .sorted()
            .collect(Collectors.joining(" + "));
    return protocols + ", " + rows.stream().map(SocketRow::inode).distinct().count() + " inodes";
  }

  /** In a network of its own, where nobody else's packets are counted. */
  private static void counters(Lab lab, Notebook notes) throws Exception {
    Program alone = lab.privateNetwork().owner();
    int port = lab.freePort();
    int source = lab.freePort();
    Program quiet = alone.quiet();
    Sock listener = quiet.listener("listener", LOOPBACK, port);
    Sock datagrams = quiet.datagrams("datagrams", LOOPBACK, port);
    Sock stream = quiet.tcp("stream");
    stream.bind(LOOPBACK, source).must();
    stream.connect(LOOPBACK, port).must();
    Sock accepted = listener.accept("accepted");
    notes.say(
        "The same again in a private network, where the counters count nobody else."
            + " (UDP counts a datagram when the program reads it.)");

    NetCounters start = count(alone);
    Sock flow = alone.datagrams("flow", LOOPBACK, source);
    for (int i = 0; i < DATAGRAMS; i++) {
      flow.sendTo("by UDP", LOOPBACK, port).must();
      datagrams.receive(Sock.PATIENCE_MILLIS).must();
    }
    NetCounters afterUdp = count(alone);
    new Sock(alone, "stream", stream.descriptor()).send("by TCP").must();
    accepted.receive(Sock.PATIENCE_MILLIS).must();
    NetCounters afterTcp = count(alone);

    NetCounters udp = afterUdp.since(start);
    NetCounters tcp = afterTcp.since(afterUdp);
    Table.Builder table =
        Table.titled("")
            .column("counter", "counter")
            .numbers("by UDP", "udp")
            .numbers("by TCP", "tcp");
    for (String name :
        List.of(UDP_IN, "Udp.OutDatagrams", "Udp.NoPorts", TCP_IN, "Tcp.OutSegs", "Tcp.OutRsts")) {
      table.row(name, difference(udp, name), difference(tcp, name));
    }
    notes.observe("What each step added", table.build());
    notes.check(
        UDP_COUNTERS,
        UDP_IN + " +" + difference(udp, UDP_IN) + ", " + TCP_IN + " +" + difference(udp, TCP_IN));
    notes.check(
        TCP_COUNTERS,
        UDP_IN
            + " +"
            + difference(tcp, UDP_IN)
            + ", "
            + TCP_IN
            + (difference(tcp, TCP_IN) > 0 ? " more" : " +0"));
  }

  private static NetCounters count(Program program) throws SkippedException {
    return NetCounters.read(program.procNet())
        .orElseThrow(
            () ->
                new SkippedException(
                    Bilingual.of("this system has no /proc/net/snmp")));
  }

  private static long difference(NetCounters counters, String name) {
    return counters.value(name).orElse(0);
  }

  private static void onlyTheSourcePort(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock listener = server.listener("listener", LOOPBACK, port);
    Sock first = client.dial("first", LOOPBACK, port);
    Sock second = client.dial("second", LOOPBACK, port);
    Map<Integer, String> clients =
        Map.of(first.local().getPort(), "first", second.local().getPort(), "second");
    first.send("first").must();
    second.send("second").must();

    Set<Long> inodes = new HashSet<>(Set.of(listener.inode()));
    List<String> heard = new ArrayList<>();
    for (String label : List.of("accepted1", "accepted2")) {
      Sock accepted = listener.accept(label);
      String text = accepted.receive(Sock.PATIENCE_MILLIS).must().value();
      inodes.add(accepted.inode());
      heard.add(clients.get(accepted.peer().getPort()) + " heard " + text);
    }
    notes.check(SOURCE_PORT, String.join(", ", heard));
    lab.show(server, "The kernel's table", port);
    List<SocketRow> own =
        lab.rows(server, port).stream().filter(row -> inodes.contains(row.inode())).toList();
    long ports = own.stream().map(row -> row.local().getPort()).distinct().count();
    notes.check(SERVER_PORT, own.size() + " sockets on " + ports + " local port");
  }

  private static void onlyTheDestination(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    Lab.requireNative();
    lab.requireAddress(SECOND_LOOPBACK);
    int port = lab.freePort();
    int source = lab.freePort();
    Map<String, Sock> listeners =
        Map.of(
            LOOPBACK, server.listener("listener1", LOOPBACK, port),
            SECOND_LOOPBACK, server.listener("listener2", SECOND_LOOPBACK, port));
    Sock one = client.tcp("one");
    one.set(SO_REUSEADDR, 1).must();
    one.bind(LOOPBACK, source).must();
    Sock plain = client.tcp("plain");
    notes.check(WITHOUT_REUSE, plain.bind(LOOPBACK, source));
    Sock two = client.tcp("two");
    two.set(SO_REUSEADDR, 1).must();
    two.bind(LOOPBACK, source).must();
    one.connect(LOOPBACK, port).must();
    two.connect(SECOND_LOOPBACK, port).must();
    one.send("one").must();
    two.send("two").must();

    List<String> heard = new ArrayList<>();
    for (String address : new TreeSet<>(listeners.keySet())) {
      Sock accepted = listeners.get(address).accept("from " + address);
      heard.add(address + " heard " + accepted.receive(Sock.PATIENCE_MILLIS).must().value());
    }
    lab.show(server, "The kernel's table", source);
    notes.check(DESTINATION_ADDRESS, String.join(", ", heard));
    notes.say(
        "The same five values twice are refused at connect: experiment 12.");
  }
}
