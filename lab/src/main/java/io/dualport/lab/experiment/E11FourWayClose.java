package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_RCVBUF;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Outcome;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.util.List;

/** Through which states do the two ends of a connection go when they close, and who waits? */
public final class E11FourWayClose implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  /** SO_RCVBUF of an end that shall be full soon. */
  private static final int SMALL_BUFFER = 4_096;

  /** More than such an end can take, less than its peer can hold unsent. */
  private static final int TOO_MUCH = 65_536;

  private static final int MOST_READS = 1_000;

  private static final Prediction CLIENT_FIRST =
      Prediction.exactly(
          "client-first",
          "-/LISTEN, ESTABLISHED/ESTABLISHED, FIN_WAIT2/CLOSE_WAIT, TIME_WAIT/-",
          Bilingual.of(
              "The client sends FIN and has it acknowledged: FIN_WAIT2, the server's end is in"
                  + " CLOSE_WAIT. The server's FIN ends both: TIME_WAIT where FIN was sent first,"
                  + " nothing at the other end."),
          "RFC 9293 section 3.6 and figure 12; tcp_fin in net/ipv4/tcp_input.c");

  private static final Prediction STILL_SENDS =
      Prediction.exactly(
          "other-way-open",
          "still here",
          Bilingual.of(
              "FIN closes one direction only: the server still sends and the client still reads."),
          "RFC 9293 section 3.6; shutdown(2) SHUT_WR");

  private static final Prediction SENDS_NO_MORE =
      Prediction.exactly(
          "own-way-closed",
          "EPIPE",
          Bilingual.of("Who has sent FIN cannot send any more."),
          "send(2) EPIPE; SEND_SHUTDOWN in tcp_sendmsg_locked, net/ipv4/tcp.c");

  private static final Prediction SERVER_FIRST =
      Prediction.exactly(
          "server-first",
          "CLOSE_WAIT/FIN_WAIT2, -/TIME_WAIT",
          Bilingual.of(
              "The same the other way round: TIME_WAIT belongs to who closes first, not to a role."),
          "RFC 9293 section 3.6");

  private static final Prediction ORPHAN =
      Prediction.exactly(
          "orphan",
          "FIN_WAIT2 inode 0, CLOSE_WAIT inode of its program",
          Bilingual.of(
              "After close() FIN_WAIT2 belongs to no process any more (inode 0) and the kernel ends"
                  + " it by itself; CLOSE_WAIT belongs to a program that has not closed yet, and"
                  + " lasts until it does."),
          "tcp(7) tcp_fin_timeout; __tcp_close in net/ipv4/tcp.c");

  private static final Prediction LATE_DATA =
      Prediction.exactly(
          "late-data",
          "OK, then EPIPE; -/-",
          Bilingual.of(
              "close() is not a half-close: data that comes after it is answered with RST, and both"
                  + " ends are gone without any TIME_WAIT."),
          "RFC 1122 section 4.2.2.13; tcp_timewait_state_process in net/ipv4/tcp_minisocks.c (RST),"
              + " tcp_reset in net/ipv4/tcp_input.c (EPIPE)");

  private static final Prediction UNREAD =
      Prediction.exactly(
          "unread-data",
          "ECONNRESET; -/-",
          Bilingual.of(
              "Who closes with data unread sends RST instead of FIN: no TIME_WAIT, and the peer"
                  + " reads ECONNRESET."),
          "RFC 2525 section 2.17; data_was_unread in __tcp_close, net/ipv4/tcp.c");

  private static final Prediction STUCK_FIN =
      Prediction.exactly(
          "fin-wait1",
          "FIN_WAIT1/ESTABLISHED, FIN_WAIT2/CLOSE_WAIT, TIME_WAIT/-",
          Bilingual.of(
              "FIN is sent after the data before it. While the peer's window is full, so while it"
                  + " does not read, the one who closed is in FIN_WAIT1."),
          "RFC 9293 section 3.10.4; tcp_close_state in net/ipv4/tcp.c");

  private static final Prediction STUCK_LAST_ACK =
      Prediction.exactly(
          "last-ack",
          "CLOSE_WAIT/FIN_WAIT2, LAST_ACK/FIN_WAIT2, -/TIME_WAIT",
          Bilingual.of(
              "The same for the second FIN: LAST_ACK lasts until it is acknowledged."),
          "RFC 9293 section 3.10.4; tcp_close_state in net/ipv4/tcp.c");

  private static final Prediction BOTH_AT_ONCE =
      Prediction.exactly(
          "closing",
          "FIN_WAIT1/FIN_WAIT1, CLOSING/FIN_WAIT2, TIME_WAIT/TIME_WAIT",
          Bilingual.of(
              "Both close before either has seen the other's FIN. CLOSING has the peer's FIN but not"
                  + " the acknowledgement of its own; in the end both have TIME_WAIT."),
          "RFC 9293 section 3.6 and figure 13; tcp_fin in net/ipv4/tcp_input.c");

  private static final Prediction UNANSWERED =
      Prediction.exactly(
          "syn-sent",
          "EINPROGRESS, SYN_SENT/-",
          Bilingual.of(
              "SYN_SENT is seen while SYN is not answered: the listener's accept queue is full, so"
                  + " the kernel drops it without a word."),
          "listen(2); sk_acceptq_is_full in tcp_conn_request, net/ipv4/tcp_input.c");

  @Override
  public Page page() {
    return new Page(
        "11",
        Bilingual.of("The four-way close, in the kernel's table"),
        Bilingual.of(
            "Through which states do the two ends of a connection go, half-close included, and which"
                + " of them is left in TIME_WAIT?"),
        "tcp.port == PORT and (tcp.flags.syn == 1 or tcp.flags.fin == 1 or tcp.flags.reset == 1)",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "With TCP, who calls close() first enters TIME_WAIT."),
                Bilingual.of(
                    "Who sends FIN first, be it by shutdown() or close(). If both do at once, both"
                        + " have it; if close() sends RST (data unread), nobody has.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "Many connections in CLOSE_WAIT are a matter of kernel settings."),
                Bilingual.of(
                    "Without keepalive no timer ends CLOSE_WAIT: a program has read EOF, or could, and does not close."))),
        List.of(
            STILL_SENDS,
            SENDS_NO_MORE,
            CLIENT_FIRST,
            ORPHAN,
            SERVER_FIRST,
            LATE_DATA,
            UNREAD,
            STUCK_FIN,
            STUCK_LAST_ACK,
            BOTH_AT_ONCE,
            UNANSWERED));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program client = lab.program("client");
    Program server = lab.program("server");
    notes.part(
        "The client closes its direction first",
        () -> clientFirst(lab, notes, client, server));
    notes.part("The server closes first", () -> serverFirst(lab, notes, client, server));
    notes.part(
        "Closes that end in a reset", () -> resets(lab, notes, client, server));
    notes.part(
        "FIN behind a full window: FIN_WAIT1 and LAST_ACK",
        () -> stuck(lab, notes, client, server));
    notes.part(
        "Both close at once: CLOSING", () -> atOnce(lab, notes, client, server));
    notes.part(
        "Nobody answers: SYN_SENT", () -> unanswered(lab, notes, client, server));
  }

  private static void clientFirst(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    int port = lab.freePort();
    BothEnds ends = new BothEnds(lab, server, port);
    Sock listener = server.listener("listener", LOOPBACK, port);
    ends.moment("listen", "-/LISTEN");
    Sock connection = client.dial("connection", LOOPBACK, port);
    ends.dialledFrom(connection.local().getPort());
    ends.moment("connect", "ESTABLISHED/ESTABLISHED");
    notes.say(
        "The server's end is ESTABLISHED before anybody has called accept: the handshake is the"
            + " kernel's.");
    Sock accepted = listener.accept("accepted");
    connection.shutdownWrite().must();
    ends.moment("client: shutdown(SHUT_WR)", "FIN_WAIT2/CLOSE_WAIT");
    accepted.receive(Sock.PATIENCE_MILLIS);
    accepted.send("still here").must();
    notes.check(STILL_SENDS, connection.receive(Sock.PATIENCE_MILLIS).value());
    notes.check(SENDS_NO_MORE, connection.send("me too"));
    accepted.close();
    ends.moment("server: close", "TIME_WAIT/-");
    connection.close();
    ends.show(notes);
    notes.check(CLIENT_FIRST, ends.moments());
  }

  private static void serverFirst(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    Pair pair = connected(lab, client, server, 0);
    pair.server.close();
    pair.ends.moment("server: close", "CLOSE_WAIT/FIN_WAIT2");
    lab.show(server, "The kernel's table", pair.port);
    notes.say(
        "The 1 in the receive queue of CLOSE_WAIT is the FIN: it takes one sequence number, as a"
            + " byte does.");
    notes.check(ORPHAN, orphan(lab, pair));
    pair.client.receive(Sock.PATIENCE_MILLIS);
    pair.client.close();
    pair.ends.moment("client: close", "-/TIME_WAIT");
    pair.ends.show(notes);
    notes.check(SERVER_FIRST, pair.ends.moments());
  }

  private static String orphan(Lab lab, Pair pair) throws Exception {
    long own = pair.client.inode();
    StringBuilder words = new StringBuilder();
    for (SocketState state : List.of(SocketState.FIN_WAIT2, SocketState.CLOSE_WAIT)) {
      for (var row : lab.rows(pair.observer, pair.port)) {
        if (row.state() == state) {
          String holder = row.inode() == own ? "of its program" : String.valueOf(row.inode());
          words.append(words.isEmpty() ? "" : ", ").append(state).append(" inode ").append(holder);
        }
      }
    }
    return words.toString();
  }

  private static void resets(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    Pair late = connected(lab, client, server, 0);
    late.client.close();
    late.ends.moment("client: close", "FIN_WAIT2/CLOSE_WAIT");
    Outcome first = late.server.send("too late");
    late.ends.moment("server: send", "-/-");
    Outcome second = late.server.send("much too late");
    late.ends.show(notes);
    notes.check(LATE_DATA, first + ", then " + second + "; " + late.ends.last());

    Pair unread = connected(lab, client, server, 0);
    unread.server.send("never read").must();
    lab.await(
        "the data is in the client's queue",
        () ->
            lab.rows(client, unread.port).stream().anyMatch(row -> row.receiveQueueBytes() == 10));
    unread.client.close();
    unread.ends.moment("client: close, unread", "-/-");
    Outcome received = unread.server.receive(Sock.PATIENCE_MILLIS);
    unread.ends.show(notes);
    notes.check(UNREAD, received + "; " + unread.ends.last());
  }

  private static void stuck(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    notes.say(
        "FIN_WAIT1, LAST_ACK, CLOSING and SYN_SENT last only until an answer comes, here"
            + " microseconds. To see them, the answer must be kept back: by a peer that does not"
            + " read, so that its window is full and FIN has to queue behind the data.");
    Pair first = connected(lab, client, server, SMALL_BUFFER);
    first.client.send(new byte[TOO_MUCH]).must();
    first.client.close();
    first.ends.moment("client: close", "FIN_WAIT1/ESTABLISHED");
    lab.show(
        server, "FIN waits in the send queue, behind the data", first.port);
    drain(server, first.server, notes);
    first.ends.moment("server: recv until EOF", "FIN_WAIT2/CLOSE_WAIT");
    first.server.close();
    first.ends.moment("server: close", "TIME_WAIT/-");
    first.ends.show(notes);
    notes.check(STUCK_FIN, first.ends.moments());

    Pair second = connected(lab, client, server, SMALL_BUFFER);
    second.server.shutdownWrite().must();
    second.ends.moment("server: shutdown(SHUT_WR)", "CLOSE_WAIT/FIN_WAIT2");
    second.client.send(new byte[TOO_MUCH]).must();
    second.client.close();
    second.ends.moment("client: close", "LAST_ACK/FIN_WAIT2");
    drain(server, second.server, notes);
    second.ends.moment("server: recv until EOF", "-/TIME_WAIT");
    second.ends.show(notes);
    notes.check(STUCK_LAST_ACK, second.ends.moments());
  }

  private static void atOnce(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    Pair pair = connected(lab, client, server, SMALL_BUFFER);
    pair.client.send(new byte[TOO_MUCH]).must();
    pair.server.send(new byte[TOO_MUCH]).must();
    pair.client.shutdownWrite().must();
    pair.server.shutdownWrite().must();
    pair.ends.moment("both: shutdown(SHUT_WR)", "FIN_WAIT1/FIN_WAIT1");
    drain(client, pair.client, notes);
    pair.ends.moment("client: recv until EOF", "CLOSING/FIN_WAIT2");
    drain(server, pair.server, notes);
    pair.ends.moment("server: recv until EOF", "TIME_WAIT/TIME_WAIT");
    pair.ends.show(notes);
    notes.check(BOTH_AT_ONCE, pair.ends.moments());
  }

  private static void unanswered(Lab lab, Notebook notes, Program client, Program server)
      throws Exception {
    Lab.requireNative();
    int port = lab.freePort();
    Sock listener = server.tcp("listener");
    listener.bind(LOOPBACK, port).must();
    listener.listen(0).must();
    client.dial("first", LOOPBACK, port);
    lab.await(
        "the first connection is in the accept queue",
        () -> lab.count(server, SocketState.ESTABLISHED, port) == 2);
    Sock second = client.tcp("second");
    Outcome dialled = second.connect(LOOPBACK, port, 0);
    BothEnds ends = new BothEnds(lab, server, port);
    ends.dialledFrom(second.local().getPort());
    ends.moment("connect", "SYN_SENT/-");
    lab.show(server, "The kernel's table", port);
    notes.check(UNANSWERED, dialled + ", " + ends.last());
  }

  /** Reads until the peer's FIN. */
  private static void drain(Program reader, Sock sock, Notebook notes) throws Exception {
    long bytes = 0;
    Sock silent = new Sock(reader.quiet(), sock.label(), sock.descriptor());
    for (int i = 0; i < MOST_READS; i++) {
      Outcome read = silent.receive(Sock.PATIENCE_MILLIS).must();
      if (read.value().equals("EOF")) {
        notes.say("%s has read %d bytes, then EOF.", sock, bytes);
        return;
      }
      bytes += read.value().length();
    }
    throw new FailedException(Bilingual.of("%s never read EOF", sock));
  }

  /**
   * A connection, made without words.
   *
   * @param receiveBuffer SO_RCVBUF of both ends; 0 for the system's
   */
  private static Pair connected(Lab lab, Program client, Program server, int receiveBuffer)
      throws Exception {
    int port = lab.freePort();
    Sock listener = server.quiet().tcp("listener");
    Sock dialled = client.quiet().tcp("client's end");
    if (receiveBuffer > 0) {
      // An accepted socket inherits the listener's; later would be too late for the window.
      listener.set(SO_RCVBUF, receiveBuffer).must();
      dialled.set(SO_RCVBUF, receiveBuffer).must();
    }
    listener.bind(LOOPBACK, port).must();
    listener.listen(1).must();
    dialled.connect(LOOPBACK, port).must();
    Sock accepted = listener.accept("server's end");
    BothEnds ends = new BothEnds(lab, server, port);
    ends.dialledFrom(dialled.local().getPort());
    return new Pair(
        port,
        server,
        new Sock(client, dialled.label(), dialled.descriptor()),
        new Sock(server, accepted.label(), accepted.descriptor()),
        ends);
  }

  private record Pair(int port, Program observer, Sock client, Sock server, BothEnds ends) {}
}
