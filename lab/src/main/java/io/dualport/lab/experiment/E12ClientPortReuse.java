package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_BIND_ADDRESS_NO_PORT;
import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.util.List;

/** Can a client use one local port for several connections, and what stands in the way? */
public final class E12ClientPortReuse implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ONLY_PORT = 40_000;
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String SHARED = "2 connections from 1 port";
  private static final String BIND = "inet_csk_get_port in net/ipv4/inet_connection_sock.c; ";
  private static final String CONNECT = "__inet_hash_connect in net/ipv4/inet_hashtables.c; ";

  private static final Prediction BIND_TWICE =
      Prediction.exactly(
          "bind-twice",
          "EADDRINUSE",
          Bilingual.of(
              "A bind does not know where the socket will connect to, so without options it refuses"
                  + " a local port that is bound already."),
          BIND + "bind(2) EADDRINUSE");

  private static final Prediction BIND_REUSE =
      Prediction.exactly(
          "bind-reuseaddr-two-destinations",
          SHARED,
          Bilingual.of(
              "With SO_REUSEADDR on both, both bind, and connect to two servers from one port."),
          BIND + "socket(7) SO_REUSEADDR");

  private static final Prediction BIND_SAME =
      Prediction.exactly(
          "bind-reuseaddr-same-destination",
          "EADDRNOTAVAIL",
          Bilingual.of(
              "A third one binds, too, but cannot connect where the first is connected: these four"
                  + " numbers are taken, and connect alone knows all four."),
          "__inet_check_established in net/ipv4/inet_hashtables.c; connect(2) names this error for"
              + " unbound sockets only");

  private static final Prediction ZERO_TWICE =
      Prediction.exactly(
          "bind-port-0-twice",
          "EADDRINUSE",
          Bilingual.of(
              "bind with port 0 takes a port for itself alone. The range is then used up, wherever"
                  + " the sockets would have connected to."),
          BIND + "bind(2) EADDRINUSE (\"all port numbers in the ephemeral port range\")");

  private static final Prediction NO_PORT_YET =
      Prediction.exactly(
          "no-port-yet",
          0,
          Bilingual.of(
              "With IP_BIND_ADDRESS_NO_PORT bind fixes the address and no port."),
          "ip(7) IP_BIND_ADDRESS_NO_PORT");

  private static final Prediction NO_PORT =
      Prediction.exactly(
          "no-port-two-destinations",
          SHARED,
          Bilingual.of(
              "connect chooses it, when the destination is known; two destinations may share it."),
          CONNECT + "ip(7) IP_BIND_ADDRESS_NO_PORT (\"as long as the 4-tuple is unique\")");

  private static final Prediction AUTO =
      Prediction.exactly(
          "no-bind-two-destinations",
          SHARED,
          Bilingual.of("Without any bind the kernel does the same by itself."),
          CONNECT + "check_established is asked for every candidate");

  private static final Prediction AUTO_SAME =
      Prediction.exactly(
          "no-bind-same-destination",
          "EADDRNOTAVAIL",
          Bilingual.of(
              "A second connection to the same server finds no port that makes four new numbers."),
          CONNECT + "connect(2) EADDRNOTAVAIL");

  private static final Prediction BIND_BESIDE_AUTO =
      Prediction.exactly(
          "bind-beside-automatic-port",
          "EADDRINUSE",
          Bilingual.of(
              "Beside such connections a bind to the port is refused even with SO_REUSEADDR: they do"
                  + " not have it."),
          "inet_bind_conflict in net/ipv4/inet_connection_sock.c");

  private static final Prediction AUTO_BESIDE_BIND =
      Prediction.exactly(
          "automatic-port-beside-bind",
          "EADDRNOTAVAIL",
          Bilingual.of(
              "And a port that somebody bound is passed over by the automatic choice, although the"
                  + " four numbers would be new. Whoever binds takes the port from all others."),
          "tb->fastreuse >= 0 in " + CONNECT + "connect(2) EADDRNOTAVAIL");

  private static final Prediction UDP_AUTO =
      Prediction.exactly(
          "udp-two-destinations",
          "EAGAIN",
          Bilingual.of(
              "UDP never shares by itself: connect gives each socket a port of its own, and says"
                  + " EAGAIN when there is none."),
          "inet_dgram_connect and inet_autobind in net/ipv4/af_inet.c");

  private static final Prediction UDP_SAME =
      Prediction.exactly(
          "udp-same-four-numbers",
          "OK",
          Bilingual.of(
              "And with SO_REUSEADDR on both it does not even mind the same four numbers twice:"
                  + " its connect does not check whether they are taken."),
          "__ip4_datagram_connect in net/ipv4/datagram.c");

  @Override
  public Page page() {
    return new Page(
        "12",
        Bilingual.of("One client port, several connections"),
        Bilingual.of(
            "Can a client connect to two servers from one local port? When does that fail, and why"
                + " once with EADDRINUSE and once with EADDRNOTAVAIL?"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Bilingual.of("Can a client's port be used again? (only asked)"),
                Bilingual.of(
                    "At the same time even, toward another address or port: the four numbers must"
                        + " differ, not the local one.")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "SO_REUSEADDR lets a port be bound again only where a socket in TIME_WAIT holds"
                        + " it."),
                Bilingual.of(
                    "Two live clients may bind one port with it, as long as neither listens.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "A client has as many connections as it has ephemeral ports."),
                Bilingual.of(
                    "Per destination. A program that binds its own address with port 0 makes the"
                        + " belief true; IP_BIND_ADDRESS_NO_PORT is the cure."))),
        List.of(
            BIND_TWICE,
            BIND_REUSE,
            BIND_SAME,
            ZERO_TWICE,
            NO_PORT_YET,
            NO_PORT,
            AUTO,
            AUTO_SAME,
            BIND_BESIDE_AUTO,
            AUTO_BESIDE_BIND,
            UDP_AUTO,
            UDP_SAME));
  }

  /** Where two servers listen. */
  private record Servers(int one, int other) {
    static Servers start(Lab lab, Program program) throws Exception {
      Servers servers = new Servers(lab.freePort(), lab.freePort());
      program.quiet().listener("one", LOOPBACK, servers.one);
      program.quiet().listener("other", LOOPBACK, servers.other);
      return servers;
    }
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Lab.requireNative();
    notes.part(
        "The client binds a local port and connects to two servers",
        () -> bound(lab, notes));
    PrivateNetwork network = lab.privateNetwork();
    Program net = network.owner();
    Program client = network.program("client");
    notes.part(
        "One ephemeral port only: bind with port 0, and IP_BIND_ADDRESS_NO_PORT",
        () -> {
          notes.say(
              "In a private network whose whole ephemeral range is port %d.", ONLY_PORT);
          net.sysctl(RANGE, ONLY_PORT + " " + ONLY_PORT);
          noPort(lab, notes, net, client);
        });
    notes.part(
        "One ephemeral port only: the client does not bind at all",
        () -> automatic(lab, notes, net, client));
    notes.part(
        "One ephemeral port only: UDP", () -> datagrams(lab, notes, net, client));
  }

  private static void bound(Lab lab, Notebook notes) throws Exception {
    Servers servers = Servers.start(lab, lab.program("servers"));
    Program client = lab.program("client");
    int local = lab.freePort();
    Sock plain = socket(client, "plain");
    plain.bind(LOOPBACK, local).must();
    notes.check(BIND_TWICE, socket(client, "second").bind(LOOPBACK, local));
    plain.close();

    Sock first = socket(client, "first", SO_REUSEADDR);
    Sock second = socket(client, "second", SO_REUSEADDR);
    first.bind(LOOPBACK, local).must();
    second.bind(LOOPBACK, local).must();
    first.connect(LOOPBACK, servers.one).must();
    second.connect(LOOPBACK, servers.other).must();
    notes.check(BIND_REUSE, connections(lab, notes, client, local));
    Sock third = socket(client, "third", SO_REUSEADDR);
    third.bind(LOOPBACK, local).must();
    notes.check(BIND_SAME, third.connect(LOOPBACK, servers.one));
    notes.say(
        "The two names of the error: bind compares the local half with what others bound and allow,"
            + " and says \"in use\"; connect looks for all four numbers among the connections, and"
            + " says that this local end is not available for that remote one.");
  }

  private static void noPort(Lab lab, Notebook notes, Program net, Program client)
      throws Exception {
    Servers servers = Servers.start(lab, net);
    Sock first = socket(client, "first");
    Sock second = socket(client, "second");
    first.bind(LOOPBACK, 0).must();
    notes.check(ZERO_TWICE, second.bind(LOOPBACK, 0));
    close(first, second);

    Sock third = socket(client, "third", IP_BIND_ADDRESS_NO_PORT);
    Sock fourth = socket(client, "fourth", IP_BIND_ADDRESS_NO_PORT);
    third.bind(LOOPBACK, 0).must();
    fourth.bind(LOOPBACK, 0).must();
    notes.check(NO_PORT_YET, fourth.local().getPort());
    third.connect(LOOPBACK, servers.one).must();
    fourth.connect(LOOPBACK, servers.other).must();
    notes.check(NO_PORT, connections(lab, notes, client, ONLY_PORT));
    close(third, fourth);
  }

  private static void automatic(Lab lab, Notebook notes, Program net, Program client)
      throws Exception {
    Servers servers = Servers.start(lab, net);
    Sock first = socket(client, "first");
    Sock second = socket(client, "second");
    Sock third = socket(client, "third");
    first.connect(LOOPBACK, servers.one).must();
    second.connect(LOOPBACK, servers.other).must();
    notes.check(AUTO, connections(lab, notes, client, ONLY_PORT));
    notes.check(AUTO_SAME, third.connect(LOOPBACK, servers.one));
    Sock binder = socket(client, "binder", SO_REUSEADDR);
    notes.check(BIND_BESIDE_AUTO, binder.bind(LOOPBACK, ONLY_PORT));
    close(first, second);
    binder.bind(LOOPBACK, ONLY_PORT).must();
    binder.connect(LOOPBACK, servers.one).must();
    notes.check(AUTO_BESIDE_BIND, third.connect(LOOPBACK, servers.other));
    close(binder, third);
  }

  private static void datagrams(Lab lab, Notebook notes, Program net, Program client)
      throws Exception {
    Servers servers = Servers.start(lab, net);
    client.udp("first").connect(LOOPBACK, servers.one).must();
    notes.check(UDP_AUTO, client.udp("second").connect(LOOPBACK, servers.other));
    int local = lab.freePort();
    Sock third = client.datagrams("third", LOOPBACK, local, SO_REUSEADDR);
    Sock fourth = client.datagrams("fourth", LOOPBACK, local, SO_REUSEADDR);
    third.connect(LOOPBACK, servers.one).must();
    notes.check(UDP_SAME, fourth.connect(LOOPBACK, servers.one));
    lab.show(client, "The kernel's table", local);
  }

  /** As in {@code 2 connections from 1 port}, for what is established from a local port. */
  private static String connections(Lab lab, Notebook notes, Program client, int local)
      throws Exception {
    List<SocketRow> rows =
        lab.rows(client, local).stream()
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .filter(row -> row.local().getPort() == local)
            .toList();
    notes.observe("The client's connections", lab.table(rows));
    long ports = rows.stream().map(row -> row.local().getPort()).distinct().count();
    return rows.size() + " connections from " + ports + " port";
  }

  private static Sock socket(Program program, String label, Option... options) throws Exception {
    Sock socket = program.tcp(label);
    for (Option option : options) {
      socket.set(option, 1).must();
    }
    return socket;
  }

  /** Closes with a reset where there is a connection: its port is free at once. */
  private static void close(Sock... sockets) throws Exception {
    for (Sock socket : sockets) {
      socket.set(SO_LINGER, 0).must();
      socket.close().must();
    }
  }
}
