package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EPIPE;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;

/**
 * Through which states do the two ends of a connection go when they close, and who waits?
 *
 * <p>Longer than others, as it is most of RFC 9293's diagram: each state has to be brought about,
 * and some last only while an answer is kept back.
 */
public final class E11FourWayClose implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  /** More than a small buffer can take, less than the peer can hold unsent. */
  private static final int TOO_MUCH = 65_536;

  private static final int MOST_READS = 1_000;
  private static final int ROOM_FOR_ONE = 0;
  private static final int WITHOUT_WAITING = 0;

  private BothEnds ends;

  @Override
  public Script script() {
    return Script.of("11", "The four-way close, in the kernel's table")
        .question(
            "Through which states do the two ends of a connection go, half-close included, and"
                + " which of them is left in TIME_WAIT?")
        .filter(
            "tcp.port == PORT and (tcp.flags.syn == 1 or tcp.flags.fin == 1 or tcp.flags.reset =="
                + " 1)")
        .part("The client closes its direction first")
        .act(this::connectStepByStep)
        .expect(
            "other-way-open",
            "still here",
            "FIN closes one direction only: the server still sends and the client still reads.",
            "RFC 9293 section 3.6; shutdown(2) SHUT_WR",
            lab -> {
              ends.client().shutdownWrite().must();
              ends.moment("client: shutdown(SHUT_WR)", "FIN_WAIT2/CLOSE_WAIT");
              ends.server().receive(Sock.PATIENCE_MILLIS);
              ends.server().send("still here").must();
              return ends.client().receive(Sock.PATIENCE_MILLIS).value();
            })
        .expect(
            "own-way-closed",
            EPIPE,
            "Who has sent FIN cannot send any more.",
            "send(2) EPIPE; SEND_SHUTDOWN in tcp_sendmsg_locked, net/ipv4/tcp.c",
            lab -> ends.client().send("me too"))
        .expect(
            "client-first",
            "-/LISTEN, ESTABLISHED/ESTABLISHED, FIN_WAIT2/CLOSE_WAIT, TIME_WAIT/-",
            "The client sends FIN and has it acknowledged: FIN_WAIT2, the server's end is in"
                + " CLOSE_WAIT. The server's FIN ends both: TIME_WAIT where FIN was sent first,"
                + " nothing at the other end.",
            "RFC 9293 section 3.6 and figure 12; tcp_fin in net/ipv4/tcp_input.c",
            lab -> {
              ends.server().close();
              ends.moment("server: close", "TIME_WAIT/-");
              ends.client().close();
              return ends.told();
            })
        .part("The server closes first")
        .act(
            lab -> {
              ends = BothEnds.connected(lab);
              ends.server().close();
              ends.moment("server: close", "CLOSE_WAIT/FIN_WAIT2");
              lab.show(lab.program("server"), "The kernel's table", ends.port());
            })
        .say(
            "The 1 in the receive queue of CLOSE_WAIT is the FIN: it takes one sequence number, as"
                + " a byte does.")
        .expect(
            "orphan",
            "FIN_WAIT2 inode 0, CLOSE_WAIT inode of its program",
            "After close() FIN_WAIT2 belongs to no process any more (inode 0) and the kernel ends"
                + " it by itself; CLOSE_WAIT belongs to a program that has not closed yet, and"
                + " lasts until it does.",
            "tcp(7) tcp_fin_timeout; __tcp_close in net/ipv4/tcp.c",
            lab ->
                "FIN_WAIT2 inode "
                    + inode(lab, SocketState.FIN_WAIT2)
                    + ", CLOSE_WAIT inode "
                    + inode(lab, SocketState.CLOSE_WAIT))
        .expect(
            "server-first",
            "CLOSE_WAIT/FIN_WAIT2, -/TIME_WAIT",
            "The same the other way round: TIME_WAIT belongs to who closes first, not to a role.",
            "RFC 9293 section 3.6",
            lab -> {
              ends.client().receive(Sock.PATIENCE_MILLIS);
              ends.client().close();
              ends.moment("client: close", "-/TIME_WAIT");
              return ends.told();
            })
        .part("Closes that end in a reset")
        .expect(
            "late-data",
            "OK, then EPIPE; -/-",
            "close() is not a half-close: data that comes after it is answered with RST, and both"
                + " ends are gone without any TIME_WAIT.",
            "RFC 1122 section 4.2.2.13; tcp_timewait_state_process in net/ipv4/tcp_minisocks.c"
                + " (RST), tcp_reset in net/ipv4/tcp_input.c (EPIPE)",
            lab -> {
              ends = BothEnds.connected(lab);
              ends.client().close();
              ends.moment("client: close", "FIN_WAIT2/CLOSE_WAIT");
              Outcome sent = ends.server().send("too late");
              ends.moment("server: send", "-/-");
              Outcome sentAgain = ends.server().send("much too late");
              ends.told();
              return sent + ", then " + sentAgain + "; " + ends.last();
            })
        .expect(
            "unread-data",
            "ECONNRESET; -/-",
            "Who closes with data unread sends RST instead of FIN: no TIME_WAIT, and the peer"
                + " reads ECONNRESET.",
            "RFC 2525 section 2.17; data_was_unread in __tcp_close, net/ipv4/tcp.c",
            lab -> {
              ends = BothEnds.connected(lab);
              ends.server().send("never read").must();
              lab.await(
                  "the data is in the client's queue",
                  () ->
                      lab.rows(lab.program("client"), ends.port()).stream()
                          .anyMatch(row -> row.receiveQueueBytes() == "never read".length()));
              ends.client().close();
              ends.moment("client: close, unread", "-/-");
              Outcome received = ends.server().receive(Sock.PATIENCE_MILLIS);
              ends.told();
              return received + "; " + ends.last();
            })
        .part("FIN behind a full window: FIN_WAIT1 and LAST_ACK")
        .say(
            "FIN_WAIT1, LAST_ACK, CLOSING and SYN_SENT last only until an answer comes, here"
                + " microseconds. To see them, the answer must be kept back: by a peer that does"
                + " not read, so that its window is full and FIN has to queue behind the data.")
        .expect(
            "fin-wait1",
            "FIN_WAIT1/ESTABLISHED, FIN_WAIT2/CLOSE_WAIT, TIME_WAIT/-",
            "FIN is sent after the data before it. While the peer's window is full, so while it"
                + " does not read, the one who closed is in FIN_WAIT1.",
            "RFC 9293 section 3.10.4; tcp_close_state in net/ipv4/tcp.c",
            lab -> {
              ends = BothEnds.connectedWithSmallBuffers(lab);
              ends.client().send(new byte[TOO_MUCH]).must();
              ends.client().close();
              ends.moment("client: close", "FIN_WAIT1/ESTABLISHED");
              lab.show(
                  lab.program("server"),
                  "FIN waits in the send queue, behind the data",
                  ends.port());
              readUntilFin(lab, ends.server());
              ends.moment("server: recv until EOF", "FIN_WAIT2/CLOSE_WAIT");
              ends.server().close();
              ends.moment("server: close", "TIME_WAIT/-");
              return ends.told();
            })
        .expect(
            "last-ack",
            "CLOSE_WAIT/FIN_WAIT2, LAST_ACK/FIN_WAIT2, -/TIME_WAIT",
            "The same for the second FIN: LAST_ACK lasts until it is acknowledged.",
            "RFC 9293 section 3.10.4; tcp_close_state in net/ipv4/tcp.c",
            lab -> {
              ends = BothEnds.connectedWithSmallBuffers(lab);
              ends.server().shutdownWrite().must();
              ends.moment("server: shutdown(SHUT_WR)", "CLOSE_WAIT/FIN_WAIT2");
              ends.client().send(new byte[TOO_MUCH]).must();
              ends.client().close();
              ends.moment("client: close", "LAST_ACK/FIN_WAIT2");
              readUntilFin(lab, ends.server());
              ends.moment("server: recv until EOF", "-/TIME_WAIT");
              return ends.told();
            })
        .part("Both close at once: CLOSING")
        .expect(
            "closing",
            "FIN_WAIT1/FIN_WAIT1, CLOSING/FIN_WAIT2, TIME_WAIT/TIME_WAIT",
            "Both close before either has seen the other's FIN. CLOSING has the peer's FIN but not"
                + " the acknowledgement of its own; in the end both have TIME_WAIT.",
            "RFC 9293 section 3.6 and figure 13; tcp_fin in net/ipv4/tcp_input.c",
            lab -> {
              ends = BothEnds.connectedWithSmallBuffers(lab);
              ends.client().send(new byte[TOO_MUCH]).must();
              ends.server().send(new byte[TOO_MUCH]).must();
              ends.client().shutdownWrite().must();
              ends.server().shutdownWrite().must();
              ends.moment("both: shutdown(SHUT_WR)", "FIN_WAIT1/FIN_WAIT1");
              readUntilFin(lab, ends.client());
              ends.moment("client: recv until EOF", "CLOSING/FIN_WAIT2");
              readUntilFin(lab, ends.server());
              ends.moment("server: recv until EOF", "TIME_WAIT/TIME_WAIT");
              return ends.told();
            })
        .part("Nobody answers: SYN_SENT")
        .act(lab -> Needs.nativeCalls())
        .expect(
            "syn-sent",
            "EINPROGRESS, SYN_SENT/-",
            "SYN_SENT is seen while SYN is not answered: the listener's accept queue is full, so"
                + " the kernel drops it without a word.",
            "listen(2); sk_acceptq_is_full in tcp_conn_request, net/ipv4/tcp_input.c",
            lab -> {
              ends = new BothEnds(lab);
              fillTheAcceptQueue(lab);
              Sock second = lab.program("client").tcp("second");
              Outcome dialled = second.connect(LOOPBACK, ends.port(), WITHOUT_WAITING);
              ends.dialled(second);
              ends.moment("connect", "SYN_SENT/-");
              lab.show(lab.program("server"), "The kernel's table", ends.port());
              return dialled + ", " + ends.last();
            })
        .answer(
            "Who sends FIN first goes through FIN_WAIT1 and FIN_WAIT2 and is left in TIME_WAIT; the"
                + " other end goes through CLOSE_WAIT and LAST_ACK and is gone; both have TIME_WAIT"
                + " if both send it at once, and nobody after a reset.")
        .refines(
            TWO_PROCESSES,
            "With TCP, who calls close() first enters TIME_WAIT.",
            "Who sends FIN first, be it by shutdown() or close(). If both do at once, both have it;"
                + " if close() sends RST (data unread), nobody has.")
        .corrects(
            COMMON_BELIEF,
            "Many connections in CLOSE_WAIT are a matter of kernel settings.",
            "Without keepalive no timer ends CLOSE_WAIT: a program has read EOF, or could, and does"
                + " not close.");
  }

  private void connectStepByStep(Lab lab) throws Exception {
    ends = new BothEnds(lab);
    Sock listener = lab.program("server").listener("listener", LOOPBACK, ends.port());
    ends.moment("listen", "-/LISTEN");
    ends.dialled(lab.program("client").dial("connection", LOOPBACK, ends.port()));
    ends.moment("connect", "ESTABLISHED/ESTABLISHED");
    lab.say(
        "The server's end is ESTABLISHED before anybody has called accept: the handshake is"
            + " the kernel's.");
    ends.accepted(listener.accept("accepted"));
  }

  /** Who has the socket in this state. */
  private String inode(Lab lab, SocketState state) throws Exception {
    long own = ends.client().inode();
    return lab.rows(lab.program("server"), ends.port()).stream()
        .filter(row -> row.state() == state)
        .map(SocketRow::inode)
        .map(inode -> inode == own ? "of its program" : String.valueOf(inode))
        .findFirst()
        .orElse("-");
  }

  private static void readUntilFin(Lab lab, Sock end) throws Exception {
    long bytes = 0;
    for (int i = 0; i < MOST_READS; i++) {
      Outcome read = end.quiet().receive(Sock.PATIENCE_MILLIS).must();
      if (read.value().equals("EOF")) {
        lab.say("%s has read %d bytes, then EOF.", end, bytes);
        return;
      }
      bytes += read.value().length();
    }
    throw new FailedException(Bilingual.of("%s never read EOF", end));
  }

  private void fillTheAcceptQueue(Lab lab) throws Exception {
    Sock listener = lab.program("server").tcp("listener");
    listener.bind(LOOPBACK, ends.port()).must();
    listener.listen(ROOM_FOR_ONE).must();
    lab.program("client").dial("first", LOOPBACK, ends.port());
    lab.await(
        "the first connection is in the accept queue",
        () -> lab.count(lab.program("server"), SocketState.ESTABLISHED, ends.port()) == 2);
  }
}
