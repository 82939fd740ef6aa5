package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;

/** Who else uses up the ports of clients? */
public final class E13PortHolders implements Experiment {
  private static final String ONE = "127.0.0.1";
  private static final String TWO = "127.0.0.2";
  private static final String THREE = "127.0.0.3";
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String RESERVED = "net.ipv4.ip_local_reserved_ports";

  private Program net;
  private Program client;
  private int port;

  @Override
  public Script script() {
    return Script.of("13-holders", "Who else uses up a client's ports")
        .question(
            "A client runs out of ports although it has fewer connections than the range has ports."
                + " Who has the others?")
        .filter("tcp.port == PORT and tcp.flags.syn == 1")
        .act(this::startServers)
        .part("Clients that bind before they connect")
        .expect(
            "bound-first",
            "4, then EADDRINUSE; toward another address 0, then EADDRNOTAVAIL",
            "A client that binds before it connects takes its port for all destinations, and away"
                + " from clients that do not bind, too.",
            "ip(7) IP_BIND_ADDRESS_NO_PORT; fastreuse in __inet_hash_connect,"
                + " net/ipv4/inet_hashtables.c",
            lab -> {
              net.sysctl(RANGE, "41000 41003");
              ClientPorts bound = ClientPorts.tcp(client.quiet(), this::bindThenConnect);
              ClientPorts unbound = ClientPorts.tcp(client.quiet(), c -> c.connect(TWO, port));
              lab.say(
                  "Clients that called bind(%s, 0) before connect: %d connections, then %s."
                      + " Others, toward another address: %d connections, then %s.",
                  ONE, bound.ports().size(), bound.then(), unbound.ports().size(), unbound.then());
              return bound + "; toward another address " + unbound;
            })
        .part("A listener inside the range")
        .expect(
            "listener-in-range",
            "3, then EADDRNOTAVAIL",
            "So does a listener inside the range, even at an address that the client does not use:"
                + " one port less toward everybody.",
            "fastreuse in __inet_hash_connect, net/ipv4/inet_hashtables.c",
            lab -> {
              net.sysctl(RANGE, "42000 42003");
              net.listener("elsewhere", THREE, 42_002);
              return ClientPorts.tcp(client.quiet(), c -> c.connect(ONE, port));
            })
        .part("A reserved port")
        .expect(
            "reserved",
            "3, then EADDRNOTAVAIL; asked for by number OK",
            "A reserved port is never picked, but may be bound by its number: what a server inside"
                + " the range needs to find its port free.",
            "ip_local_reserved_ports in the kernel's Documentation/networking/ip-sysctl.rst",
            lab -> {
              net.sysctl(RANGE, "43000 43003");
              net.sysctl(RESERVED, "43001");
              ClientPorts picked = ClientPorts.tcp(client.quiet(), c -> c.connect(ONE, port));
              Outcome byNumber = client.tcp("server").bind(ONE, 43_001);
              return picked + "; asked for by number " + byNumber;
            })
        .answer(
            "Whoever bound one of them, at whatever address, be it a listener or a client that"
                + " binds before it connects; what ip_local_reserved_ports names is not picked"
                + " either.")
        .corrects(
            COMMON_BELIEF,
            "A listener uses up its port at its own address only.",
            "Inside the clients' range it takes the port from every client of the host, whatever"
                + " address they have and connect to.")
        .refines(
            COMMON_BELIEF,
            "Nobody can use a port that is in ip_local_reserved_ports.",
            "Nobody gets it by chance. Who asks for it by its number may have it.");
  }

  private void startServers(Lab lab) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    net = network.owner();
    client = network.program("client");
    port = lab.freePort();
    net.quiet().listener("one", ONE, port);
    net.quiet().listener("two", TWO, port);
  }

  private Outcome bindThenConnect(Sock socket) throws Exception {
    Outcome bound = socket.bind(ONE, 0);
    return bound.isOk() ? socket.connect(ONE, port) : bound;
  }
}
