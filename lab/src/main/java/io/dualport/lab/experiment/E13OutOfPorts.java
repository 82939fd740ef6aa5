package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.report.Table;

/** When does a client run out of ports, and is it then cut off from everybody? */
public final class E13OutOfPorts implements Experiment {
  private static final String ONE = "127.0.0.1";
  private static final String TWO = "127.0.0.2";
  private static final String THREE = "127.0.0.3";
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String CHECK = "__inet_check_established in net/ipv4/inet_hashtables.c";

  private Program net;
  private Program client;
  private int port;
  private int another;
  private ClientPorts towardOne;
  private ClientPorts towardTwo;
  private ClientPorts towardAnother;

  @Override
  public Script script() {
    return Script.of("13", "Running out of ports")
        .question(
            "How many connections can one client have, when does it run out of ports, and is it"
                + " then cut off from everybody?")
        .filter("tcp.port == PORT and tcp.flags.syn == 1")
        .act(this::startServers)
        .part("Four ports, one destination, then others")
        .act(
            lab -> {
              net.sysctl(RANGE, "40000 40003");
              towardOne = ClientPorts.tcp(client, c -> c.connect(ONE, port));
              towardTwo = ClientPorts.tcp(client.quiet(), c -> c.connect(TWO, port));
              towardAnother = ClientPorts.tcp(client.quiet(), c -> c.connect(ONE, another));
              lab.observe("The same toward two other destinations", destinations());
            })
        .expect(
            "exhausted",
            "4, then EADDRNOTAVAIL",
            "Toward one destination (address and port) each local port serves one connection: as"
                + " many connections as ports, although the kernel tries first the even and then"
                + " the odd ones, or the other way round.",
            "connect(2) EADDRNOTAVAIL; ip(7) ip_local_port_range; __inet_hash_connect in"
                + " net/ipv4/inet_hashtables.c",
            lab -> towardOne)
        .expect(
            "other-address",
            "4, then EADDRNOTAVAIL, same ports",
            "Toward another address the very same ports serve again: the four-tuple differs.",
            CHECK,
            lab -> towardTwo.comparedWith(towardOne))
        .expect(
            "other-port",
            "4, then EADDRNOTAVAIL, same ports",
            "Toward another port of the same address as well.",
            CHECK,
            lab -> towardAnother.comparedWith(towardOne))
        .expect(
            "bind-zero",
            "EADDRINUSE, OK from 127.0.0.3",
            "bind() to port 0 does not know the destination, so it wants a port that nobody uses"
                + " at this address: none is left. At another source address all are free.",
            "bind(2) EADDRINUSE; inet_csk_find_open_port in net/ipv4/inet_connection_sock.c",
            lab -> {
              Outcome sameSource = client.tcp("b").bind(ONE, 0);
              Outcome otherSource = client.tcp("b").bind(THREE, 0);
              return sameSource + ", " + otherSource + " from " + THREE;
            })
        .part("UDP")
        .needsEarlierParts()
        .expect(
            "udp",
            "4, then EAGAIN; toward another address EAGAIN; bind EADDRINUSE",
            "UDP has as many ports of its own, and says EAGAIN when they are used up, which looks"
                + " like a full buffer; it has no connections, so another destination does not"
                + " help.",
            "inet_autobind in net/ipv4/af_inet.c; udp_lib_get_port in net/ipv4/udp.c",
            lab -> {
              ClientPorts toward = ClientPorts.udp(client.quiet(), u -> u.connect(ONE, port));
              lab.say(
                  "TCP has used up this range above. UDP sockets that got a port of it: %s,"
                      + " then %s.",
                  toward.ports(), toward.then());
              Sock next = client.udp("u");
              Outcome elsewhere = next.connect(TWO, port);
              Outcome bound = next.bind(ONE, 0);
              return toward + "; toward another address " + elsewhere + "; bind " + bound;
            })
        .answer(
            "As many as ip_local_port_range has ports, toward each destination: when they are used"
                + " up, connect says EADDRNOTAVAIL, and every other address or port is reached from"
                + " the same ports all the same; with UDP the client is cut off from everybody.")
        .corrects(
            COMMON_BELIEF,
            "A host can have at most 65535 TCP connections.",
            "As many as there are ports in the range, toward each destination address and port,"
                + " from each source address.")
        .refines(
            TCP_AND_UDP,
            "Can a client's port be used more than once? (only asked)",
            "The kernel does so by itself as soon as the destinations differ: four ports carry"
                + " twelve connections to three of them, unless clients bind before they connect.")
        .corrects(
            TWO_PROCESSES,
            "Clients get their ports from 1024 to 65535.",
            "From ip_local_port_range, by default 32768 to 60999.");
  }

  private void startServers(Lab lab) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    net = network.owner();
    client = network.program("client");
    lab.say(
        "That is the range a new network starts with: %d ports toward each destination. Here"
            + " four are enough.",
        PortRange.parse(net.sysctl(RANGE)).size());
    port = lab.freePort();
    another = lab.freePort();
    // Nobody accepts: the kernel completes the handshakes all the same.
    net.quiet().listener("one", ONE, port);
    net.quiet().listener("two", TWO, port);
    net.quiet().listener("another", ONE, another);
  }

  private Table destinations() {
    return Table.titled("")
        .column("destination", "destination")
        .column("from", "localPorts")
        .column("then", "then")
        .row(ONE + ":" + port, towardOne.ports(), towardOne.then())
        .row(TWO + ":" + port, towardTwo.ports(), towardTwo.then())
        .row(ONE + ":" + another, towardAnother.ports(), towardAnother.then())
        .build();
  }
}
