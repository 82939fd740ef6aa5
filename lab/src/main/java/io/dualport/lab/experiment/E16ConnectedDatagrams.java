package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_RECVERR;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What does connect change about a UDP socket: what it hears, and what errors it is told? Longer
 * than others, as either half is shown with and without connect.
 */
public final class E16ConnectedDatagrams implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  /** The port that two sockets of the server share. */
  private int port;

  private int peerPort;
  private Sock peer;
  private Sock other;
  private Sock open;
  private Sock connected;

  /** A port where nobody is, and who sends to it. */
  private int closed;

  private Sock sender;

  @Override
  public Script script() {
    return Script.of("16", "Connected and unconnected UDP on one port")
        .question(
            "UDP has no connections. What does connect do then, and what does a socket learn when"
                + " nobody is at the other end?")
        .filter("udp.port == PORT or icmp.type == 3")
        .part("Two sockets on one port: open first, then connected")
        .act(this::bindTwoSenders)
        .act(this::bindOpen)
        .act(this::bindConnected)
        .act(lab -> lab.show(lab.program("server"), "The kernel's table", port))
        .expect(
            "connected-bound-last",
            "connected hears peer, open hears other",
            "The socket whose peer is the sender fits better than one without a peer; everybody"
                + " else's datagrams go to the open one.",
            "compute_score in net/ipv4/udp.c (udp4_lib_lookup4 since Linux 6.13)",
            lab -> whoHearsWhom())
        .expect(
            "states",
            "udp ESTABLISHED server, udp UNCONN server",
            "The table calls the connected one ESTABLISHED, although nothing was established: UDP"
                + " only borrows two of TCP's numbers.",
            "__ip4_datagram_connect in net/ipv4/datagram.c; udp4_seq_show in net/ipv4/udp.c",
            lab -> sorted(lab.summary(lab.program("server"), port)))
        .part("The other way round")
        .act(this::bindTwoSenders)
        .act(this::bindConnected)
        .act(this::bindOpen)
        .expect(
            "connected-bound-first",
            "connected hears peer, open hears other",
            "Here the order of the binds does not matter, other than between equals (experiment"
                + " 15).",
            "compute_score in net/ipv4/udp.c",
            lab -> whoHearsWhom())
        .part("A connected socket alone on its port")
        .expect(
            "deaf-to-others",
            "connected EAGAIN, stranger ECONNREFUSED",
            "Alone on its port, a connected socket is no receiver for others: the kernel tells them"
                + " that nobody is there.",
            "compute_score returns -1; __udp4_lib_rcv sends ICMP_PORT_UNREACH, net/ipv4/udp.c",
            E16ConnectedDatagrams::strangerSends)
        .part("Between bind and connect")
        .expect(
            "queued-before-connect",
            "early, hello, EAGAIN",
            "What came between bind and connect stays in the queue, from whomever; recv(2) does not"
                + " even tell the source. What others send later is refused.",
            "__ip4_datagram_connect in net/ipv4/datagram.c does not empty the queue",
            E16ConnectedDatagrams::strangerSendsBeforeConnect)
        .say(
            "The cure: after connect, read with recvfrom and drop what is not the peer's, until the"
                + " queue was empty once. (Java's DatagramChannel.connect empties it by itself.)")
        .part("Nobody at the other end: the connected sender")
        .expect(
            "connect-sends-nothing",
            OK,
            "connect to a port where nobody is succeeds: it only notes the address and sends"
                + " nothing.",
            "connect(2); udp(7)",
            lab -> {
              closed = lab.freePort();
              sender = lab.program("client").udp("sender");
              return sender.connect(LOOPBACK, closed);
            })
        .expect(
            "connected-is-told",
            "send OK, recv ECONNREFUSED, send OK, send ECONNREFUSED",
            "The closed port answers with ICMP port unreachable. A connected socket reports it at"
                + " its next call, once; that call itself does not send.",
            "__udp4_lib_err in net/ipv4/udp.c; RFC 1122 section 4.1.3.3",
            lab ->
                ("send " + sender.send("one"))
                    + (", recv " + sender.receive(Sock.PATIENCE_MILLIS))
                    + (", send " + unreachable(lab, () -> sender.send("two")))
                    + (", send " + sender.send("three")))
        .part("Nobody at the other end: the unconnected sender")
        .expect(
            "unconnected-is-not-told",
            "sendto OK, sendto OK, sendto OK, recv EAGAIN",
            "An unconnected one is not told, however often it sends. (udp(7) says errors are passed"
                + " on \"even when the socket is not connected\"; that needs IP_RECVERR.)",
            "__udp4_lib_err in net/ipv4/udp.c: without IP_RECVERR only in state ESTABLISHED",
            lab -> {
              closed = lab.freePort();
              sender = lab.program("client").datagrams("sender", LOOPBACK, lab.freePort());
              return ("sendto " + sendToClosed(lab))
                  + (", sendto " + sendToClosed(lab))
                  + (", sendto " + sendToClosed(lab))
                  + (", recv " + sender.receive(0));
            })
        .expect(
            "unconnected-with-recverr",
            "sendto closed OK, sendto open ECONNREFUSED",
            "With IP_RECVERR it is told as well: its next call fails, even if that goes to somebody"
                + " who is there.",
            "ip(7) IP_RECVERR; __udp4_lib_err in net/ipv4/udp.c",
            lab -> {
              int openPort = lab.freePort();
              lab.program("client").datagrams("open", LOOPBACK, openPort);
              sender.set(IP_RECVERR, 1).must();
              return ("sendto closed " + sendToClosed(lab))
                  + (", sendto open " + sender.sendTo("hello", LOOPBACK, openPort));
            })
        .answer(
            "connect sends nothing: it notes the peer, and from then on the socket hears only that"
                + " peer, beside what was queued before, and is told ECONNREFUSED where nobody is"
                + " at the other end; an unconnected socket is told so only with IP_RECVERR.")
        .refines(
            TWO_PROCESSES,
            "The five-tuple decides which socket receives what arrives.",
            "For a connected UDP socket all five count; for an unconnected one only three:"
                + " protocol, destination address and port.")
        .corrects(
            COMMON_BELIEF,
            "A UDP sender never learns that nobody listens.",
            "A connected one does, from ICMP, as ECONNREFUSED, unless a firewall swallows it.")
        .corrects(
            COMMON_BELIEF,
            "After connect, a UDP socket only returns datagrams of its peer.",
            "Except those that were in its queue already.");
  }

  /** Two sockets of the client: one will be the peer of a socket of the server. */
  private void bindTwoSenders(Lab lab) throws Exception {
    port = lab.freePort();
    peerPort = lab.freePort();
    peer = lab.program("client").datagrams("peer", LOOPBACK, peerPort);
    other = lab.program("client").datagrams("other", LOOPBACK, lab.freePort());
  }

  private void bindOpen(Lab lab) throws Exception {
    open = lab.program("server").datagrams("open", LOOPBACK, port, SO_REUSEADDR);
  }

  private void bindConnected(Lab lab) throws Exception {
    connected = lab.program("server").datagrams("connected", LOOPBACK, port, SO_REUSEADDR);
    connected.connect(LOOPBACK, peerPort).must();
  }

  private String whoHearsWhom() throws Exception {
    for (Sock one : List.of(peer, other)) {
      one.sendTo(one.label(), LOOPBACK, port).must();
    }
    return "connected hears " + received(connected) + ", open hears " + received(open);
  }

  private static String strangerSends(Lab lab) throws Exception {
    int port = lab.freePort();
    Sock connected = lab.program("server").datagrams("connected", LOOPBACK, port);
    connected.connect(LOOPBACK, lab.freePort()).must();
    // Connected as well, so that it is told what becomes of its datagram.
    Sock stranger = lab.program("client").udp("stranger");
    stranger.connect(LOOPBACK, port).must();
    stranger.send("hello").must();
    Outcome told = stranger.receive(Sock.PATIENCE_MILLIS);
    return "connected " + connected.receive(0) + ", stranger " + told;
  }

  private static String strangerSendsBeforeConnect(Lab lab) throws Exception {
    if (!Needs.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java's own DatagramChannel.connect empties the queue; the kernel's needs our native"
                  + " library"));
    }
    Program server = lab.program("server");
    Program client = lab.program("client");
    int port = lab.freePort();
    int peerPort = lab.freePort();
    Sock stranger = client.datagrams("stranger", LOOPBACK, lab.freePort());
    Sock peer = client.datagrams("peer", LOOPBACK, peerPort);
    Sock pinned = server.datagrams("pinned", LOOPBACK, port);
    stranger.sendTo("early", LOOPBACK, port).must();
    lab.await(
        "the datagram is queued",
        () -> lab.rows(server, port).stream().anyMatch(row -> row.receiveQueueBytes() > 0));
    pinned.connect(LOOPBACK, peerPort).must();
    stranger.sendTo("late", LOOPBACK, port).must();
    peer.sendTo("hello", LOOPBACK, port).must();
    return received(pinned) + ", " + received(pinned) + ", " + pinned.receive(0);
  }

  /** What was received, or the error. */
  private static String received(Sock socket) throws Exception {
    Outcome received = socket.receive(Sock.PATIENCE_MILLIS);
    return received.isOk() ? received.value() : received.word();
  }

  private Outcome sendToClosed(Lab lab) throws Exception {
    return unreachable(lab, () -> sender.sendTo("hello", LOOPBACK, closed));
  }

  /** A call that sends one datagram. */
  private interface Sending {
    Outcome send() throws Exception;
  }

  /** Sends, and waits until the ICMP answer has arrived; it is not read by that. */
  private static Outcome unreachable(Lab lab, Sending sending) throws Exception {
    long before = arrived(lab);
    Outcome sent = sending.send();
    lab.await("the ICMP port unreachable has arrived", () -> arrived(lab) > before);
    return sent;
  }

  private static long arrived(Lab lab) throws Exception {
    return lab.program("client").counters().value("Icmp.InDestUnreachs").orElse(0);
  }

  /** The same words in an order that does not depend on the kernel's hash chains. */
  private static String sorted(String summary) {
    return Arrays.stream(summary.split(", ")).sorted().collect(Collectors.joining(", "));
  }
}
