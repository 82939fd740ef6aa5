package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_RECVERR;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.NetCounters;
import io.dualport.lab.process.Lab;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What does connect change about a UDP socket: what it hears, and what errors it is told? */
public final class E16ConnectedDatagrams implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CALLS = 3;

  private static final Prediction PINNED_LAST =
      Prediction.exactly(
          "connected-bound-last",
          "connected hears peer, open hears other",
          Bilingual.of(
              "The socket whose peer is the sender fits better than one without a peer; everybody"
                  + " else's datagrams go to the open one."),
          "compute_score in net/ipv4/udp.c (udp4_lib_lookup4 since Linux 6.13)");

  private static final Prediction PINNED_FIRST =
      Prediction.exactly(
          "connected-bound-first",
          "connected hears peer, open hears other",
          Bilingual.of(
              "Here the order of the binds does not matter, other than between equals (experiment"
                  + " 15)."),
          "compute_score in net/ipv4/udp.c");

  private static final Prediction STATES =
      Prediction.exactly(
          "states",
          "udp ESTABLISHED server, udp UNCONN server",
          Bilingual.of(
              "The table calls the connected one ESTABLISHED, although nothing was established: UDP"
                  + " only borrows two of TCP's numbers."),
          "__ip4_datagram_connect in net/ipv4/datagram.c; udp4_seq_show in net/ipv4/udp.c");

  private static final Prediction SILENT_CONNECT =
      Prediction.exactly(
          "connect-sends-nothing",
          "OK",
          Bilingual.of(
              "connect to a port where nobody is succeeds: it only notes the address and sends"
                  + " nothing."),
          "connect(2); udp(7)");

  private static final Prediction CONNECTED_HEARS =
      Prediction.exactly(
          "connected-is-told",
          "send OK, recv ECONNREFUSED, send OK, send ECONNREFUSED",
          Bilingual.of(
              "The closed port answers with ICMP port unreachable. A connected socket reports it at"
                  + " its next call, once; that call itself does not send."),
          "__udp4_lib_err in net/ipv4/udp.c; RFC 1122 section 4.1.3.3");

  private static final Prediction UNCONNECTED_DEAF =
      Prediction.exactly(
          "unconnected-is-not-told",
          "sendto OK, sendto OK, sendto OK, recv EAGAIN",
          Bilingual.of(
              "An unconnected one is not told, however often it sends. (udp(7) says errors are passed"
                  + " on \"even when the socket is not connected\"; that needs IP_RECVERR.)"),
          "__udp4_lib_err in net/ipv4/udp.c: without IP_RECVERR only in state ESTABLISHED");

  private static final Prediction RECVERR_HEARS =
      Prediction.exactly(
          "unconnected-with-recverr",
          "sendto closed OK, sendto open ECONNREFUSED",
          Bilingual.of(
              "With IP_RECVERR it is told as well: its next call fails, even if that goes to somebody"
                  + " who is there."),
          "ip(7) IP_RECVERR; __udp4_lib_err in net/ipv4/udp.c");

  private static final Prediction DEAF_TO_OTHERS =
      Prediction.exactly(
          "deaf-to-others",
          "connected EAGAIN, stranger ECONNREFUSED",
          Bilingual.of(
              "Alone on its port, a connected socket is no receiver for others: the kernel tells them"
                  + " that nobody is there."),
          "compute_score returns -1; __udp4_lib_rcv sends ICMP_PORT_UNREACH, net/ipv4/udp.c");

  private static final Prediction LEFTOVER =
      Prediction.exactly(
          "queued-before-connect",
          "early, hello, EAGAIN",
          Bilingual.of(
              "What came between bind and connect stays in the queue, from whomever; recv(2) does not"
                  + " even tell the source. What others send later is refused."),
          "__ip4_datagram_connect in net/ipv4/datagram.c does not empty the queue");

  @Override
  public Page page() {
    return new Page(
        "16",
        Bilingual.of("Connected and unconnected UDP on one port"),
        Bilingual.of(
            "UDP has no connections. What does connect do then, and what does a socket learn when"
                + " nobody is at the other end?"),
        "udp.port == PORT or icmp.type == 3",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "The five-tuple decides which socket receives what arrives."),
                Bilingual.of(
                    "For a connected UDP socket all five count; for an unconnected one only three:"
                        + " protocol, destination address and port.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of("A UDP sender never learns that nobody listens."),
                Bilingual.of(
                    "A connected one does, from ICMP, as ECONNREFUSED, unless a firewall swallows it.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "After connect, a UDP socket only returns datagrams of its peer."),
                Bilingual.of("Except those that were in its queue already."))),
        List.of(
            PINNED_LAST,
            STATES,
            PINNED_FIRST,
            DEAF_TO_OTHERS,
            LEFTOVER,
            SILENT_CONNECT,
            CONNECTED_HEARS,
            UNCONNECTED_DEAF,
            RECVERR_HEARS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part(
        "Two sockets on one port: open first, then connected",
        () -> {
          Pair pair = new Pair(lab, server, client, true);
          lab.show(server, "The kernel's table", pair.port);
          notes.check(PINNED_LAST, pair.whoHearsWhom());
          notes.check(STATES, sorted(lab.summary(server, pair.port)));
        });
    notes.part(
        "The other way round",
        () -> notes.check(PINNED_FIRST, new Pair(lab, server, client, false).whoHearsWhom()));
    notes.part(
        "A connected socket alone on its port",
        () -> alone(lab, notes, server, client));
    notes.part(
        "Between bind and connect", () -> early(lab, notes, server, client));
    notes.part(
        "Nobody at the other end: the connected sender",
        () -> refused(lab, notes, client));
    notes.part(
        "Nobody at the other end: the unconnected sender",
        () -> unheard(lab, notes, client));
  }

  /** Two sockets of the server on one port, and two of the client that send to it. */
  private static final class Pair {
    private final int port;
    private final Sock peer;
    private final Sock other;
    private final Sock connected;
    private Sock open;

    Pair(Lab lab, Program server, Program client, boolean openFirst) throws Exception {
      port = lab.freePort();
      int peerPort = lab.freePort();
      peer = client.datagrams("peer", LOOPBACK, peerPort);
      other = client.datagrams("other", LOOPBACK, lab.freePort());
      if (openFirst) {
        open = server.datagrams("open", LOOPBACK, port, SO_REUSEADDR);
      }
      connected = server.datagrams("connected", LOOPBACK, port, SO_REUSEADDR);
      connected.connect(LOOPBACK, peerPort).must();
      if (!openFirst) {
        open = server.datagrams("open", LOOPBACK, port, SO_REUSEADDR);
      }
    }

    String whoHearsWhom() throws Exception {
      for (Sock sender : List.of(peer, other)) {
        sender.sendTo(sender.label(), LOOPBACK, port).must();
      }
      return "connected hears "
          + result(connected.receive(Sock.PATIENCE_MILLIS))
          + ", open hears "
          + result(open.receive(Sock.PATIENCE_MILLIS));
    }
  }

  private static void alone(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock connected = server.datagrams("connected", LOOPBACK, port);
    connected.connect(LOOPBACK, lab.freePort()).must();
    // Connected as well, so that it is told what becomes of its datagram.
    Sock stranger = client.udp("stranger");
    stranger.connect(LOOPBACK, port).must();
    stranger.send("hello").must();
    String told = stranger.receive(Sock.PATIENCE_MILLIS).word();
    notes.check(DEAF_TO_OTHERS, "connected " + connected.receive(0) + ", stranger " + told);
  }

  private static void early(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    if (!Lab.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java's own DatagramChannel.connect empties the queue; the kernel's needs our native"
                  + " library"));
    }
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
    List<String> read = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      read.add(result(pinned.receive(Sock.PATIENCE_MILLIS)));
    }
    read.add(pinned.receive(0).word());
    notes.check(LEFTOVER, String.join(", ", read));
    notes.say(
        "The cure: after connect, read with recvfrom and drop what is not the peer's, until the"
            + " queue was empty once. (Java's DatagramChannel.connect empties it by itself.)");
  }

  private static void refused(Lab lab, Notebook notes, Program client) throws Exception {
    int closed = lab.freePort();
    Sock sender = client.udp("sender");
    notes.check(SILENT_CONNECT, sender.connect(LOOPBACK, closed));
    List<String> results = new ArrayList<>();
    results.add("send " + sender.send("one"));
    results.add("recv " + sender.receive(Sock.PATIENCE_MILLIS));
    results.add("send " + answered(lab, client, () -> sender.send("two")));
    results.add("send " + sender.send("three"));
    notes.check(CONNECTED_HEARS, String.join(", ", results));
  }

  private static void unheard(Lab lab, Notebook notes, Program client) throws Exception {
    int closed = lab.freePort();
    Sock sender = client.datagrams("sender", LOOPBACK, lab.freePort());
    List<String> results = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      results.add(
          "sendto " + answered(lab, client, () -> sender.sendTo("hello", LOOPBACK, closed)));
    }
    results.add("recv " + sender.receive(0));
    notes.check(UNCONNECTED_DEAF, String.join(", ", results));

    int open = lab.freePort();
    client.datagrams("open", LOOPBACK, open);
    sender.set(IP_RECVERR, 1).must();
    String first =
        "sendto closed " + answered(lab, client, () -> sender.sendTo("hello", LOOPBACK, closed));
    notes.check(RECVERR_HEARS, first + ", sendto open " + sender.sendTo("hello", LOOPBACK, open));
  }

  /** A call that sends one datagram. */
  private interface Sending {
    Outcome send() throws Exception;
  }

  /** Sends, and waits until the ICMP answer has arrived; it is not read by that. */
  private static Outcome answered(Lab lab, Program program, Sending sending) throws Exception {
    long before = unreachables(program);
    Outcome sent = sending.send();
    lab.await(
        "the ICMP port unreachable has arrived",
        () -> unreachables(program) > before);
    return sent;
  }

  private static long unreachables(Program program) throws SkippedException {
    return NetCounters.read(program.procNet())
        .map(counters -> counters.value("Icmp.InDestUnreachs"))
        .orElseThrow(
            () ->
                new SkippedException(
                    Bilingual.of(
                        "the arrival of ICMP cannot be seen here: it needs Linux and /proc/net/snmp")))
        .orElse(0);
  }

  /** The same words in an order that does not depend on the kernel's hash chains. */
  private static String sorted(String summary) {
    return Arrays.stream(summary.split(", ")).sorted().collect(Collectors.joining(", "));
  }

  /** What was received, or the error. */
  private static String result(Outcome received) {
    return received.isOk() ? received.value() : received.word();
  }
}
