package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EINPROGRESS;
import static io.dualport.lab.socket.Option.TCP_DEFER_ACCEPT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import java.util.List;

/** The accept queue is full: does tcp_abort_on_overflow refuse clients? */
public final class E18AbortOnOverflow implements Experiment {
  private static final int BACKLOG = 2;

  /** A queue of one place, as it holds one more than the backlog. */
  private static final int LEAST_BACKLOG = 0;

  private static final int DEFER_SECONDS = 30;

  private Program alone;

  @Override
  public Script script() {
    return Script.of("18-abort", "What tcp_abort_on_overflow is for")
        .question(
            "The accept queue is full. Does tcp_abort_on_overflow=1 make the server refuse clients"
                + " at once?")
        .filter("tcp.port == PORT")
        .act(lab -> alone = lab.privateNetwork().owner())
        .part("The queue fills up while a handshake is under way")
        .say(
            "With TCP_DEFER_ACCEPT the server's side of a handshake ends only with the first data,"
                + " so the queue can be full by then. A second listen shrinks the backlog to 0: one"
                + " place.")
        .expect(
            "late-overflow-silent",
            "connect OK, send OK, recv EAGAIN",
            "If the queue fills up while a handshake is under way, its last packet is dropped: the"
                + " client believes it is connected, the server does not.",
            "listen_overflow in tcp_check_req, net/ipv4/tcp_minisocks.c",
            this::handshakeEndsWhenQueueIsFull)
        .part("The same with tcp_abort_on_overflow=1")
        .act(lab -> alone.sysctl("net.ipv4.tcp_abort_on_overflow", "1"))
        .expect(
            "late-overflow-reset",
            "connect OK, send OK, recv ECONNRESET",
            "Only here tcp_abort_on_overflow=1 has a say: it answers with RST.",
            "listen_overflow in tcp_check_req; tcp(7) /proc interfaces, tcp_abort_on_overflow",
            this::handshakeEndsWhenQueueIsFull)
        .part("A client that comes when the queue is full")
        .needsEarlierParts()
        .expect(
            "abort-on-overflow-syn",
            EINPROGRESS,
            "tcp_abort_on_overflow=1 changes nothing for a new client: its SYN is dropped all the"
                + " same.",
            "tcp_conn_request in net/ipv4/tcp_input.c",
            lab -> {
              AcceptQueue queue = new AcceptQueue(lab, alone, "listener").open(LEAST_BACKLOG);
              queue.dial(alone, "first");
              queue.awaitLength(1);
              return queue.connect(alone.tcp("next"));
            })
        .answer(
            "Only those whose handshake was under way as the queue filled up: they are answered"
                + " with RST instead of nothing; who comes later is not answered either way.")
        .corrects(
            COMMON_BELIEF,
            "With tcp_abort_on_overflow=1 a full backlog refuses connections.",
            "A new client's SYN is dropped all the same; only a handshake that ends when the queue"
                + " is full is reset.");
  }

  /** What becomes of a client whose handshake ends when the queue is full. */
  private String handshakeEndsWhenQueueIsFull(Lab lab) throws Exception {
    AcceptQueue queue = new AcceptQueue(lab, alone, "listener");
    queue.listener().set(TCP_DEFER_ACCEPT, DEFER_SECONDS).must();
    queue.open(BACKLOG);
    Sock quick = queue.dial(alone, "quick");
    Sock late = alone.tcp("late");
    Outcome connected = queue.connect(late);
    queue.listener().listen(LEAST_BACKLOG).must();
    quick.send("first").must();
    queue.awaitLength(1);
    long before = queue.overflows();
    Outcome sent = late.send("second");
    lab.await("the late one has been turned away", () -> queue.overflows() > before);
    lab.show(alone, "The kernel's table", queue.port());
    Outcome received = late.receive(AcceptQueue.SHORT_PATIENCE_MILLIS);
    // Else its retransmissions would be counted in what follows.
    for (Sock done : List.of(late, quick, queue.listener())) {
      done.quiet().close();
    }
    return "connect " + connected + ", send " + sent + ", recv " + received;
  }
}
