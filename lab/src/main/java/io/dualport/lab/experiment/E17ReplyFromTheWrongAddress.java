package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_RECVERR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.LocalAddresses;
import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which address does a UDP server with several answer from, and who hears that? */
public final class E17ReplyFromTheWrongAddress implements Experiment {
  private static final String ANY = "0.0.0.0";
  private static final String FIRST = "127.0.0.1";
  private static final String DIALLED = "127.0.0.2";
  private static final String ALSO_DIALLED = "127.0.0.3";

  /** The two hosts of the private network (RFC 5737 keeps the prefix for documentation). */
  private static final String PRIMARY = "192.0.2.1";

  private static final String SECONDARY = "192.0.2.2";
  private static final String CLIENT = "192.0.2.9";

  private static final String BY_ROUTE =
      "ip_route_output_key_hash_rcu in net/ipv4/route.c; ip(7) IP_PKTINFO";

  private static final Prediction WRONG_SOURCE =
      Prediction.exactly(
          "wildcard-replies-from",
          FIRST,
          Bilingual.of(
              "A wildcard socket has no address to send from. The kernel takes the preferred source"
                  + " of the route back to the client, whatever address was dialled."),
          BY_ROUTE);

  private static final Prediction SERVER_HEARS =
      Prediction.exactly(
          "server-hears",
          "ECONNREFUSED",
          Bilingual.of(
              "A connected client's socket matches its peer's address only. The reply comes from"
                  + " another one, finds no socket, and goes back as ICMP port unreachable."),
          "compute_score and __udp4_lib_rcv in net/ipv4/udp.c; ip(7) IP_RECVERR");

  private static final Prediction CONNECTED_HEARS =
      Prediction.exactly(
          "connected-client-hears",
          "EAGAIN",
          Bilingual.of("So the client hears nothing at all, not even an error."),
          "udp(7); connect(2)");

  private static final Prediction BOUND_SOCKETS =
      Prediction.exactly(
          "bound-sockets-reply-from",
          FIRST + ", " + DIALLED,
          Bilingual.of(
              "A socket that is bound to the dialled address can answer from nowhere else."),
          "udp_sendmsg in net/ipv4/udp.c takes inet_saddr; bind(2)");

  private static final Prediction DUALPORT =
      Prediction.exactly(
          "dualport-replies-from",
          DIALLED + ", " + ALSO_DIALLED,
          Bilingual.of(
              "Dualport's server on the wildcard answers from the dialled address: it asks the"
                  + " kernel for that (IP_RECVORIGDSTADDR) and opens a socket there."),
          "RFC 1122 section 4.1.3.5; ip(7) IP_RECVORIGDSTADDR");

  private static final Prediction TCP_LOCAL =
      Prediction.exactly(
          "tcp-accepted-at",
          DIALLED,
          Bilingual.of(
              "TCP cannot go wrong: the accepted socket takes the SYN's destination as its own"
                  + " address."),
          "RFC 9293 section 3.10.7.2; tcp_v4_init_req in net/ipv4/tcp_ipv4.c");

  private static final Prediction TWO_HOSTS =
      Prediction.exactly(
          "two-hosts-reply-from",
          PRIMARY,
          Bilingual.of(
              "Between two hosts it is the same: the interface's primary address answers for the"
                  + " secondary one."),
          "fib_result_prefsrc in net/ipv4/fib_semantics.c; ip-address(8) secondary");

  @Override
  public Page page() {
    return new Page(
        "17",
        Bilingual.of("A UDP reply from the wrong address"),
        Bilingual.of(
            "A UDP server is bound to 0.0.0.0 on a machine with several addresses. Which of them does"
                + " it answer from, why do some clients hear nothing, and what is the cure?"),
        "udp.port == PORT or icmp.type == 3 or tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "Both ends' messages carry the five-tuple, and it tells who receives them."),
                Bilingual.of(
                    "That is how the kernel delivers. But nothing makes a UDP reply the mirror of its"
                        + " request: from a wildcard socket its source may differ, and then it belongs"
                        + " to no five-tuple that anybody waits for.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "A server that binds 0.0.0.0 serves all addresses of the machine."),
                Bilingual.of(
                    "With TCP, yes. With UDP it receives on all of them and answers from one."))),
        List.of(
            WRONG_SOURCE,
            SERVER_HEARS,
            CONNECTED_HEARS,
            BOUND_SOCKETS,
            DUALPORT,
            TCP_LOCAL,
            TWO_HOSTS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part(
        "An echo on 0.0.0.0, and a client that takes datagrams from anybody",
        () -> unconnected(lab, notes, server, client));
    notes.part(
        "The same, and a connected client",
        () -> connected(lab, notes, server, client));
    notes.part(
        "Cure 1: a socket for each address",
        () -> socketForEachAddress(lab, notes, server, client));
    notes.part(
        "How Dualport's server does it for every address",
        () -> dualport(lab, notes, client));
    notes.part(
        "Cure 2: IP_PKTINFO, which is not to be had in Java",
        () ->
            notes.say(
                "With IP_PKTINFO (ip(7)) one socket is enough: recvmsg says which address was"
                    + " dialled, and sendmsg says which one to answer from, both in ancillary data."
                    + " Programs in C do so. Neither Java's channels nor Netty can send ancillary data to choose a source, so there is nothing here to run; that is why Dualport takes cure 1."));
    notes.part("TCP on 0.0.0.0", () -> tcp(lab, notes, server, client));
    notes.part(
        "Two hosts, one of them with two addresses", () -> twoHosts(lab, notes));
  }

  /**
   * 127.0.0.2, or the next where an interface carries it, as a local DNS may ask for: the route
   * back to an address that an interface carries prefers that address, and nothing goes wrong.
   */
  private static String addressOfNoInterface(Notebook notes) throws Exception {
    Set<InetAddress> carried = LocalAddresses.read().unicast();
    for (int last = 2; last < 255; last++) {
      String address = "127.0.0." + last;
      if (!carried.contains(InetAddress.getByName(address))) {
        if (!address.equals(DIALLED)) {
          notes.say(
              "%s is the address of an interface here, and would answer for itself; %s is not.", DIALLED, address);
        }
        return address;
      }
    }
    throw new SkippedException(
        Bilingual.of(
            "interfaces carry every address from 127.0.0.2 to 127.0.0.254"));
  }

  private static void unconnected(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    String dialled = addressOfNoInterface(notes);
    Sock echo = server.datagrams("echo", ANY, port);
    Sock open = client.udp("open");
    open.sendTo("hello", dialled, port).must();
    answer(echo);
    String source = replySource(open);
    notes.check(WRONG_SOURCE, source);
    notes.say(
        "It asked %s and is answered by %s. A careful client drops this; so does a NAT or a"
            + " firewall on the way, which expects the dialled address.", dialled, source);
  }

  private static void connected(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    String dialled = addressOfNoInterface(notes);
    Sock echo = server.datagrams("echo", ANY, port);
    notes.say(
        "IP_RECVERR lets the echo hear what becomes of its replies; without it an unconnected"
            + " socket is told nothing.");
    echo.set(IP_RECVERR, 1).must();
    Sock connected = client.udp("connected");
    connected.connect(dialled, port).must();
    connected.send("hello").must();
    lab.show(
        client,
        "The client's socket has a peer, and takes datagrams from nobody else",
        port);
    answer(echo);
    notes.check(SERVER_HEARS, echo.receive(Sock.PATIENCE_MILLIS));
    notes.check(CONNECTED_HEARS, connected.receive(0));
  }

  private static void socketForEachAddress(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    List<String> sources = new ArrayList<>();
    Sock open = client.udp("open");
    for (String address : List.of(FIRST, DIALLED)) {
      Sock bound = server.datagrams("echo-" + address, address, port);
      open.sendTo("hello", address, port).must();
      answer(bound);
      sources.add(replySource(open));
    }
    lab.show(server, "The kernel's table", port);
    notes.check(BOUND_SOCKETS, String.join(", ", sources));
  }

  private static void dualport(Lab lab, Notebook notes, Program client) throws Exception {
    if (!Lab.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "without Linux's native library the server cannot learn that 127.0.0.2 was dialled, and"
                  + " no interface carries that address"));
    }
    EchoServer dualport =
        EchoServer.dualport(
            lab, "dualport", Map.of(), "--port", String.valueOf(lab.freePort()), "--host", ANY);
    if (!dualport.transport().startsWith("epoll")) {
      throw new SkippedException(
          Bilingual.of(
              "Dualport learns the dialled address with the epoll transport only: it needs Linux and"
                  + " its native library"));
    }
    List<String> sources = new ArrayList<>();
    for (String address : List.of(DIALLED, ALSO_DIALLED)) {
      Sock connected = client.udp("connected");
      connected.connect(address, dualport.port()).must();
      connected.send("hello").must();
      sources.add(replySource(connected));
    }
    notes.observe(
        "One socket holds the port everywhere, one more for each dialled address answers",
        lab.table(
            lab.rows(client, dualport.port()).stream()
                .filter(row -> row.local().getPort() == dualport.port())
                .filter(row -> isShown(row.local().getAddress().getHostAddress()))
                .toList()));
    notes.check(DUALPORT, String.join(", ", sources));
    dualport.stop();
  }

  /** The addresses of this machine's interfaces have sockets too; the page does not need them. */
  private static boolean isShown(String address) {
    return address.equals(ANY) || address.startsWith("127.");
  }

  private static void tcp(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock listener = server.listener("listener", ANY, port);
    client.dial("stream", DIALLED, port);
    Sock accepted = listener.accept("accepted");
    notes.check(TCP_LOCAL, accepted.local().getAddress().getHostAddress());
  }

  private static void twoHosts(Lab lab, Notebook notes) throws Exception {
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
    int port = lab.freePort();
    Sock echo = one.owner().datagrams("echo", ANY, port);
    Sock open = other.owner().udp("open");
    open.sendTo("hello", SECONDARY, port).must();
    answer(echo);
    notes.check(TWO_HOSTS, replySource(open));
  }

  private static void ip(PrivateNetwork host, String arguments) throws Exception {
    String[] words = ("ip " + arguments).split(" ");
    String said = host.owner().run(words);
    if (!said.equals("0")) {
      throw new SkippedException(
          Bilingual.of(
              "two private networks cannot be joined: it needs root and virtual Ethernet (%s: %s)", String.join(" ", words), said));
    }
  }

  /** What every textbook echo does: back to where it came from, and no word on from where. */
  private static void answer(Sock echo) throws Exception {
    Datagram request = receive(echo);
    echo.sendTo(
            request.text(),
            request.source().getAddress().getHostAddress(),
            request.source().getPort())
        .must();
  }

  private static String replySource(Sock client) throws Exception {
    return receive(client).source().getAddress().getHostAddress();
  }

  private static Datagram receive(Sock socket) throws Exception {
    return socket
        .receiveFrom(Sock.PATIENCE_MILLIS)
        .orElseThrow(
            () ->
                new FailedException(
                    Bilingual.of("nothing came to %s", socket.label())));
  }
}
