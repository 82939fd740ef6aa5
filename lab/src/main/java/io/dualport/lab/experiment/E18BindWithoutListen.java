package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_RCVBUF;
import static io.dualport.lab.socket.Option.TCP_DEFER_ACCEPT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.NetCounters;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Reply;
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
import java.util.Optional;
import java.util.stream.IntStream;

/** UDP has bind and no listen: what happens on either protocol while nobody takes what comes? */
public final class E18BindWithoutListen implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ASKED_BUFFER = 4096;
  private static final int SENT = 64;
  private static final int PAYLOAD = 200;
  private static final int BACKLOG = 2;

  /** Handshakes on loopback end within the connect; longer only means that none is coming. */
  private static final int SHORT_PATIENCE_MILLIS = 200;

  private static final int MANY = 100;
  private static final int ATTEMPTS = 10;
  private static final int DEFER_SECONDS = 30;

  private static final Prediction NO_LISTEN =
      Prediction.exactly(
          "udp-listen",
          "EOPNOTSUPP",
          Bilingual.of("UDP has no listen."),
          "listen(2) EOPNOTSUPP; sock_no_listen in inet_dgram_ops, net/ipv4/af_inet.c");

  private static final Prediction FROM_BIND_ON =
      Prediction.exactly(
          "udp-queued-from-bind-on",
          "early",
          Bilingual.of(
              "It needs none: from bind on, datagrams are queued, whether anybody reads or not."),
          "udp_queue_rcv_skb in net/ipv4/udp.c; bind(2)");

  private static final Prediction DOUBLED =
      Prediction.exactly(
          "rcvbuf-doubled",
          2 * ASKED_BUFFER,
          Bilingual.of(
              "The kernel doubles SO_RCVBUF, to allow for what a datagram costs beside its bytes."),
          "socket(7) SO_RCVBUF");

  private static final Prediction ALL_SENT =
      Prediction.exactly(
          "udp-sender-is-not-told",
          SENT + " of " + SENT + " OK",
          Bilingual.of(
              "sendto always succeeds: nothing tells the sender that a receive buffer is full."),
          "RFC 768 and udp(7) know no flow control");

  private static final Prediction DROPPED =
      Prediction.between(
          "udp-drops",
          1,
          SENT - 1,
          Bilingual.of(
              "What finds no room is thrown away, and counted in the socket's drops column."),
          "__udp_enqueue_schedule_skb in net/ipv4/udp.c; proc_pid_net(5) /proc/net/udp");

  private static final Prediction ACCOUNT =
      Prediction.exactly(
          "udp-account",
          SENT + " sent, " + SENT + " read or dropped",
          Bilingual.of(
              "The count is exact: read and dropped make up what was sent."),
          "udp4_seq_show in net/ipv4/udp.c");

  private static final Prediction OLDEST_KEPT =
      Prediction.exactly(
          "udp-oldest-kept",
          "the first, in order, none missing between",
          Bilingual.of(
              "The oldest stay and the newest are lost; a slow reader reads stale news."),
          "__udp_enqueue_schedule_skb in net/ipv4/udp.c");

  private static final Prediction UNACCEPTED =
      Prediction.exactly(
          "tcp-established-without-accept",
          "client ESTABLISHED x3, accepted 0",
          Bilingual.of(
              "TCP: the kernel completes handshakes by itself. Clients are connected, and may send,"
                  + " before anybody accepts."),
          "listen(2); accept(2); tcp_v4_syn_recv_sock in net/ipv4/tcp_ipv4.c");

  private static final Prediction QUEUE_LENGTH =
      Prediction.exactly(
          "tcp-accept-queue",
          BACKLOG + 1,
          Bilingual.of(
              "The queue holds one more than the backlog of 2; the table shows it as recv-q of LISTEN."),
          "sk_acceptq_is_full in include/net/sock.h compares with >; "
              + "get_tcp4_sock in net/ipv4/tcp_ipv4.c");

  private static final Prediction NEXT_WAITS =
      Prediction.exactly(
          "tcp-next-waits",
          "EINPROGRESS, SYN_SENT",
          Bilingual.of(
              "The next SYN is dropped without an answer: the client waits, neither connected nor"
                  + " refused."),
          "sk_acceptq_is_full in tcp_conn_request, net/ipv4/tcp_input.c");

  private static final Prediction DATA_KEPT =
      Prediction.exactly(
          "tcp-data-before-accept",
          "hello 1",
          Bilingual.of(
              "What a client sent before its accept is kept for the one who accepts."),
          "tcp_rcv_established in net/ipv4/tcp_input.c; accept(2)");

  private static final Prediction GETS_IN =
      Prediction.exactly(
          "tcp-gets-in-later",
          "ESTABLISHED",
          Bilingual.of(
              "One accept makes room, and the waiting client's next SYN, a second later, gets in."),
          "RFC 6298 section 2; TCP_TIMEOUT_INIT in include/net/tcp.h");

  private static final Prediction COUNTED =
      Prediction.exactly(
          "udp-counted-in-the-network",
          "Udp.RcvbufErrors = drops",
          Bilingual.of(
              "The whole network's counter agrees with the socket's own."),
          "UDP_MIB_RCVBUFERRORS in net/ipv4/udp.c; snmp_seq_show in net/ipv4/proc.c");

  private static final Prediction SOMAXCONN =
      Prediction.exactly(
          "somaxconn-caps",
          2,
          Bilingual.of(
              "net.core.somaxconn=1 caps listen(100), without an error: two get in."),
          "listen(2); __sys_listen_socket in net/socket.c");

  private static final Prediction OVERFLOWS =
      Prediction.between(
          "listen-overflows",
          1,
          ATTEMPTS,
          Bilingual.of(
              "Each dropped SYN is counted in TcpExt.ListenOverflows."),
          "LINUX_MIB_LISTENOVERFLOWS in net/ipv4/tcp_input.c");

  private static final Prediction ABORT_SYN =
      Prediction.exactly(
          "abort-on-overflow-syn",
          "EINPROGRESS",
          Bilingual.of(
              "tcp_abort_on_overflow=1 does not change that: a SYN is dropped all the same."),
          "tcp_conn_request in net/ipv4/tcp_input.c");

  private static final Prediction OVERFLOW_SILENT =
      Prediction.exactly(
          "late-overflow-silent",
          "connect OK, send OK, recv EAGAIN",
          Bilingual.of(
              "If the queue fills up while a handshake is under way, its last packet is dropped: the"
                  + " client believes it is connected, the server does not."),
          "listen_overflow in tcp_check_req, net/ipv4/tcp_minisocks.c");

  private static final Prediction OVERFLOW_RESET =
      Prediction.exactly(
          "late-overflow-reset",
          "connect OK, send OK, recv ECONNRESET",
          Bilingual.of(
              "Only here tcp_abort_on_overflow=1 has a say: it answers with RST."),
          "listen_overflow in tcp_check_req; tcp(7) /proc interfaces, tcp_abort_on_overflow");

  @Override
  public Page page() {
    return new Page(
        "18",
        Bilingual.of(
            "bind without listen, and what waits when nobody takes it"),
        Bilingual.of(
            "Is a UDP socket \"listening\"? And what do UDP and TCP do with what comes while the"
                + " server is busy?"),
        "udp.port == PORT or tcp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                CONFIRMS,
                Bilingual.of(
                    "Listening exists only in TCP; a UDP server only binds."),
                Bilingual.of(
                    "listen on a UDP socket is EOPNOTSUPP, and it hears from its bind on.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "A client whose connect returned was accepted."),
                Bilingual.of(
                    "It was put into the accept queue by the kernel; the server may never call accept.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "When the backlog is full, connections are refused."),
                Bilingual.of(
                    "Their SYN is dropped and they try again; by default only a port where nobody listens refuses.")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Bilingual.of("listen(n) lets n connections wait."),
                Bilingual.of(
                    "n + 1 on Linux, and never more than net.core.somaxconn + 1."))),
        List.of(
            NO_LISTEN,
            FROM_BIND_ON,
            DOUBLED,
            ALL_SENT,
            DROPPED,
            ACCOUNT,
            OLDEST_KEPT,
            UNACCEPTED,
            QUEUE_LENGTH,
            NEXT_WAITS,
            DATA_KEPT,
            GETS_IN,
            COUNTED,
            OVERFLOW_SILENT,
            OVERFLOW_RESET,
            SOMAXCONN,
            ABORT_SYN,
            OVERFLOWS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part("UDP does not listen", () -> bindOnly(lab, notes, server, client));
    notes.part("UDP, and nobody reads", () -> fullSocket(lab, notes, server, client));
    notes.part(
        "TCP, and nobody accepts", () -> backlog(lab, notes, server, client));
    notes.part(
        "In a private network: counters and sysctls",
        () -> {
          Program own = lab.privateNetwork().owner();
          counters(lab, notes, own);
          lateOverflow(lab, notes, own);
          somaxconn(lab, notes, own);
        });
  }

  private static void bindOnly(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock datagrams = server.datagrams("datagrams", LOOPBACK, port);
    notes.check(NO_LISTEN, datagrams.listen(BACKLOG));
    client.udp("sender").sendTo("early", LOOPBACK, port).must();
    notes.check(FROM_BIND_ON, datagrams.receive(Sock.PATIENCE_MILLIS).value());
  }

  private static void fullSocket(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock full = server.datagrams("full", LOOPBACK, port);
    full.set(SO_RCVBUF, ASKED_BUFFER).must();
    if (Lab.isNative()) { // Java halves what it is told, as if nothing had been doubled.
      notes.check(DOUBLED, full.get(SO_RCVBUF).value());
    }
    notes.check(ALL_SENT, flood(notes, client, port) + " of " + SENT + " OK");
    lab.show(server, "The queue, in bytes of kernel memory", port);
    List<Integer> read = drained(lab, server, full, port);
    long drops = drops(lab, server, port);
    notes.observe("Where they went", whereabouts(read.size(), drops));
    notes.check(DROPPED, drops);
    notes.check(ACCOUNT, SENT + " sent, " + (read.size() + drops) + " read or dropped");
    notes.check(
        OLDEST_KEPT,
        read.equals(IntStream.range(0, read.size()).boxed().toList())
            ? "the first, in order, none missing between"
            : read);
  }

  /** Sends numbered datagrams; returns how many calls succeeded. */
  private static int flood(Notebook notes, Program program, int port) throws Exception {
    Sock sender = program.quiet().udp("sender");
    int succeeded = 0;
    for (int i = 0; i < SENT; i++) {
      byte[] numbered = new byte[PAYLOAD];
      numbered[0] = (byte) i;
      succeeded += sender.sendTo(numbered, LOOPBACK, port).isOk() ? 1 : 0;
    }
    notes.say(
        "%s sends %d numbered datagrams of %d bytes, one after the other.", program, SENT, PAYLOAD);
    return succeeded;
  }

  /** The numbers of the datagrams that are in the queue, once all are there or dropped. */
  private static List<Integer> drained(Lab lab, Program program, Sock socket, int port)
      throws Exception {
    Sock quiet = new Sock(program.quiet(), socket.label(), socket.descriptor());
    List<Integer> numbers = new ArrayList<>();
    lab.await(
        "every datagram is read or dropped",
        () -> {
          Optional<Datagram> next = quiet.receiveFrom(0);
          while (next.isPresent()) {
            numbers.add((int) next.get().bytes()[0]);
            next = quiet.receiveFrom(0);
          }
          return numbers.size() + drops(lab, program, port) >= SENT;
        });
    return numbers;
  }

  private static long drops(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream().mapToLong(SocketRow::drops).sum();
  }

  private static Table whereabouts(int read, long drops) {
    return Table.titled("")
        .numbers("sent", "sent")
        .numbers("read", "read")
        .numbers("drops", "drops")
        .row(SENT, read, drops)
        .build();
  }

  private static void backlog(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    if (!Lab.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java listens as it binds, with a backlog of its own; listen(2) needs our native"
                  + " library"));
    }
    int port = lab.freePort();
    Sock listener = server.tcp("listener");
    listener.bind(LOOPBACK, port).must();
    listener.listen(BACKLOG).must();
    for (int i = 1; i <= BACKLOG + 1; i++) {
      client.dial("client" + i, LOOPBACK, port).send("hello " + i).must();
      int waiting = i;
      lab.await(
          "the client is in the queue", () -> queued(lab, server, port) == waiting);
    }
    Sock waiting = client.tcp("waiting");
    String connected = waiting.connect(LOOPBACK, port, SHORT_PATIENCE_MILLIS).word();
    int waitingPort = waiting.local().getPort();
    lab.show(server, "The kernel's table", port);
    long established =
        lab.rows(client, port).stream()
            .filter(row -> row.remote().getPort() == port)
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .count();
    long accepted =
        lab.rows(server, port).stream()
            .filter(row -> row.local().getPort() == port && row.inode() != 0)
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .count();
    notes.check(UNACCEPTED, "client ESTABLISHED x" + established + ", accepted " + accepted);
    notes.check(QUEUE_LENGTH, queued(lab, server, port));
    notes.check(NEXT_WAITS, connected + ", " + state(lab, client, waitingPort));

    Sock first = listener.accept("accepted");
    notes.check(DATA_KEPT, first.receive(Sock.PATIENCE_MILLIS).value());
    notes.say(
        "Now one place is free; the waiting client's kernel sends its SYN again by itself.");
    lab.await(
        "the waiting client is connected",
        () -> !state(lab, client, waitingPort).equals(SocketState.SYN_SENT.name()));
    notes.check(GETS_IN, state(lab, client, waitingPort));
  }

  /** Connections in a listener's queue. */
  private static long queued(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .mapToLong(SocketRow::receiveQueueBytes)
        .sum();
  }

  /** The state of the socket with this local port. */
  private static String state(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream()
        .filter(row -> row.local().getPort() == port)
        .map(row -> row.state().name())
        .findFirst()
        .orElse("no such socket");
  }

  private static void counters(Lab lab, Notebook notes, Program own) throws Exception {
    int port = lab.freePort();
    Sock full = own.datagrams("full", LOOPBACK, port);
    full.set(SO_RCVBUF, ASKED_BUFFER).must();
    long before = counter(own, "Udp.RcvbufErrors");
    flood(notes, own, port);
    drained(lab, own, full, port);
    long counted = counter(own, "Udp.RcvbufErrors") - before;
    long drops = drops(lab, own, port);
    notes.say(
        "The socket's drops: %d. Udp.RcvbufErrors of the network: +%d.", drops, counted);
    String agreement = counted == drops ? "= drops" : "is not drops";
    notes.check(COUNTED, drops == 0 ? "nothing was dropped" : "Udp.RcvbufErrors " + agreement);
  }

  private static void lateOverflow(Lab lab, Notebook notes, Program own) throws Exception {
    notes.say(
        "With TCP_DEFER_ACCEPT the server's side of a handshake ends only with the first data, so the"
            + " queue can be full by then. A second listen shrinks the backlog to 0: one place.");
    notes.check(OVERFLOW_SILENT, deferred(lab, own, lab.freePort()));
    own.sysctl("net.ipv4.tcp_abort_on_overflow", "1");
    notes.check(OVERFLOW_RESET, deferred(lab, own, lab.freePort()));
  }

  /** What becomes of a client whose handshake ends when the queue is full. */
  private static String deferred(Lab lab, Program own, int port) throws Exception {
    Sock listener = own.tcp("listener");
    listener.set(TCP_DEFER_ACCEPT, DEFER_SECONDS).must();
    listener.bind(LOOPBACK, port).must();
    listener.listen(BACKLOG).must();
    Sock quick = own.dial("quick", LOOPBACK, port);
    Sock late = own.tcp("late");
    String connected = late.connect(LOOPBACK, port).word();
    listener.listen(0).must();
    quick.send("first").must();
    lab.await("the queue is full", () -> queued(lab, own, port) == 1);
    long before = counter(own, "TcpExt.ListenOverflows");
    String sent = late.send("second").word();
    lab.await(
        "the late one has been turned away",
        () -> counter(own, "TcpExt.ListenOverflows") > before);
    lab.show(own, "The kernel's table", port);
    String received = late.receive(SHORT_PATIENCE_MILLIS).word();
    // Else its retransmissions would be counted in what follows.
    for (Sock done : List.of(late, quick, listener)) {
      new Sock(own.quiet(), done.label(), done.descriptor()).close();
    }
    return "connect " + connected + ", send " + sent + ", recv " + received;
  }

  private static void somaxconn(Lab lab, Notebook notes, Program own) throws Exception {
    int port = lab.freePort();
    notes.say(
        "Last, a low somaxconn and a high backlog; tcp_abort_on_overflow is still 1.");
    own.sysctl("net.core.somaxconn", "1");
    long before = counter(own, "TcpExt.ListenOverflows");
    Sock listener = own.tcp("capped");
    listener.bind(LOOPBACK, port).must();
    listener.listen(MANY).must();
    int connected = 0;
    String last = Reply.OK;
    while (last.equals(Reply.OK) && connected < ATTEMPTS) {
      last = own.tcp("client").connect(LOOPBACK, port, SHORT_PATIENCE_MILLIS).word();
      connected += last.equals(Reply.OK) ? 1 : 0;
      int waiting = connected;
      lab.await("the client is in the queue", () -> queued(lab, own, port) == waiting);
    }
    notes.check(SOMAXCONN, connected);
    notes.check(ABORT_SYN, last);
    notes.check(OVERFLOWS, counter(own, "TcpExt.ListenOverflows") - before);
  }

  private static long counter(Program program, String key) throws SkippedException {
    return NetCounters.read(program.procNet())
        .map(counters -> counters.value(key))
        .orElseThrow(
            () ->
                new SkippedException(
                    Bilingual.of(
                        "the kernel's counters cannot be read here: it needs /proc/net/snmp")))
        .orElse(0);
  }
}
