package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_LOCAL_PORT_RANGE;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;

/** Can one socket have a range of local ports of its own? */
public final class E13SocketRange implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String RANGE = "net.ipv4.ip_local_port_range";

  private static final PortRange OUTSIDE = new PortRange(10_000, 10_003);

  private Program client;
  private int port;

  /** Four ports within the system's range. */
  private PortRange own;

  @Override
  public Script script() {
    return Script.of("13-range", "A range of ports for one socket")
        .question(
            "Can a program without any right say which local ports its connections get? And can"
                + " that be ports outside of the system's range?")
        .filter("tcp.port == PORT and tcp.flags.syn == 1")
        .part("A range for one socket")
        .act(this::startServer)
        .act(this::setOption)
        .expect(
            "socket-range",
            "4, then EADDRNOTAVAIL; without the option OK",
            "A socket may have a range of its own, without any right: it runs out alone.",
            "ip(7) IP_LOCAL_PORT_RANGE (Linux 6.3)",
            lab -> {
              ClientPorts with = ClientPorts.tcp(client.quiet(), this::connectWithinOwnRange);
              Outcome without = client.tcp("without").connect(LOOPBACK, port);
              return with + "; without the option " + without;
            })
        .expect(
            "socket-range-outside",
            "OK, OK, outside the socket's range",
            "Its bounds only narrow the system's range. Bounds outside of that are accepted and"
                + " then have no effect.",
            "ip(7) IP_LOCAL_PORT_RANGE; inet_sk_get_local_port_range in"
                + " net/ipv4/inet_connection_sock.c",
            lab -> {
              Sock outside = client.tcp("outside");
              Outcome set = outside.set(IP_LOCAL_PORT_RANGE, value(OUTSIDE));
              Outcome connected = outside.connect(LOOPBACK, port);
              boolean within = OUTSIDE.contains(outside.local().getPort());
              return set
                  + ", "
                  + connected
                  + (within ? ", inside" : ", outside")
                  + " the socket's range";
            })
        .answer(
            "Yes, with IP_LOCAL_PORT_RANGE, for each socket, which then runs out of ports alone;"
                + " but only ports of the system's range: bounds outside of that have no effect.")
        .refines(
            COMMON_BELIEF,
            "Which ports clients get is set for the whole system, by root.",
            "The range is, with ip_local_port_range. Since Linux 6.3 any program may narrow it for"
                + " a socket of its own.");
  }

  /** In a network that is ours alone, where one can be made; else in this one. */
  private void startServer(Lab lab) throws Exception {
    Program server;
    try {
      PrivateNetwork network = lab.privateNetwork();
      server = network.owner();
      client = network.program("client");
      server.sysctl(RANGE, "30000 32000");
      own = new PortRange(30_000, 30_003);
    } catch (SkippedException none) {
      server = lab.self();
      client = server;
      own = fourFree(PortRange.parse(client.sysctl(RANGE)));
    }
    port = lab.freePort();
    server.quiet().listener("server", LOOPBACK, port);
  }

  /** From the middle of a range on, the first four that nobody holds: see 13-holders. */
  private PortRange fourFree(PortRange range) throws Exception {
    int first = (range.first() + range.last()) / 2;
    for (int next = first; next < first + 4 && next <= range.last(); next++) {
      Sock trial = client.quiet().tcp("trial");
      if (!trial.bind("0.0.0.0", next).isOk()) {
        first = next + 1;
      }
      trial.close();
    }
    return new PortRange(first, first + 3);
  }

  private void setOption(Lab lab) throws Exception {
    Outcome set = client.tcp("c").set(IP_LOCAL_PORT_RANGE, value(own));
    if (set.word().equals("ENOPROTOOPT")) {
      throw new SkippedException(
          Bilingual.of("this kernel has no IP_LOCAL_PORT_RANGE: it needs Linux 6.3"));
    }
    lab.say(
        "The value is one number, with the last port, %d, in its upper 16 bits and the first,"
            + " %d, in its lower.",
        own.last(), own.first());
  }

  private Outcome connectWithinOwnRange(Sock socket) throws Exception {
    socket.set(IP_LOCAL_PORT_RANGE, value(own)).must();
    return socket.connect(LOOPBACK, port);
  }

  private static int value(PortRange range) {
    return range.last() << 16 | range.first();
  }
}
