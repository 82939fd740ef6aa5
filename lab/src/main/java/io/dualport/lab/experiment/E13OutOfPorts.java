package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_LOCAL_PORT_RANGE;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Outcome;
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
import java.util.List;

/** When does a client run out of ports, toward whom, and who else uses them up? */
public final class E13OutOfPorts implements Experiment {
  private static final String ONE = "127.0.0.1";
  private static final String TWO = "127.0.0.2";
  private static final String THREE = "127.0.0.3";
  private static final String RANGE = "net.ipv4.ip_local_port_range";

  /** Each section has a range of four ports to itself, so that it starts with all of them free. */
  private static final int PORTS = 4;

  /** No range is that large: ends a count that the kernel does not end. */
  private static final int MOST_SOCKETS = 16;

  private static final int BACKLOG = 64;

  private static final Prediction EXHAUSTED =
      Prediction.exactly(
          "exhausted",
          "4, then EADDRNOTAVAIL",
          Bilingual.of(
              "Toward one destination (address and port) each local port serves one connection: as"
                  + " many connections as ports, although the kernel tries first the even and then the odd ones, or the "
                  + "other way round."),
          "connect(2) EADDRNOTAVAIL; ip(7) ip_local_port_range; __inet_hash_connect in"
              + " net/ipv4/inet_hashtables.c");

  private static final Prediction OTHER_ADDRESS =
      Prediction.exactly(
          "other-address",
          "4, then EADDRNOTAVAIL, same ports",
          Bilingual.of(
              "Toward another address the very same ports serve again: the four-tuple differs."),
          "__inet_check_established in net/ipv4/inet_hashtables.c");

  private static final Prediction OTHER_PORT =
      Prediction.exactly(
          "other-port",
          "4, then EADDRNOTAVAIL, same ports",
          Bilingual.of("Toward another port of the same address as well."),
          "__inet_check_established in net/ipv4/inet_hashtables.c");

  private static final Prediction BIND_ZERO =
      Prediction.exactly(
          "bind-zero",
          "EADDRINUSE, OK from 127.0.0.3",
          Bilingual.of(
              "bind() to port 0 does not know the destination, so it wants a port that nobody uses"
                  + " at this address: none is left. At another source address all are free."),
          "bind(2) EADDRINUSE; inet_csk_find_open_port in net/ipv4/inet_connection_sock.c");

  private static final Prediction BOUND_FIRST =
      Prediction.exactly(
          "bound-first",
          "4, then EADDRINUSE; toward another address 0, then EADDRNOTAVAIL",
          Bilingual.of(
              "A client that binds before it connects takes its port for all destinations, and away"
                  + " from clients that do not bind, too."),
          "ip(7) IP_BIND_ADDRESS_NO_PORT; fastreuse in __inet_hash_connect,"
              + " net/ipv4/inet_hashtables.c");

  private static final Prediction LISTENER =
      Prediction.exactly(
          "listener-in-range",
          "3, then EADDRNOTAVAIL",
          Bilingual.of(
              "So does a listener inside the range, even at an address that the client does not use:"
                  + " one port less toward everybody."),
          "fastreuse in __inet_hash_connect, net/ipv4/inet_hashtables.c");

  private static final Prediction RESERVED =
      Prediction.exactly(
          "reserved",
          "3, then EADDRNOTAVAIL; asked for by number OK",
          Bilingual.of(
              "A reserved port is never picked, but may be bound by its number: what a server inside"
                  + " the range needs to find its port free."),
          "ip_local_reserved_ports in the kernel's Documentation/networking/ip-sysctl.rst");

  private static final Prediction UDP =
      Prediction.exactly(
          "udp",
          "4, then EAGAIN; toward another address EAGAIN; bind EADDRINUSE",
          Bilingual.of(
              "UDP has as many ports of its own, and says EAGAIN when they are used up, which looks"
                  + " like a full buffer; it has no connections, so another destination does not"
                  + " help."),
          "inet_autobind in net/ipv4/af_inet.c; udp_lib_get_port in net/ipv4/udp.c");

  private static final Prediction SOCKET_RANGE =
      Prediction.exactly(
          "socket-range",
          "4, then EADDRNOTAVAIL; without the option OK",
          Bilingual.of(
              "A socket may have a range of its own, without any right: it runs out alone."),
          "ip(7) IP_LOCAL_PORT_RANGE (Linux 6.3)");

  private static final Prediction SOCKET_RANGE_OUTSIDE =
      Prediction.exactly(
          "socket-range-outside",
          "OK, OK, outside the socket's range",
          Bilingual.of(
              "Its bounds only narrow the system's range. Bounds outside of that are accepted and"
                  + " then have no effect."),
          "ip(7) IP_LOCAL_PORT_RANGE; inet_sk_get_local_port_range in"
              + " net/ipv4/inet_connection_sock.c");

  @Override
  public Page page() {
    return new Page(
        "13",
        Bilingual.of("Running out of ports"),
        Bilingual.of(
            "How many connections can one client have, when does it run out of ports, and is it then"
                + " cut off from everybody?"),
        "tcp.port == PORT and tcp.flags.syn == 1",
        List.of(
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "A host can have at most 65535 TCP connections."),
                Bilingual.of(
                    "As many as there are ports in the range, toward each destination address and"
                        + " port, from each source address.")),
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Bilingual.of(
                    "Can a client's port be used more than once? (only asked)"),
                Bilingual.of(
                    "The kernel does so by itself as soon as the destinations differ: four ports"
                        + " carry twelve connections to three of them, unless clients bind before"
                        + " they connect.")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "Clients get their ports from 1024 to 65535."),
                Bilingual.of(
                    "From ip_local_port_range, by default 32768 to 60999."))),
        List.of(
            EXHAUSTED,
            OTHER_ADDRESS,
            OTHER_PORT,
            BIND_ZERO,
            BOUND_FIRST,
            LISTENER,
            RESERVED,
            UDP,
            SOCKET_RANGE,
            SOCKET_RANGE_OUTSIDE));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    PrivateNetwork network;
    try {
      network = lab.privateNetwork();
    } catch (SkippedException none) {
      notes.part("A private network", () -> throwAgain(none));
      notes.part("A range for one socket", () -> inThisNetwork(lab, notes));
      return;
    }
    Program net = network.owner();
    Program client = network.program("client");
    int port = lab.freePort();
    int another = lab.freePort();
    String usual = net.sysctl(RANGE);
    notes.say(
        "That is the range a new network starts with: %d ports toward each destination. Here four"
            + " are enough.", size(usual));
    Program quiet = net.quiet();
    listen(quiet, "one", ONE, port);
    listen(quiet, "two", TWO, port);
    listen(quiet, "another", ONE, another);

    notes.part(
        "Four ports, one destination, then others",
        () -> destinations(notes, net, client, port, another));
    notes.part(
        "Who else uses ports up: clients that bind first, listeners, reservations",
        () -> otherHolders(notes, net, client, port));
    notes.part("UDP", () -> udp(notes, net, client, port));
    notes.part(
        "A range for one socket",
        () -> {
          net.sysctl(RANGE, "30000 32000");
          socketRange(notes, client, port, 30_000);
        });
  }

  private static void destinations(
      Notebook notes, Program net, Program client, int port, int another) throws Exception {
    net.sysctl(RANGE, range(40_000));
    Program quiet = client.quiet();
    Filled first = fill(() -> client.tcp("c"), socket -> socket.connect(ONE, port));
    Filled second = fill(() -> quiet.tcp("c"), socket -> socket.connect(TWO, port));
    Filled third = fill(() -> quiet.tcp("c"), socket -> socket.connect(ONE, another));
    notes.observe(
        "The same toward two other destinations",
        Table.titled("")
            .column("destination", "destination")
            .column("from", "localPorts")
            .column("then", "then")
            .row(ONE + ":" + port, first.ports(), first.error())
            .row(TWO + ":" + port, second.ports(), second.error())
            .row(ONE + ":" + another, third.ports(), third.error())
            .build());
    notes.check(EXHAUSTED, first);
    notes.check(
        OTHER_ADDRESS, second + ", " + (second.sameAs(first) ? "same" : "other") + " ports");
    notes.check(OTHER_PORT, third + ", " + (third.sameAs(first) ? "same" : "other") + " ports");
    Outcome sameSource = client.tcp("b").bind(ONE, 0);
    Outcome otherSource = client.tcp("b").bind(THREE, 0);
    notes.check(BIND_ZERO, sameSource + ", " + otherSource + " from " + THREE);
  }

  private static void otherHolders(Notebook notes, Program net, Program client, int port)
      throws Exception {
    requireBindBeforeConnect();
    Program quiet = client.quiet();
    net.sysctl(RANGE, range(41_000));
    Filled bound =
        fill(
            () -> quiet.tcp("c"),
            socket -> {
              Outcome own = socket.bind(ONE, 0);
              return own.isOk() ? socket.connect(ONE, port) : own;
            });
    Filled unbound = fill(() -> quiet.tcp("c"), socket -> socket.connect(TWO, port));
    notes.say(
        "Clients that called bind(%s, 0) before connect: %d connections, then %s. Others, toward"
            + " another address: %d connections, then %s.",
        ONE,
        bound.ports().size(),
        bound.error(),
        unbound.ports().size(),
        unbound.error());
    notes.check(BOUND_FIRST, bound + "; toward another address " + unbound);

    net.sysctl(RANGE, range(42_000));
    listen(net, "elsewhere", THREE, 42_002);
    notes.check(LISTENER, fill(() -> quiet.tcp("c"), socket -> socket.connect(ONE, port)));

    net.sysctl(RANGE, range(43_000));
    net.sysctl("net.ipv4.ip_local_reserved_ports", "43001");
    Filled unreserved = fill(() -> quiet.tcp("c"), socket -> socket.connect(ONE, port));
    Outcome byNumber = client.tcp("server").bind(ONE, 43_001);
    notes.check(RESERVED, unreserved + "; asked for by number " + byNumber);
  }

  private static void udp(Notebook notes, Program net, Program client, int port) throws Exception {
    net.sysctl(RANGE, range(40_000));
    Program quiet = client.quiet();
    Filled filled = fill(() -> quiet.udp("u"), socket -> socket.connect(ONE, port));
    notes.say(
        "TCP has used up this range above. UDP sockets that got a port of it: %s, then %s.", filled.ports(), filled.error());
    Sock next = client.udp("u");
    Outcome elsewhere = next.connect(TWO, port);
    Outcome bound = next.bind(ONE, 0);
    notes.check(UDP, filled + "; toward another address " + elsewhere + "; bind " + bound);
  }

  private static void throwAgain(SkippedException reason) throws SkippedException {
    throw reason;
  }

  /** The one option that needs no namespace; its ports are taken from the middle of the range. */
  private static void inThisNetwork(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();
    int port = lab.freePort();
    listen(program.quiet(), "one", ONE, port);
    PortRange range = PortRange.parse(program.sysctl(RANGE));
    socketRange(notes, program, port, range.first() / 4 * 2 + range.last() / 4 * 2);
  }

  /**
   * @param first the first of the socket's ports, within the system's range
   */
  private static void socketRange(Notebook notes, Program client, int port, int first)
      throws Exception {
    int narrow = first + PORTS - 1 << 16 | first;
    Outcome known = client.tcp("c").set(IP_LOCAL_PORT_RANGE, narrow);
    if (known.word().equals("ENOPROTOOPT")) {
      throw new SkippedException(
          Bilingual.of(
              "this kernel has no IP_LOCAL_PORT_RANGE: it needs Linux 6.3"));
    }
    notes.say(
        "The value is one number, with the last port, %d, in its upper 16 bits and the first, %d,"
            + " in its lower.", narrow >>> 16, narrow & 0xffff);
    Program quiet = client.quiet();
    Filled filled =
        fill(
            () -> quiet.tcp("c"),
            socket -> {
              socket.set(IP_LOCAL_PORT_RANGE, narrow).must();
              return socket.connect(ONE, port);
            });
    Outcome without = client.tcp("without").connect(ONE, port);
    notes.check(SOCKET_RANGE, filled + "; without the option " + without);

    int low = 10_000;
    Sock outside = client.tcp("outside");
    Outcome set = outside.set(IP_LOCAL_PORT_RANGE, low + PORTS - 1 << 16 | low);
    Outcome connected = outside.connect(ONE, port);
    int got = outside.local().getPort();
    boolean inside = low <= got && got < low + PORTS;
    notes.check(
        SOCKET_RANGE_OUTSIDE,
        set + ", " + connected + ", " + (inside ? "inside" : "outside") + " the socket's range");
  }

  /** Nobody accepts: the kernel completes the handshakes all the same. */
  private static void listen(Program net, String label, String address, int port) throws Exception {
    Sock listener = net.tcp(label);
    listener.bind(address, port).must();
    listener.listen(BACKLOG).must();
  }

  private static void requireBindBeforeConnect() throws SkippedException {
    if (!Lab.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "without the native library a TCP socket that is bound cannot connect"));
    }
  }

  /** Opens and dials sockets until one of them gets no port. */
  private static Filled fill(Opening opening, Dial dial) throws Exception {
    List<Integer> ports = new ArrayList<>();
    String error = "OK";
    while (error.equals("OK") && ports.size() < MOST_SOCKETS) {
      Sock socket = opening.open();
      error = dial.on(socket).word();
      if (error.equals("OK")) {
        ports.add(socket.local().getPort());
      }
    }
    return new Filled(ports.stream().sorted().toList(), error);
  }

  private static String range(int first) {
    return first + " " + (first + PORTS - 1);
  }

  private static int size(String range) {
    String[] ends = range.split(" ");
    return Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) + 1;
  }

  @FunctionalInterface
  private interface Opening {
    Sock open() throws Exception;
  }

  @FunctionalInterface
  private interface Dial {
    Outcome on(Sock socket) throws Exception;
  }

  /** The local ports that were given, and what the next socket got instead. */
  private record Filled(List<Integer> ports, String error) {
    boolean sameAs(Filled other) {
      return ports.equals(other.ports);
    }

    @Override
    public String toString() {
      return ports.size() + ", then " + error;
    }
  }
}
