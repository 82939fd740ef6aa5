package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.kernel.Errno.EADDRNOTAVAIL;
import static io.dualport.kernel.Errno.EAGAIN;
import static io.dualport.lab.socket.Option.IP_BIND_ADDRESS_NO_PORT;
import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Option;
import java.util.List;

/**
 * Can a client use one local port for several connections, and what stands in the way?
 *
 * <p>Longer than most: its three ways to a local port, and UDP, are one comparison.
 */
public final class E12ClientPortReuse implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ONLY_PORT = 40_000;
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String SHARED = "2 connections from 1 port";
  private static final String BIND = "inet_csk_get_port in net/ipv4/inet_connection_sock.c; ";
  private static final String CONNECT = "__inet_hash_connect in net/ipv4/inet_hashtables.c; ";

  private Program net;
  private Program client;

  /** Where the two servers listen. */
  private int one;

  private int other;
  private int local;
  private Sock first;
  private Sock second;
  private Sock third;
  private Sock binder;

  @Override
  public Script script() {
    return Script.of("12", "One client port, several connections")
        .question(
            "Can a client connect to two servers from one local port? When does that fail, and why"
                + " once with EADDRINUSE and once with EADDRNOTAVAIL?")
        .filter("tcp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .part("The client binds a local port and connects to two servers")
        .expect(
            "bind-twice",
            EADDRINUSE,
            "A bind does not know where the socket will connect to, so without options it refuses"
                + " a local port that is bound already.",
            BIND + "bind(2) EADDRINUSE",
            lab -> {
              startServers(lab, lab.program("servers"));
              client = lab.program("client");
              local = lab.freePort();
              first = socket("plain");
              first.bind(LOOPBACK, local).must();
              return socket("second").bind(LOOPBACK, local);
            })
        .act(lab -> first.close())
        .expect(
            "bind-reuseaddr-two-destinations",
            SHARED,
            "With SO_REUSEADDR on both, both bind, and connect to two servers from one port.",
            BIND + "socket(7) SO_REUSEADDR",
            lab -> {
              first = socket("first", SO_REUSEADDR);
              second = socket("second", SO_REUSEADDR);
              bindBoth(local);
              connectToBoth();
              return connectionsFrom(lab, local);
            })
        .expect(
            "bind-reuseaddr-same-destination",
            EADDRNOTAVAIL,
            "A third one binds, too, but cannot connect where the first is connected: these four"
                + " numbers are taken, and connect alone knows all four.",
            "__inet_check_established in net/ipv4/inet_hashtables.c; connect(2) names this error"
                + " for unbound sockets only",
            lab -> {
              third = socket("third", SO_REUSEADDR);
              third.bind(LOOPBACK, local).must();
              return third.connect(LOOPBACK, one);
            })
        .say(
            "The two names of the error: bind compares the local half with what others"
                + " bound and allow, and says \"in use\"; connect looks for all four"
                + " numbers among the connections, and says that this local end is not"
                + " available for that remote one.")
        .part("One ephemeral port only: bind with port 0, and IP_BIND_ADDRESS_NO_PORT")
        .act(this::makeNetworkOfOnePort)
        .expect(
            "bind-port-0-twice",
            EADDRINUSE,
            "bind with port 0 takes a port for itself alone. The range is then used up, wherever"
                + " the sockets would have connected to.",
            BIND + "bind(2) EADDRINUSE (\"all port numbers in the ephemeral port range\")",
            lab -> {
              startServers(lab, net);
              first = socket("first");
              second = socket("second");
              first.bind(LOOPBACK, 0).must();
              return second.bind(LOOPBACK, 0);
            })
        .act(lab -> reset(first, second))
        .expect(
            "no-port-yet",
            0,
            "With IP_BIND_ADDRESS_NO_PORT bind fixes the address and no port.",
            "ip(7) IP_BIND_ADDRESS_NO_PORT",
            lab -> {
              first = socket("third", IP_BIND_ADDRESS_NO_PORT);
              second = socket("fourth", IP_BIND_ADDRESS_NO_PORT);
              bindBoth(0);
              return second.local().getPort();
            })
        .expect(
            "no-port-two-destinations",
            SHARED,
            "connect chooses it, when the destination is known; two destinations may share it.",
            CONNECT + "ip(7) IP_BIND_ADDRESS_NO_PORT (\"as long as the 4-tuple is unique\")",
            lab -> {
              connectToBoth();
              return connectionsFrom(lab, ONLY_PORT);
            })
        .act(lab -> reset(first, second))
        .part("One ephemeral port only: the client does not bind at all")
        .needsEarlierParts()
        .expect(
            "no-bind-two-destinations",
            SHARED,
            "Without any bind the kernel does the same by itself.",
            CONNECT + "check_established is asked for every candidate",
            lab -> {
              startServers(lab, net);
              first = socket("first");
              second = socket("second");
              third = socket("third");
              connectToBoth();
              return connectionsFrom(lab, ONLY_PORT);
            })
        .expect(
            "no-bind-same-destination",
            EADDRNOTAVAIL,
            "A second connection to the same server finds no port that makes four new numbers.",
            CONNECT + "connect(2) EADDRNOTAVAIL",
            lab -> third.connect(LOOPBACK, one))
        .expect(
            "bind-beside-automatic-port",
            EADDRINUSE,
            "Beside such connections a bind to the port is refused even with SO_REUSEADDR: they do"
                + " not have it.",
            "inet_bind_conflict in net/ipv4/inet_connection_sock.c",
            lab -> {
              binder = socket("binder", SO_REUSEADDR);
              return binder.bind(LOOPBACK, ONLY_PORT);
            })
        .expect(
            "automatic-port-beside-bind",
            EADDRNOTAVAIL,
            "And a port that somebody bound is passed over by the automatic choice, although the"
                + " four numbers would be new. Whoever binds takes the port from all others.",
            "tb->fastreuse >= 0 in " + CONNECT + "connect(2) EADDRNOTAVAIL",
            lab -> {
              reset(first, second);
              binder.bind(LOOPBACK, ONLY_PORT).must();
              binder.connect(LOOPBACK, one).must();
              return third.connect(LOOPBACK, other);
            })
        .act(lab -> reset(binder, third))
        .part("One ephemeral port only: UDP")
        .needsEarlierParts()
        .expect(
            "udp-two-destinations",
            EAGAIN,
            "UDP never shares by itself: connect gives each socket a port of its own, and says"
                + " EAGAIN when there is none.",
            "inet_dgram_connect and inet_autobind in net/ipv4/af_inet.c",
            lab -> {
              startServers(lab, net);
              client.udp("first").connect(LOOPBACK, one).must();
              return client.udp("second").connect(LOOPBACK, other);
            })
        .expect(
            "udp-same-four-numbers",
            OK,
            "And with SO_REUSEADDR on both it does not even mind the same four numbers twice:"
                + " its connect does not check whether they are taken.",
            "__ip4_datagram_connect in net/ipv4/datagram.c",
            lab -> {
              local = lab.freePort();
              first = client.datagrams("third", LOOPBACK, local, SO_REUSEADDR);
              second = client.datagrams("fourth", LOOPBACK, local, SO_REUSEADDR);
              first.connect(LOOPBACK, one).must();
              return second.connect(LOOPBACK, one);
            })
        .act(lab -> lab.show(client, "The kernel's table", local))
        .answer(
            "Yes, over TCP, if its sockets do not bind, or all with SO_REUSEADDR, or with"
                + " IP_BIND_ADDRESS_NO_PORT: EADDRINUSE comes from bind, which knows the local half"
                + " alone, EADDRNOTAVAIL from connect, where no local port is left for that"
                + " destination.")
        .refines(
            TCP_AND_UDP,
            "Can a client's port be used again? (only asked)",
            "At the same time even, toward another address or port: the four numbers must differ,"
                + " not the local one.")
        .corrects(
            TWO_PROCESSES,
            "SO_REUSEADDR lets a port be bound again only where a socket in TIME_WAIT holds it.",
            "Two live clients may bind one port with it, as long as neither listens.")
        .corrects(
            COMMON_BELIEF,
            "A client has as many connections as it has ephemeral ports.",
            "Per destination. A program that binds its own address with port 0 makes the belief"
                + " true; IP_BIND_ADDRESS_NO_PORT is the cure.");
  }

  private void makeNetworkOfOnePort(Lab lab) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    net = network.owner();
    client = network.program("client");
    lab.say("In a private network whose whole ephemeral range is port %d.", ONLY_PORT);
    net.sysctl(RANGE, ONLY_PORT + " " + ONLY_PORT);
  }

  private void startServers(Lab lab, Program program) throws Exception {
    one = lab.freePort();
    other = lab.freePort();
    program.quiet().listener("one", LOOPBACK, one);
    program.quiet().listener("other", LOOPBACK, other);
  }

  private Sock socket(String label, Option... options) throws Exception {
    Sock socket = client.tcp(label);
    for (Option option : options) {
      socket.set(option, 1).must();
    }
    return socket;
  }

  private void bindBoth(int port) throws Exception {
    first.bind(LOOPBACK, port).must();
    second.bind(LOOPBACK, port).must();
  }

  /** The first to the one server, the second to the other. */
  private void connectToBoth() throws Exception {
    first.connect(LOOPBACK, one).must();
    second.connect(LOOPBACK, other).must();
  }

  /** As in {@code 2 connections from 1 port}. */
  private String connectionsFrom(Lab lab, int port) throws Exception {
    List<SocketRow> rows =
        lab.rows(client, port).stream()
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .filter(row -> row.local().getPort() == port)
            .toList();
    lab.observe("The client's connections", lab.table(rows));
    long ports = rows.stream().map(row -> row.local().getPort()).distinct().count();
    return rows.size() + " connections from " + ports + " port";
  }

  /** Closes with a reset where there is a connection: its port is free at once. */
  private static void reset(Sock... sockets) throws Exception {
    for (Sock socket : sockets) {
      socket.set(SO_LINGER, 0).must();
      socket.close().must();
    }
  }
}
