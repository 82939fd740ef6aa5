package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Option;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.English;
import io.dualport.lab.story.FailedException;
import java.util.List;

/**
 * Why does a restarted server find its own port in use, and which socket needs SO_REUSEADDR? Longer
 * than other chapters, as each of the two ends can close first, reset, or live on.
 */
public final class E10AddressInUse implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ATTEMPTS = 5;
  private static final String CONFLICT =
      "inet_bind_conflict in net/ipv4/inet_connection_sock.c; socket(7) SO_REUSEADDR";

  @Override
  public Script script() {
    return Script.of("10", "\"Address already in use\" after a restart")
        .question(
            "A server is stopped and started again, and bind fails although nobody listens. Why,"
                + " and which of the two sockets needs SO_REUSEADDR?")
        .filter("tcp.port == PORT and (tcp.flags.fin == 1 or tcp.flags.reset == 1)")
        .part("The server closes first, and neither socket has SO_REUSEADDR")
        .expect(
            "neither-set",
            EADDRINUSE,
            "The server closed first, so its side of the connection stays in TIME_WAIT and holds"
                + " the port.",
            "RFC 9293 section 3.6.1; " + CONFLICT,
            lab -> bindAgain(lab, shown(lab, "The kernel's table", serverClosesFirst(lab))))
        .part("Only the new socket has it")
        .expect(
            "only-new-set",
            EADDRINUSE,
            "The socket in TIME_WAIT inherited the old listener's options: if that had no"
                + " SO_REUSEADDR, the new socket's alone does not help.",
            CONFLICT + "; tw_reuse in inet_twsk_alloc, net/ipv4/inet_timewait_sock.c",
            lab -> bindAgain(lab, serverClosesFirst(lab), SO_REUSEADDR))
        .part("Both have it")
        .expect(
            "both-set",
            OK,
            "Where the old listener had it before it listened, and the new one has it before it"
                + " binds, TIME_WAIT is no obstacle.",
            CONFLICT,
            lab -> bindAgain(lab, serverClosesFirst(lab, SO_REUSEADDR), SO_REUSEADDR))
        .part("A connection of the old server is still alive")
        .expect(
            "live-child-neither-set",
            EADDRINUSE,
            "A live connection of the old server holds the port as well, although nobody listens.",
            CONFLICT,
            lab -> bindAgain(lab, connectionLives(lab)))
        .expect(
            "live-child-both-set",
            OK,
            "But it does not listen, so with SO_REUSEADDR on both it is no obstacle.",
            CONFLICT,
            lab -> {
              int port = shown(lab, "The kernel's table", connectionLives(lab, SO_REUSEADDR));
              return bindAgain(lab, port, SO_REUSEADDR);
            })
        .part("The client closes first")
        .expect(
            "client-closes-first",
            OK,
            "Who closes first has the TIME_WAIT. If the client does, the server's port is free at"
                + " once, without any option.",
            "RFC 9293 section 3.6",
            lab ->
                bindAgain(
                    lab, shown(lab, "TIME_WAIT is on the client's side", clientClosesFirst(lab))))
        .part("The server closes first, with a reset")
        .expect(
            "linger-zero",
            OK,
            "SO_LINGER with 0 seconds sends RST instead of FIN and leaves no TIME_WAIT; whatever"
                + " was on its way is lost.",
            "socket(7) SO_LINGER; tcp_disconnect in __tcp_close, net/ipv4/tcp.c",
            lab -> bindAgain(lab, serverResets(lab)))
        .answer(
            "The TIME_WAIT of a connection that the server closed first, or one that still lives,"
                + " holds the port; a restart binds it all the same if both sockets, the old and"
                + " the new, have SO_REUSEADDR.")
        .refines(
            TCP_AND_UDP,
            "Why does a restarted server report \"Address in use\", and how is it avoided? (only"
                + " asked)",
            "A TIME_WAIT or a live connection of the old server holds the port; SO_REUSEADDR in"
                + " every run avoids it.")
        .confirms(
            TWO_PROCESSES,
            "Servers should always set SO_REUSEADDR before they bind.",
            "For TCP, yes: it must be there before the restart that needs it. Not for UDP:"
                + " experiment 15.")
        .refines(
            TWO_PROCESSES,
            "With SO_REUSEADDR a restarted server binds its port although connections of the old"
                + " one still exist.",
            "It does, if the old server had set it, too.")
        .confirms(
            TWO_PROCESSES,
            "Both the old and the new socket must have SO_REUSEADDR set; one of them is not"
                + " enough.",
            "Only the new one: EADDRINUSE. Both: OK.")
        .corrects(
            TWO_PROCESSES,
            "A released port can be used again after two minutes.",
            "Only a connection that the server closed first makes it wait, and on this kernel 60"
                + " seconds (./dual lab run 10-long). A connection that still lives blocks for as"
                + " long as it lives.");
  }

  private static int shown(Lab lab, @English String caption, int port) throws Exception {
    lab.show(lab.program("server"), caption, port);
    return port;
  }

  /** A new socket binds the port; the options are set before. */
  private static Outcome bindAgain(Lab lab, int port, Option... options) throws Exception {
    Sock restarted = lab.program("server").tcp("new");
    restarted.set(SO_REUSEADDR, reuse(options)).must();
    return restarted.bind(LOOPBACK, port);
  }

  /** Leaves the server's side in TIME_WAIT; returns the port. */
  private static int serverClosesFirst(Lab lab, Option... options) throws Exception {
    return untilTimeWait(
        lab,
        options,
        (listener, connection) -> {
          Sock accepted = listener.accept("accepted");
          accepted.close();
          connection.receive(Sock.PATIENCE_MILLIS);
          connection.close();
        });
  }

  /** Leaves the client's side in TIME_WAIT; returns the port. */
  private static int clientClosesFirst(Lab lab) throws Exception {
    return untilTimeWait(
        lab,
        new Option[0],
        (listener, connection) -> {
          Sock accepted = listener.accept("accepted");
          connection.close();
          accepted.receive(Sock.PATIENCE_MILLIS);
          accepted.close();
        });
  }

  private static int serverResets(Lab lab) throws Exception {
    int port = lab.freePort();
    Sock listener = listener(lab, port);
    lab.program("client").dial("connection", LOOPBACK, port);
    Sock accepted = listener.accept("accepted");
    accepted.set(SO_LINGER, 0).must();
    accepted.close();
    listener.close();
    return port;
  }

  private static int connectionLives(Lab lab, Option... options) throws Exception {
    int port = lab.freePort();
    Sock listener = listener(lab, port, options);
    lab.program("client").dial("connection", LOOPBACK, port);
    listener.accept("accepted");
    listener.close();
    return port;
  }

  /** Closes both ends of a connection. */
  private interface Closing {
    void run(Sock listener, Sock connection) throws Exception;
  }

  /**
   * Repeats it, if need be, until one end is in TIME_WAIT. On a busy machine a late ACK now and
   * then arrives after the last FIN; TIME_WAIT answers it, nobody is there any more to hear that,
   * and the RST ends TIME_WAIT: the assassination of RFC 1337.
   */
  private static int untilTimeWait(Lab lab, Option[] options, Closing closing) throws Exception {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = lab.freePort();
      Sock listener = listener(lab, port, options);
      closing.run(listener, lab.program("client").dial("connection", LOOPBACK, port));
      listener.close();
      lab.await(
          "no end is in another state than TIME_WAIT",
          () ->
              lab.rows(lab.program("server"), port).stream()
                  .allMatch(row -> row.state() == SocketState.TIME_WAIT));
      if (lab.count(lab.program("server"), SocketState.TIME_WAIT, port) == 1) {
        return port;
      }
      lab.say(
          "TIME_WAIT is gone already, as when a packet out of order ends it (RFC 1337); once"
              + " more.");
    }
    throw new FailedException(Bilingual.of("no TIME_WAIT in %d attempts", ATTEMPTS));
  }

  private static int reuse(Option... options) {
    return List.of(options).contains(SO_REUSEADDR) ? 1 : 0;
  }

  private static Sock listener(Lab lab, int port, Option... options) throws Exception {
    Sock listener = lab.program("server").tcp("old");
    listener.set(SO_REUSEADDR, reuse(options)).must();
    listener.bind(LOOPBACK, port).must();
    listener.listen(16).must();
    return listener;
  }
}
