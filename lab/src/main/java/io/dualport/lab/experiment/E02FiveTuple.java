package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.NetCounters;
import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which of five values decides where a packet goes? Each part lets one of them differ, and each
 * needs sockets of its own: that makes it long.
 */
public final class E02FiveTuple implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String SECOND_LOOPBACK = "127.0.0.2";
  private static final int DATAGRAMS = 3;
  private static final String UDP_IN = "Udp.InDatagrams";
  private static final String TCP_IN = "Tcp.InSegs";
  private static final List<String> COUNTERS =
      List.of(UDP_IN, "Udp.OutDatagrams", "Udp.NoPorts", TCP_IN, "Tcp.OutSegs", "Tcp.OutRsts");

  private int port;
  private int source;
  private Sock stream;
  private Sock accepted;
  private Sock flow;
  private Sock datagrams;
  private Map<String, Long> byUdp;
  private Map<String, Long> byTcp;
  private List<Sock> onePort;
  private List<Sock> listeners;
  private Sock one;

  @Override
  public Script script() {
    return Script.of("2", "The five-tuple decides who receives")
        .question(
            "If TCP and UDP use the same port, or many clients the same server port, how does the"
                + " kernel know which socket a packet is for?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .part("Only the protocol differs")
        .act(this::openBoth)
        .expect(
            "same-four-numbers",
            "tcp + udp, 2 inodes",
            "The kernel keeps two sockets with the same two addresses and the same two ports, one"
                + " for each protocol.",
            "ip_protocol_deliver_rcu in net/ipv4/ip_input.c picks the protocol's handler before any"
                + " port is looked at; proc_pid_net(5)",
            this::protocolsAndInodes)
        .expect(
            "no-cross-talk",
            "TCP heard \"by TCP\", UDP heard \"by UDP\"",
            "What is sent by one protocol arrives at that protocol's socket.",
            "RFC 791 section 3.1, Protocol; __inet_lookup_established in"
                + " net/ipv4/inet_hashtables.c, __udp4_lib_lookup in net/ipv4/udp.c",
            lab -> {
              stream.send("by TCP").must();
              flow.send("by UDP").must();
              return "TCP heard \"" + heard(accepted) + "\", UDP heard \"" + heard(datagrams) + '"';
            })
        .expect(
            "nothing-else",
            "TCP EAGAIN, UDP EAGAIN",
            "And nothing arrives at the other one.",
            "recv(2) EAGAIN; __inet_lookup_skb in include/net/inet_hashtables.h,"
                + " __udp4_lib_lookup_skb in net/ipv4/udp.c",
            lab -> "TCP " + accepted.receive(0) + ", UDP " + datagrams.receive(0))
        .part("What the kernel counts meanwhile")
        .act(this::sendByOneThenByTheOther)
        .expect(
            "counters-of-udp",
            UDP_IN + " +" + DATAGRAMS + ", " + TCP_IN + " +0",
            "Each protocol has its own counters: datagrams move only UDP's.",
            "RFC 4113 udpInDatagrams, RFC 4022 tcpInSegs; snmp_seq_show in net/ipv4/proc.c",
            lab -> UDP_IN + " +" + byUdp.get(UDP_IN) + ", " + TCP_IN + " +" + byUdp.get(TCP_IN))
        .expect(
            "counters-of-tcp",
            UDP_IN + " +0, " + TCP_IN + " more",
            "A TCP message moves only TCP's; how many segments it takes is TCP's own affair.",
            "RFC 4022 tcpInSegs; snmp_seq_show in net/ipv4/proc.c",
            lab -> {
              String more = byTcp.get(TCP_IN) > 0 ? " more" : " +0";
              return UDP_IN + " +" + byTcp.get(UDP_IN) + ", " + TCP_IN + more;
            })
        .part("Only the source port differs")
        .expect(
            "source-port-differs",
            "first heard first, second heard second",
            "Two connections to one listener that differ in the source port only are two sockets,"
                + " and each hears its own client.",
            "RFC 9293 section 4, connection: a pair of sockets; inet_match in"
                + " net/ipv4/inet_hashtables.c",
            this::twoClientsOfOneListener)
        .act(lab -> lab.show(lab.program("server"), "The kernel's table", port))
        .expect(
            "accepted-local-port",
            "3 sockets on 1 local port",
            "The listener and both accepted sockets have the same local port.",
            "accept(2); inet_csk_clone_lock in net/ipv4/inet_connection_sock.c copies the port",
            this::socketsAndPorts)
        .part("Only the destination address differs")
        .act(this::listenOnTwoAddresses)
        .expect(
            "source-port-twice-without-option",
            EADDRINUSE,
            "A plain bind cannot know where the socket will connect to, so the same source port"
                + " twice is refused.",
            "bind(2) EADDRINUSE; inet_bind_conflict in net/ipv4/inet_connection_sock.c",
            lab -> {
              source = lab.freePort();
              one = sharingItsPort(lab, "one");
              return lab.program("client").tcp("plain").bind(LOOPBACK, source);
            })
        .expect(
            "destination-address-differs",
            "127.0.0.1 heard one, 127.0.0.2 heard two",
            "With SO_REUSEADDR on both, one source port carries two connections whose destination"
                + " address alone differs.",
            "socket(7) SO_REUSEADDR; __inet_check_established in net/ipv4/inet_hashtables.c",
            this::twoConnectionsFromOnePort)
        .say("The same five values twice are refused at connect: experiment 12.")
        .answer(
            "By the protocol, both addresses and both ports together: the protocol is looked at"
                + " first, so TCP and UDP never hear each other, and connections that differ in one"
                + " of the other four have a socket each.")
        .confirms(
            TWO_PROCESSES,
            "TCP and UDP on one port do not disturb each other, because the receiver is found by"
                + " {protocol, source address, destination address, source port, destination"
                + " port}.",
            "With four of the five equal, no byte and no counter crosses over.")
        .confirms(
            TCP_AND_UDP,
            "The protocol number in the IP header chooses the module, the port then chooses the"
                + " program.",
            "The counters of the one module stand still while the other receives.")
        .refines(
            TWO_PROCESSES,
            "A port number and an IP address make a socket, which identifies a process.",
            "That pair, with the protocol, is all that a listener or an unconnected UDP socket has;"
                + " it takes what no connected socket matches. A connection has all five values."
                + " And a process may have many sockets, or share one (experiment 9).")
        .corrects(
            COMMON_BELIEF,
            "accept gives the connection a new port on the server, so a server can have at most"
                + " 65535 connections.",
            "All accepted sockets stay on the listener's port; what runs out is source ports, for"
                + " each source address and destination.");
  }

  /** A connection and a flow of datagrams, both from the one port to the other. */
  private void openBoth(Lab lab) throws Exception {
    port = lab.freePort();
    source = lab.freePort();
    lab.say("From %s:%d to %s:%d, by TCP and by UDP.", LOOPBACK, source, LOOPBACK, port);
    connect(lab.program("server"), lab.program("client"));
    flow = lab.program("client").datagrams("flow", LOOPBACK, source);
    flow.connect(LOOPBACK, port).must();
    lab.show(lab.program("server"), "The kernel's table", port);
  }

  private void connect(Program server, Program client) throws Exception {
    Sock listener = server.listener("listener", LOOPBACK, port);
    datagrams = server.datagrams("datagrams", LOOPBACK, port);
    stream = client.tcp("stream");
    stream.bind(LOOPBACK, source).must();
    stream.connect(LOOPBACK, port).must();
    accepted = listener.accept("accepted");
  }

  private static String heard(Sock socket) throws Exception {
    return socket.receive(Sock.PATIENCE_MILLIS).must().value();
  }

  private String protocolsAndInodes(Lab lab) throws Exception {
    List<SocketRow> outgoing =
        lab.rows(lab.program("client"), source).stream()
            .filter(row -> row.local().getPort() == source && row.remote().getPort() == port)
            .toList();
    String protocols =
        outgoing.stream().map(row -> row.protocol().label()).collect(Collectors.joining(" + "));
    long inodes = outgoing.stream().map(SocketRow::inode).distinct().count();
    return protocols + ", " + inodes + " inodes";
  }

  /** In a network of its own, where nobody else's packets are counted. */
  private void sendByOneThenByTheOther(Lab lab) throws Exception {
    Program alone = lab.privateNetwork().owner();
    port = lab.freePort();
    source = lab.freePort();
    connect(alone.quiet(), alone.quiet());
    lab.say(
        "The same again in a private network, where the counters count nobody else."
            + " (UDP counts a datagram when the program reads it.)");
    NetCounters start = alone.counters();
    flow = alone.datagrams("flow", LOOPBACK, source);
    for (int i = 0; i < DATAGRAMS; i++) {
      flow.sendTo("by UDP", LOOPBACK, port).must();
      heard(datagrams);
    }
    NetCounters between = alone.counters();
    alone.socket("stream", stream.descriptor()).send("by TCP").must();
    heard(accepted);
    byUdp = between.since(start).values();
    byTcp = alone.counters().since(between).values();
    Table.Builder table =
        Table.titled("")
            .column("counter", "counter")
            .numbers("by UDP", "udp")
            .numbers("by TCP", "tcp");
    COUNTERS.forEach(name -> table.row(name, byUdp.get(name), byTcp.get(name)));
    lab.observe("What each step added", table.build());
  }

  private String twoClientsOfOneListener(Lab lab) throws Exception {
    port = lab.freePort();
    Program client = lab.program("client");
    Sock listener = lab.program("server").listener("listener", LOOPBACK, port);
    Sock first = client.dial("first", LOOPBACK, port);
    Sock second = client.dial("second", LOOPBACK, port);
    Map<Integer, String> clients =
        Map.of(first.local().getPort(), "first", second.local().getPort(), "second");
    first.send("first").must();
    second.send("second").must();
    onePort = new ArrayList<>(List.of(listener));
    List<String> heard = new ArrayList<>();
    for (String label : List.of("accepted1", "accepted2")) {
      Sock socket = listener.accept(label);
      String text = heard(socket);
      heard.add(clients.get(socket.peer().getPort()) + " heard " + text);
      onePort.add(socket);
    }
    return String.join(", ", heard);
  }

  private String socketsAndPorts(Lab lab) throws Exception {
    List<SocketRow> own = lab.rows(lab.program("server"), onePort);
    long ports = own.stream().map(row -> row.local().getPort()).distinct().count();
    return own.size() + " sockets on " + ports + " local port";
  }

  private void listenOnTwoAddresses(Lab lab) throws Exception {
    Needs.nativeCalls();
    Needs.address(SECOND_LOOPBACK);
    port = lab.freePort();
    Program server = lab.program("server");
    listeners =
        List.of(
            server.listener("listener1", LOOPBACK, port),
            server.listener("listener2", SECOND_LOOPBACK, port));
  }

  private Sock sharingItsPort(Lab lab, String label) throws Exception {
    Sock socket = lab.program("client").tcp(label);
    socket.set(SO_REUSEADDR, 1).must();
    socket.bind(LOOPBACK, source).must();
    return socket;
  }

  private String twoConnectionsFromOnePort(Lab lab) throws Exception {
    Sock two = sharingItsPort(lab, "two");
    one.connect(LOOPBACK, port).must();
    two.connect(SECOND_LOOPBACK, port).must();
    one.send("one").must();
    two.send("two").must();
    String first = heard(listeners.get(0).accept("from " + LOOPBACK));
    String second = heard(listeners.get(1).accept("from " + SECOND_LOOPBACK));
    lab.show(lab.program("server"), "The kernel's table", source);
    return LOOPBACK + " heard " + first + ", " + SECOND_LOOPBACK + " heard " + second;
  }
}
