package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.report.Table;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What does one forged datagram do between two echoes, and what ends it? Longer than most chapters:
 * one of the echoes is played here.
 */
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

  private int portOfBoth;
  private Sock echoB;

  @Override
  public Script script() {
    return Script.of("19", "The loop storm: two echoes and one forged datagram")
        .question(
            "Two UDP echo servers stand on two hosts. Somebody sends one of them a single datagram"
                + " whose source is forged: the other one's address and port. What happens, and"
                + " when does it end?")
        .filter("udp.port == PORT")
        .part("Two naive echoes at one port number, on two hosts")
        .expect(
            "two-naive-echoes",
            MOST_ROUNDS,
            "Each echo takes the other for a client. One datagram goes to and fro until somebody"
                + " stops it.",
            FORGED,
            this::roundsOfTwoNaiveEchoes)
        .act(lab -> lab.show(lab.program("A"), "The kernel's table", portOfBoth))
        .expect(
            "waiting-when-stopped",
            "1 datagram",
            "When we stop, it is not lost and not used up: it waits in a receive queue for the next"
                + " round.",
            "udp(7); ip(7) IP_TTL",
            lab -> waitingAtB())
        .part("Dualport's server in place of B, its guard on")
        .expect(
            "guard-same-port",
            "0 replies, 1 dropped as own port",
            "Dualport's server answers nobody whose source port is its own port number: what comes"
                + " from an echo's port was most likely sent by another echo.",
            "conf/server.conf guard; RFC 862",
            E19LoopStorm::repliesToTheSamePort)
        .part("The same with the guard off")
        .expect(
            "guard-off",
            MOST_ROUNDS,
            "With the guard off it is as naive as any other.",
            FORGED,
            E19LoopStorm::roundsWithTheGuardOff)
        .part("Guard on, and the two at different port numbers")
        .expect(
            "guard-other-port",
            LOOP_AFTER + " replies, 1 dropped as loop",
            "Between different ports the source looks like any client's. But the same datagram"
                + " comes again and again: after loop-after sightings one reply is withheld, and"
                + " that ends it.",
            "conf/server.conf guard.loop-after",
            E19LoopStorm::repliesToAnotherPort)
        .answer(
            "They answer each other's answers until somebody stops one of them; it ends by itself"
                + " only where one of them answers nobody at its own port number, or withholds a"
                + " reply once the same datagram has come too often.")
        .refines(
            TCP_AND_UDP,
            "UDP has no step such as listening; a server binds and receives.",
            "Nor has it a handshake that would prove the source. A server that answers whatever"
                + " comes can be turned against others.")
        .corrects(
            COMMON_BELIEF,
            "An echo is harmless: it answers one datagram with one.",
            "One datagram between two of them never stops, and more of them add up.");
  }

  private int roundsOfTwoNaiveEchoes(Lab lab) throws Exception {
    portOfBoth = lab.freePort();
    echoB = lab.program("B").datagrams("echo-B", HOST_B, portOfBoth);
    lab.say(
        "Forging needs a raw socket elsewhere. Here somebody takes A's place for a moment,"
            + " sends one datagram to B, which has not looked yet, and is gone before A"
            + " comes.");
    Sock forger = lab.program("A").datagrams("forger", HOST_A, portOfBoth);
    forger.sendTo("forged", HOST_B, portOfBoth).must();
    forger.close().must();
    Sock echoA = lab.program("A").datagrams("echo-A", HOST_A, portOfBoth);
    long startedNanos = System.nanoTime();
    int rounds = rounds(echoB.quiet(), echoA.quiet());
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
    lab.say(
        "Both echo whatever comes. %d rounds in %d ms, with every call asked for through a"
            + " pipe; servers that need not ask are as fast as the links between them allow."
            + " Now B gets no more time.",
        rounds, tookMillis);
    return rounds;
  }

  private String waitingAtB() throws Exception {
    int waiting = 0;
    int millis = Sock.PATIENCE_MILLIS;
    while (waiting < MOST_ROUNDS && echoB.receiveFrom(millis).isPresent()) {
      waiting++;
      millis = 0;
    }
    return waiting + (waiting == 1 ? " datagram" : " datagrams");
  }

  private static String repliesToTheSamePort(Lab lab) throws Exception {
    int port = lab.freePort();
    EchoServer dualport = dualport(lab, port, "on", Map.of());
    Sock echoA = lab.program("A").datagrams("echo-A", HOST_A, port);
    lab.say("A sends the first datagram itself; to the server it is the same as a forged one.");
    lab.say(
        "The server takes datagrams in order. Once a witness that asked later has its answer,"
            + " A's will not come any more.");
    return replies(lab, echoA, port) + dropped(lab, dualport, "droppedOwnPort") + " as own port";
  }

  private static int roundsWithTheGuardOff(Lab lab) throws Exception {
    int port = lab.freePort();
    dualport(lab, port, "off", Map.of());
    Sock echoA = lab.program("A").datagrams("echo-A", HOST_A, port);
    echoA.sendTo("forged", HOST_B, port).must();
    int rounds = rounds(echoA.quiet());
    lab.say("What ended it after %d rounds is that A, too, is a program of this lab.", rounds);
    return rounds;
  }

  private static String repliesToAnotherPort(Lab lab) throws Exception {
    int port = lab.freePort();
    EchoServer dualport =
        dualport(lab, port, "on", Map.of("DUAL_SERVER_GUARD_LOOP_AFTER", "" + LOOP_AFTER));
    Sock echoA = lab.program("A").datagrams("echo-A", HOST_A, lab.freePort());
    return replies(lab, echoA, port) + dropped(lab, dualport, "droppedLoop") + " as loop";
  }

  private static EchoServer dualport(Lab lab, int port, String guard, Map<String, String> settings)
      throws Exception {
    String[] options = {"--host", HOST_B, "--port", String.valueOf(port), "--guard", guard};
    return EchoServer.dualport(lab, "dualport", settings, options);
  }

  /** Gives each naive echo its turn, again and again; how often the last of them had one. */
  private static int rounds(Sock... echoes) throws Exception {
    for (int rounds = 0; rounds < MOST_ROUNDS; rounds++) {
      for (Sock echo : echoes) {
        Optional<Datagram> datagram = echo.receiveFrom(Sock.PATIENCE_MILLIS);
        if (datagram.isEmpty()) {
          return rounds;
        }
        sendBack(echo, datagram.get());
      }
    }
    return MOST_ROUNDS;
  }

  private static void sendBack(Sock echo, Datagram datagram) throws Exception {
    String source = datagram.source().getAddress().getHostAddress();
    echo.sendTo(datagram.bytes(), source, datagram.source().getPort()).must();
  }

  /**
   * Sends the forged datagram, and lets A echo the server's replies until none is left. The server
   * takes datagrams in order: when it has answered a witness at another port, it has answered A
   * too, or never will.
   */
  private static String replies(Lab lab, Sock echoA, int port) throws Exception {
    echoA.sendTo("forged", HOST_B, port).must();
    Sock quietA = echoA.quiet();
    Sock witness = lab.program("B").udp("witness");
    int replies = 0;
    Optional<Datagram> reply = quietA.receiveFrom(REPLY_MILLIS);
    while (replies < MOST_ROUNDS) {
      if (reply.isEmpty()) {
        witness.sendTo("anybody there?", HOST_B, port).must();
        witness
            .receiveFrom(Sock.PATIENCE_MILLIS)
            .orElseThrow(() -> new FailedException(Bilingual.of("the server is silent")));
        reply = quietA.receiveFrom(0);
      }
      if (reply.isEmpty()) {
        break;
      }
      replies++;
      sendBack(quietA, reply.get());
      reply = quietA.receiveFrom(REPLY_MILLIS);
    }
    return replies + " replies, ";
  }

  /** Stops the server and shows what it counted; one of the counts, in words. */
  private static String dropped(Lab lab, EchoServer dualport, String counter) throws Exception {
    JsonNode udp = dualport.stop().get("udp");
    Table.Builder table =
        Table.titled("")
            .numbers("in", "messagesIn")
            .numbers("out", "messagesOut")
            .numbers("dropped: own port", "droppedOwnPort")
            .numbers("dropped: loop", "droppedLoop");
    table.row(
        udp.get("messagesIn").asLong(),
        udp.get("messagesOut").asLong(),
        udp.get("droppedOwnPort").asLong(),
        udp.get("droppedLoop").asLong());
    lab.observe("What the server counted for UDP, the witness included", table.build());
    return udp.get(counter).asLong() + " dropped";
  }
}
