package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;

/** What does TCP do with clients that connect while nobody accepts? */
public final class E18FullAcceptQueue implements Experiment {
  private static final int BACKLOG = 2;
  private static final int HIGH_BACKLOG = 100;

  /** More than can get in; else it would be tried for ever. */
  private static final int ATTEMPTS = 10;

  private AcceptQueue queue;
  private Outcome waiting;
  private int waitingPort;
  private long overflowsBefore;

  @Override
  public Script script() {
    return Script.of("18-backlog", "A TCP accept queue that is full")
        .question(
            "What does TCP do with clients that connect while the server is busy: are they"
                + " refused?")
        .filter("tcp.port == PORT")
        .part("TCP, and nobody accepts")
        .act(lab -> queue = new AcceptQueue(lab, lab.program("server"), "listener").open(BACKLOG))
        .act(this::oneClientMoreThanFits)
        .act(lab -> lab.show(lab.program("server"), "The kernel's table", queue.port()))
        .expect(
            "tcp-established-without-accept",
            "client ESTABLISHED x3, accepted 0",
            "TCP: the kernel completes handshakes by itself. Clients are connected, and may send,"
                + " before anybody accepts.",
            "listen(2); accept(2); tcp_v4_syn_recv_sock in net/ipv4/tcp_ipv4.c",
            this::connectedAndAccepted)
        .expect(
            "tcp-accept-queue",
            BACKLOG + 1,
            "The queue holds one more than the backlog of 2; the table shows it as recv-q of"
                + " LISTEN.",
            "sk_acceptq_is_full in include/net/sock.h compares with >; "
                + "get_tcp4_sock in net/ipv4/tcp_ipv4.c",
            lab -> queue.length())
        .expect(
            "tcp-next-waits",
            "EINPROGRESS, SYN_SENT",
            "The next SYN is dropped without an answer: the client waits, neither connected nor"
                + " refused.",
            "sk_acceptq_is_full in tcp_conn_request, net/ipv4/tcp_input.c",
            lab -> waiting + ", " + stateOfWaiting(lab))
        .expect(
            "tcp-data-before-accept",
            "hello 1",
            "What a client sent before its accept is kept for the one who accepts.",
            "tcp_rcv_established in net/ipv4/tcp_input.c; accept(2)",
            lab -> queue.listener().accept("accepted").receive(Sock.PATIENCE_MILLIS).value())
        .say("Now one place is free; the waiting client's kernel sends its SYN again by itself.")
        .expect(
            "tcp-gets-in-later",
            "ESTABLISHED",
            "One accept makes room, and the waiting client's next SYN, a second later, gets in.",
            "RFC 6298 section 2; TCP_TIMEOUT_INIT in include/net/tcp.h",
            lab -> {
              lab.await(
                  "the waiting client is connected",
                  () -> !stateOfWaiting(lab).equals(SocketState.SYN_SENT.name()));
              return stateOfWaiting(lab);
            })
        .part("In a private network: net.core.somaxconn")
        .expect(
            "somaxconn-caps",
            2,
            "net.core.somaxconn=1 caps listen(100), without an error: two get in.",
            "listen(2); __sys_listen_socket in net/socket.c",
            this::clientsThatGetInWithLowSomaxconn)
        .expectBetween(
            "listen-overflows",
            1,
            ATTEMPTS,
            "Each dropped SYN is counted in TcpExt.ListenOverflows.",
            "LINUX_MIB_LISTENOVERFLOWS in net/ipv4/tcp_input.c",
            lab -> queue.overflows() - overflowsBefore)
        .answer(
            "No: the kernel connects one client more than the backlog by itself and keeps what they"
                + " send; a further SYN is dropped without an answer, and that client gets in when"
                + " it tries again after an accept.")
        .corrects(
            COMMON_BELIEF,
            "A client whose connect returned was accepted.",
            "It was put into the accept queue by the kernel; the server may never call accept.")
        .corrects(
            COMMON_BELIEF,
            "When the backlog is full, connections are refused.",
            "Their SYN is dropped and they try again; by default only a port where nobody listens"
                + " refuses.")
        .refines(
            COMMON_BELIEF,
            "listen(n) lets n connections wait.",
            "n + 1 on Linux, and never more than net.core.somaxconn + 1.");
  }

  private void oneClientMoreThanFits(Lab lab) throws Exception {
    Program client = lab.program("client");
    for (int i = 1; i <= BACKLOG + 1; i++) {
      queue.dial(client, "client" + i).send("hello " + i).must();
      queue.awaitLength(i);
    }
    Sock next = client.tcp("waiting");
    waiting = queue.connect(next);
    waitingPort = next.local().getPort();
  }

  private String connectedAndAccepted(Lab lab) throws Exception {
    int port = queue.port();
    long connected =
        lab.rows(lab.program("client"), port).stream()
            .filter(row -> row.remote().getPort() == port)
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .count();
    long accepted =
        lab.rows(lab.program("server"), port).stream()
            .filter(row -> row.local().getPort() == port && row.inode() != 0)
            .filter(row -> row.state() == SocketState.ESTABLISHED)
            .count();
    return "client ESTABLISHED x" + connected + ", accepted " + accepted;
  }

  private String stateOfWaiting(Lab lab) throws Exception {
    return lab.rows(lab.program("client"), waitingPort).stream()
        .filter(row -> row.local().getPort() == waitingPort)
        .map(row -> row.state().name())
        .findFirst()
        .orElse("no such socket");
  }

  private int clientsThatGetInWithLowSomaxconn(Lab lab) throws Exception {
    Program alone = lab.privateNetwork().owner();
    lab.say("A low somaxconn and a high backlog.");
    alone.sysctl("net.core.somaxconn", "1");
    queue = new AcceptQueue(lab, alone, "capped").open(HIGH_BACKLOG);
    overflowsBefore = queue.overflows();
    int connected = 0;
    while (connected < ATTEMPTS && queue.connect(alone.tcp("client")).isOk()) {
      connected++;
      queue.awaitLength(connected);
    }
    return connected;
  }
}
