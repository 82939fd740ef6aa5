package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EAGAIN;
import static io.dualport.kernel.Errno.ECONNREFUSED;
import static io.dualport.lab.socket.Option.IP_RECVERR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.LocalAddresses;
import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;

/**
 * Which address does a UDP server with several answer from, and who hears that? Longer than others,
 * as it shows the fault on one host and on two, and what cures it.
 */
public final class E17ReplyFromTheWrongAddress implements Experiment {
  private static final String ANY = "0.0.0.0";
  private static final String FIRST = "127.0.0.1";
  private static final String DIALLED = "127.0.0.2";
  private static final String ALSO_DIALLED = "127.0.0.3";

  /** The two hosts of the private network (RFC 5737 keeps the prefix for documentation). */
  private static final String PRIMARY = "192.0.2.1";

  private static final String SECONDARY = "192.0.2.2";
  private static final String CLIENT = "192.0.2.9";

  /** Where a client sends to, and the address that the reply comes from. */
  private String dialled;

  private int port;
  private String source;
  private Sock echo;
  private Sock connected;
  private EchoServer dualport;

  @Override
  public Script script() {
    return Script.of("17", "A UDP reply from the wrong address")
        .question(
            "A UDP server is bound to 0.0.0.0 on a machine with several addresses. Which of them"
                + " does it answer from, why do some clients hear nothing, and what is the cure?")
        .filter("udp.port == PORT or icmp.type == 3 or tcp.port == PORT")
        .part("An echo on 0.0.0.0, and a client that takes datagrams from anybody")
        .act(this::bindEchoEverywhere)
        .expect(
            "wildcard-replies-from",
            FIRST,
            "A wildcard socket has no address to send from. The kernel takes the preferred source"
                + " of the route back to the client, whatever address was dialled.",
            "ip_route_output_key_hash_rcu in net/ipv4/route.c; ip(7) IP_PKTINFO",
            lab -> source = askAndHear(lab.program("client").udp("open"), dialled, echo))
        .act(
            lab ->
                lab.say(
                    "It asked %s and is answered by %s. A careful client drops this; so does a"
                        + " NAT or a firewall on the way, which expects the dialled address.",
                    dialled, source))
        .part("The same, and a connected client")
        .act(this::bindEchoEverywhere)
        .say(
            "IP_RECVERR lets the echo hear what becomes of its replies; without it an unconnected"
                + " socket is told nothing.")
        .act(this::connectAndAsk)
        .expect(
            "server-hears",
            ECONNREFUSED,
            "A connected client's socket matches its peer's address only. The reply comes from"
                + " another one, finds no socket, and goes back as ICMP port unreachable.",
            "compute_score and __udp4_lib_rcv in net/ipv4/udp.c; ip(7) IP_RECVERR",
            lab -> {
              echoBack(echo);
              return echo.receive(Sock.PATIENCE_MILLIS);
            })
        .expect(
            "connected-client-hears",
            EAGAIN,
            "So the client hears nothing at all, not even an error.",
            "udp(7); connect(2)",
            lab -> connected.receive(0))
        .part("Cure 1: a socket for each address")
        .expect(
            "bound-sockets-reply-from",
            FIRST + ", " + DIALLED,
            "A socket that is bound to the dialled address can answer from nowhere else.",
            "udp_sendmsg in net/ipv4/udp.c takes inet_saddr; bind(2)",
            this::askSocketsOfTwoAddresses)
        .part("How Dualport's server does it for every address")
        .expect(
            "dualport-replies-from",
            DIALLED + ", " + ALSO_DIALLED,
            "Dualport's server on the wildcard answers from the dialled address: it asks the kernel"
                + " for that (IP_RECVORIGDSTADDR) and opens a socket there.",
            "RFC 1122 section 4.1.3.5; ip(7) IP_RECVORIGDSTADDR",
            this::askDualport)
        .act(lab -> dualport.stop())
        .part("Cure 2: IP_PKTINFO, which is not to be had in Java")
        .say(
            "With IP_PKTINFO (ip(7)) one socket is enough: recvmsg says which address was dialled,"
                + " and sendmsg says which one to answer from, both in ancillary data. Programs in"
                + " C do so. Neither Java's channels nor Netty can send ancillary data to choose a"
                + " source, so there is nothing here to run; that is why Dualport takes cure 1.")
        .part("TCP on 0.0.0.0")
        .expect(
            "tcp-accepted-at",
            DIALLED,
            "TCP cannot go wrong: the accepted socket takes the SYN's destination as its own"
                + " address.",
            "RFC 9293 section 3.10.7.2; tcp_v4_init_req in net/ipv4/tcp_ipv4.c",
            lab -> {
              port = lab.freePort();
              Sock listener = lab.program("server").listener("listener", ANY, port);
              lab.program("client").dial("stream", DIALLED, port);
              return listener.accept("accepted").local().getAddress().getHostAddress();
            })
        .part("Two hosts, one of them with two addresses")
        .expect(
            "two-hosts-reply-from",
            PRIMARY,
            "Between two hosts it is the same: the interface's primary address answers for the"
                + " secondary one.",
            "fib_result_prefsrc in net/ipv4/fib_semantics.c; ip-address(8) secondary",
            this::askOtherHost)
        .answer(
            "From the one that the route back to the client prefers, whichever was dialled; a"
                + " connected client takes datagrams from the address it dialled alone and hears"
                + " nothing; the cure is a socket bound to each address, or IP_PKTINFO.")
        .refines(
            TWO_PROCESSES,
            "Both ends' messages carry the five-tuple, and it tells who receives them.",
            "That is how the kernel delivers. But nothing makes a UDP reply the mirror of its"
                + " request: from a wildcard socket its source may differ, and then it belongs to"
                + " no five-tuple that anybody waits for.")
        .corrects(
            COMMON_BELIEF,
            "A server that binds 0.0.0.0 serves all addresses of the machine.",
            "With TCP, yes. With UDP it receives on all of them and answers from one.");
  }

  private void bindEchoEverywhere(Lab lab) throws Exception {
    port = lab.freePort();
    dialled = addressOfNoInterface(lab);
    echo = lab.program("server").datagrams("echo", ANY, port);
  }

  /**
   * 127.0.0.2, or the next where an interface carries it, as a local DNS may ask for: the route
   * back to an address that an interface carries prefers that address, and nothing goes wrong.
   */
  private static String addressOfNoInterface(Lab lab) throws Exception {
    Set<InetAddress> carried = LocalAddresses.read().unicast();
    for (int last = 2; last < 255; last++) {
      String address = "127.0.0." + last;
      if (!carried.contains(InetAddress.getByName(address))) {
        if (!address.equals(DIALLED)) {
          lab.say(
              "%s is the address of an interface here, and would answer for itself; %s is not.",
              DIALLED, address);
        }
        return address;
      }
    }
    throw new SkippedException(
        Bilingual.of("interfaces carry every address from 127.0.0.2 to 127.0.0.254"));
  }

  private void connectAndAsk(Lab lab) throws Exception {
    echo.set(IP_RECVERR, 1).must();
    connected = lab.program("client").udp("connected");
    connected.connect(dialled, port).must();
    connected.send("hello").must();
    lab.show(
        lab.program("client"),
        "The client's socket has a peer, and takes datagrams from nobody else",
        port);
  }

  private String askSocketsOfTwoAddresses(Lab lab) throws Exception {
    port = lab.freePort();
    Sock open = lab.program("client").udp("open");
    String sources = askSocketOf(lab, open, FIRST) + ", " + askSocketOf(lab, open, DIALLED);
    lab.show(lab.program("server"), "The kernel's table", port);
    return sources;
  }

  private String askSocketOf(Lab lab, Sock client, String address) throws Exception {
    return askAndHear(
        client, address, lab.program("server").datagrams("echo-" + address, address, port));
  }

  private String askDualport(Lab lab) throws Exception {
    port = lab.freePort();
    dualport =
        EchoServer.dualport(
            lab, "dualport", Map.of(), "--port", String.valueOf(port), "--host", ANY);
    if (!dualport.transport().startsWith("epoll")) {
      throw new SkippedException(
          Bilingual.of(
              "Dualport learns the dialled address with the epoll transport only: it needs Linux"
                  + " and its native library"));
    }
    Program client = lab.program("client");
    String sources = askConnected(client, DIALLED) + ", " + askConnected(client, ALSO_DIALLED);
    lab.observe(
        "One socket holds the port everywhere, one more for each dialled address answers",
        lab.table(
            lab.rows(client, port).stream()
                .filter(row -> row.local().getPort() == port)
                .filter(row -> isShown(row.local().getAddress().getHostAddress()))
                .toList()));
    return sources;
  }

  private String askConnected(Program client, String address) throws Exception {
    Sock asking = client.udp("connected");
    asking.connect(address, port).must();
    asking.send("hello").must();
    return sourceOfReply(asking);
  }

  /** The addresses of this machine's interfaces have sockets too; the page does not need them. */
  private static boolean isShown(String address) {
    return address.equals(ANY) || address.startsWith("127.");
  }

  private String askOtherHost(Lab lab) throws Exception {
    PrivateNetwork one = lab.privateNetwork("host1");
    PrivateNetwork other = lab.privateNetwork("host2");
    ip(one, "link add eth0 type veth peer name eth0 netns " + other.owner().pid());
    ip(one, "address add " + PRIMARY + "/24 dev eth0");
    ip(one, "address add " + SECONDARY + "/24 dev eth0");
    ip(other, "address add " + CLIENT + "/24 dev eth0");
    ip(one, "link set eth0 up");
    ip(other, "link set eth0 up");
    lab.await(
        "the wire between the two hosts is up",
        () -> one.owner().quiet().run("ip", "link", "show", "eth0").contains("state UP"));
    port = lab.freePort();
    Sock everywhere = one.owner().datagrams("echo", ANY, port);
    return askAndHear(other.owner().udp("open"), SECONDARY, everywhere);
  }

  private static void ip(PrivateNetwork host, String arguments) throws Exception {
    String command = "ip " + arguments;
    String said = host.owner().run(command.split(" "));
    if (!said.equals("0")) {
      throw new SkippedException(
          Bilingual.of(
              "two private networks cannot be joined: it needs root and virtual Ethernet (%s: %s)",
              command, said));
    }
  }

  /** A datagram there and back; returns the address that it came back from. */
  private String askAndHear(Sock client, String address, Sock server) throws Exception {
    client.sendTo("hello", address, port).must();
    echoBack(server);
    return sourceOfReply(client);
  }

  /** What every textbook echo does: back to where it came from, and no word on from where. */
  private static void echoBack(Sock server) throws Exception {
    Datagram request = receive(server);
    InetSocketAddress client = request.source();
    server.sendTo(request.text(), client.getAddress().getHostAddress(), client.getPort()).must();
  }

  private static String sourceOfReply(Sock client) throws Exception {
    return receive(client).source().getAddress().getHostAddress();
  }

  private static Datagram receive(Sock socket) throws Exception {
    return socket
        .receiveFrom(Sock.PATIENCE_MILLIS)
        .orElseThrow(() -> new FailedException(Bilingual.of("nothing came to %s", socket.label())));
  }
}
