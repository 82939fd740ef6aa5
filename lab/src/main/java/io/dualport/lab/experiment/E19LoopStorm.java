package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import io.dualport.report.Table;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What does one forged datagram do between two echoes, and what ends it? */
public final class E19LoopStorm implements Experiment {
  private static final String HOST_A = "127.0.0.1";
  private static final String HOST_B = "127.0.0.2";

  /** How often A answers at most; then the lab ends what does not end by itself. */
  private static final int MOST_ROUNDS = 2_000;

  /** Far fewer than the server's default, so that the end is soon seen. */
  private static final int LOOP_AFTER = 100;

  /** How long A waits for one reply before it asks whether more is to come at all. */
  private static final int REPLY_MILLIS = 200;

  private static final String FORGED = "CERT CA-1996-01; CVE-2024-2169; RFC 862";

  private static final Prediction NAIVE_ROUNDS =
      Prediction.exactly(
          "two-naive-echoes",
          MOST_ROUNDS,
          Bilingual.of(
              "Each echo takes the other for a client. One datagram goes to and fro until somebody"
                  + " stops it."),
          FORGED);

  private static final Prediction STILL_GOING =
      Prediction.exactly(
          "waiting-when-stopped",
          "1 datagram",
          Bilingual.of(
              "When we stop, it is not lost and not used up: it waits in a receive queue for the"
                  + " next round."),
          "udp(7); ip(7) IP_TTL");

  private static final Prediction GUARD_REPLIES =
      Prediction.exactly(
          "guard-same-port",
          "0 replies, 1 dropped as own port",
          Bilingual.of(
              "Dualport's server answers nobody whose source port is its own port number: what comes from an echo's port was most likely sent by another echo."),
          "conf/server.conf guard; RFC 862");

  private static final Prediction NO_GUARD_ROUNDS =
      Prediction.exactly(
          "guard-off",
          MOST_ROUNDS,
          Bilingual.of("With the guard off it is as naive as any other."),
          FORGED);

  private static final Prediction LOOP_ENDED =
      Prediction.exactly(
          "guard-other-port",
          LOOP_AFTER + " replies, 1 dropped as loop",
          Bilingual.of(
              "Between different ports the source looks like any client's. But the same datagram"
                  + " comes again and again: after loop-after sightings one reply is withheld, and"
                  + " that ends it."),
          "conf/server.conf guard.loop-after");

  @Override
  public Page page() {
    return new Page(
        "19",
        Bilingual.of("The loop storm: two echoes and one forged datagram"),
        Bilingual.of(
            "Two UDP echo servers stand on two hosts. Somebody sends one of them a single datagram"
                + " whose source is forged: the other one's address and port. What happens, and when"
                + " does it end?"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Bilingual.of(
                    "UDP has no step such as listening; a server binds and receives."),
                Bilingual.of(
                    "Nor has it a handshake that would prove the source. A server that answers"
                        + " whatever comes can be turned against others.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "An echo is harmless: it answers one datagram with one."),
                Bilingual.of(
                    "One datagram between two of them never stops, and more of them add up."))),
        List.of(NAIVE_ROUNDS, STILL_GOING, GUARD_REPLIES, NO_GUARD_ROUNDS, LOOP_ENDED));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program a = lab.program("A");
    Program b = lab.program("B");

    notes.part(
        "Two naive echoes at one port number, on two hosts",
        () -> naive(lab, notes, a, b));
    notes.part(
        "Dualport's server in place of B, its guard on",
        () -> ownPort(lab, notes, a, b));
    notes.part("The same with the guard off", () -> guardOff(lab, notes, a));
    notes.part(
        "Guard on, and the two at different port numbers",
        () -> otherPort(lab, notes, a, b));
  }

  private static void naive(Lab lab, Notebook notes, Program a, Program b) throws Exception {
    int port = lab.freePort();
    Sock echoB = b.datagrams("echo-B", HOST_B, port);
    notes.say(
        "Forging needs a raw socket elsewhere. Here somebody takes A's place for a moment, sends"
            + " one datagram to B, which has not looked yet, and is gone before A comes.");
    Sock forger = a.datagrams("forger", HOST_A, port);
    forger.sendTo("forged", HOST_B, port).must();
    forger.close().must();
    Sock echoA = a.datagrams("echo-A", HOST_A, port);
    Sock quietA = quiet(a, echoA);
    Sock quietB = quiet(b, echoB);
    long startedNanos = System.nanoTime();
    int rounds = 0;
    while (rounds < MOST_ROUNDS && echo(quietB) && echo(quietA)) {
      rounds++;
    }
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
    notes.say(
        "Both echo whatever comes. %d rounds in %d ms, with every call asked for through a pipe;"
            + " servers that need not ask are as fast as the links between them allow. Now B gets no"
            + " more time.", rounds, tookMillis);
    notes.check(NAIVE_ROUNDS, rounds);
    lab.show(a, "The kernel's table", port);
    int waiting = 0;
    int millis = Sock.PATIENCE_MILLIS;
    while (waiting < MOST_ROUNDS && echoB.receiveFrom(millis).isPresent()) {
      waiting++;
      millis = 0;
    }
    notes.check(STILL_GOING, waiting + (waiting == 1 ? " datagram" : " datagrams"));
  }

  private static void ownPort(Lab lab, Notebook notes, Program a, Program b) throws Exception {
    int port = lab.freePort();
    EchoServer dualport = dualport(lab, port, Map.of(), "on");
    Sock echoA = a.datagrams("echo-A", HOST_A, port);
    notes.say(
        "A sends the first datagram itself; to the server it is the same as a forged one.");
    notes.say(
        "The server takes datagrams in order. Once a witness that asked later has its answer, A's"
            + " will not come any more.");
    echoA.sendTo("forged", HOST_B, port).must();
    int replies = answer(quiet(a, echoA), b.udp("witness"), port);
    JsonNode counted = dualport.stop();
    report(notes, counted);
    long dropped = counted.at("/udp/droppedOwnPort").asLong();
    notes.check(GUARD_REPLIES, replies + " replies, " + dropped + " dropped as own port");
  }

  private static void guardOff(Lab lab, Notebook notes, Program a) throws Exception {
    int port = lab.freePort();
    dualport(lab, port, Map.of(), "off");
    Sock echoA = a.datagrams("echo-A", HOST_A, port);
    echoA.sendTo("forged", HOST_B, port).must();
    Sock quietA = quiet(a, echoA);
    int rounds = 0;
    while (rounds < MOST_ROUNDS && echo(quietA)) {
      rounds++;
    }
    notes.say(
        "What ended it after %d rounds is that A, too, is a program of this lab.", rounds);
    notes.check(NO_GUARD_ROUNDS, rounds);
  }

  private static void otherPort(Lab lab, Notebook notes, Program a, Program b) throws Exception {
    int port = lab.freePort();
    EchoServer dualport =
        dualport(
            lab, port, Map.of("DUAL_SERVER_GUARD_LOOP_AFTER", String.valueOf(LOOP_AFTER)), "on");
    Sock echoA = a.datagrams("echo-A", HOST_A, lab.freePort());
    echoA.sendTo("forged", HOST_B, port).must();
    int replies = answer(quiet(a, echoA), b.udp("witness"), port);
    JsonNode counted = dualport.stop();
    report(notes, counted);
    long dropped = counted.at("/udp/droppedLoop").asLong();
    notes.check(LOOP_ENDED, replies + " replies, " + dropped + " dropped as loop");
  }

  private static EchoServer dualport(Lab lab, int port, Map<String, String> settings, String guard)
      throws Exception {
    return EchoServer.dualport(
        lab,
        "dualport",
        settings,
        "--host",
        HOST_B,
        "--port",
        String.valueOf(port),
        "--guard",
        guard);
  }

  /** One turn of a naive echo; false if nothing came. */
  private static boolean echo(Sock socket) throws Exception {
    Optional<Datagram> datagram = socket.receiveFrom(Sock.PATIENCE_MILLIS);
    if (datagram.isPresent()) {
      sendBack(socket, datagram.get());
    }
    return datagram.isPresent();
  }

  private static void sendBack(Sock socket, Datagram datagram) throws Exception {
    socket
        .sendTo(
            datagram.bytes(),
            datagram.source().getAddress().getHostAddress(),
            datagram.source().getPort())
        .must();
  }

  /**
   * Lets A echo the server's replies until none is left.
   *
   * @param witness a client of another port. The server takes datagrams in order, so when it has
   *     answered the witness, it has answered A too, or never will
   * @return how many came
   */
  private static int answer(Sock echo, Sock witness, int port) throws Exception {
    int replies = 0;
    Optional<Datagram> reply = echo.receiveFrom(REPLY_MILLIS);
    while (replies < MOST_ROUNDS) {
      if (reply.isEmpty()) {
        witness.sendTo("anybody there?", HOST_B, port).must();
        witness
            .receiveFrom(Sock.PATIENCE_MILLIS)
            .orElseThrow(() -> new FailedException(Bilingual.of("the server is silent")));
        reply = echo.receiveFrom(0);
      }
      if (reply.isEmpty()) {
        break;
      }
      replies++;
      sendBack(echo, reply.get());
      reply = echo.receiveFrom(REPLY_MILLIS);
    }
    return replies;
  }

  private static void report(Notebook notes, JsonNode counted) {
    JsonNode udp = counted.get("udp");
    notes.observe(
        "What the server counted for UDP, the witness included",
        Table.titled("")
            .numbers("in", "messagesIn")
            .numbers("out", "messagesOut")
            .numbers("dropped: own port", "droppedOwnPort")
            .numbers("dropped: loop", "droppedLoop")
            .row(
                udp.get("messagesIn").asLong(),
                udp.get("messagesOut").asLong(),
                udp.get("droppedOwnPort").asLong(),
                udp.get("droppedLoop").asLong())
            .build());
  }

  private static Sock quiet(Program program, Sock socket) {
    return new Sock(program.quiet(), socket.label(), socket.descriptor());
  }
}
