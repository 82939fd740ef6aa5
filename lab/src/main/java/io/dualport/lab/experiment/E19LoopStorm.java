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
import io.dualport.lab.story.Text;
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
          Text.of(
              "Each echo takes the other for a client. One datagram goes to and fro until somebody"
                  + " stops it.",
              "两个回显都把对方当成客户端。一个数据报来回不停，直到有人让它停下。"),
          FORGED);

  private static final Prediction STILL_GOING =
      Prediction.exactly(
          "waiting-when-stopped",
          "1 datagram",
          Text.of(
              "When we stop, it is not lost and not used up: it waits in a receive queue for the"
                  + " next round.",
              "我们停手时，它既没有丢失也没有耗尽：它在接收队列里等着下一轮。"),
          "udp(7); ip(7) IP_TTL");

  private static final Prediction GUARD_REPLIES =
      Prediction.exactly(
          "guard-same-port",
          "0 replies, 1 dropped as own port",
          Text.of(
              "Dualport's server answers nobody whose source port is its own port number: what comes from an echo's port was most likely sent by another echo.",
              "源端口与自己端口号相同的，Dualport 服务器一概不答：从回显端口发来的，多半是另一个回显服务。"),
          "conf/server.conf guard; RFC 862");

  private static final Prediction NO_GUARD_ROUNDS =
      Prediction.exactly(
          "guard-off",
          MOST_ROUNDS,
          Text.of("With the guard off it is as naive as any other.", "关掉防护，它和其他回显服务一样不设防。"),
          FORGED);

  private static final Prediction LOOP_ENDED =
      Prediction.exactly(
          "guard-other-port",
          LOOP_AFTER + " replies, 1 dropped as loop",
          Text.of(
              "Between different ports the source looks like any client's. But the same datagram"
                  + " comes again and again: after loop-after sightings one reply is withheld, and"
                  + " that ends it.",
              "端口号不同时，来源看上去和普通客户端无异。但同一个数据报一再出现：见到 loop-after 次之后扣下一次回复，循环就此结束。"),
          "conf/server.conf guard.loop-after");

  @Override
  public Page page() {
    return new Page(
        "19",
        Text.of("The loop storm: two echoes and one forged datagram", "循环风暴：两个回显与一个伪造的数据报"),
        Text.of(
            "Two UDP echo servers stand on two hosts. Somebody sends one of them a single datagram"
                + " whose source is forged: the other one's address and port. What happens, and when"
                + " does it end?",
            "两台主机上各有一个 UDP 回显服务器。有人向其中一个发出一个数据报，源地址和端口伪造成另一个的。会发生什么？何时结束？"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Text.of(
                    "UDP has no step such as listening; a server binds and receives.",
                    "UDP 没有监听这个动作；服务器绑定端口后就接收。"),
                Text.of(
                    "Nor has it a handshake that would prove the source. A server that answers"
                        + " whatever comes can be turned against others.",
                    "它也没有能证实来源的握手。来什么就答什么的服务器，会被人用来对付别人。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "An echo is harmless: it answers one datagram with one.", "回显无害：一个数据报只换来一个回复。"),
                Text.of(
                    "One datagram between two of them never stops, and more of them add up.",
                    "两个回显之间，一个数据报永不停息，多发几个还会叠加。"))),
        List.of(NAIVE_ROUNDS, STILL_GOING, GUARD_REPLIES, NO_GUARD_ROUNDS, LOOP_ENDED));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program a = lab.program("A");
    Program b = lab.program("B");

    notes.part(
        "Two naive echoes at one port number, on two hosts",
        "两台主机上两个不设防的回显服务，端口号相同",
        () -> naive(lab, notes, a, b));
    notes.part(
        "Dualport's server in place of B, its guard on",
        "用 Dualport 服务器代替 B，防护开启",
        () -> ownPort(lab, notes, a, b));
    notes.part("The same with the guard off", "同上，防护关闭", () -> guardOff(lab, notes, a));
    notes.part(
        "Guard on, and the two at different port numbers",
        "防护开启，但两者端口号不同",
        () -> otherPort(lab, notes, a, b));
  }

  private static void naive(Lab lab, Notebook notes, Program a, Program b) throws Exception {
    int port = lab.freePort();
    Sock echoB = b.datagrams("echo-B", HOST_B, port);
    notes.say(
        "Forging needs a raw socket elsewhere. Here somebody takes A's place for a moment, sends"
            + " one datagram to B, which has not looked yet, and is gone before A comes.",
        "在别处伪造来源需要原始套接字。这里由某人暂时占据 A 的位置，向尚未读取的 B 发出一个数据报，然后在 A 到来之前离开。");
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
            + " more time.",
        "两者来什么就回显什么。%d 轮用了 %d 毫秒，而且每次调用都要经管道下达；真正的服务器无需吩咐，快到沿途链路的极限。现在让 B 停手。", rounds, tookMillis);
    notes.check(NAIVE_ROUNDS, rounds);
    lab.show(a, "The kernel's table", "内核的表", port);
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
        "A sends the first datagram itself; to the server it is the same as a forged one.",
        "第一个数据报由 A 自己发出；在服务器看来，它与伪造的没有区别。");
    notes.say(
        "The server takes datagrams in order. Once a witness that asked later has its answer, A's"
            + " will not come any more.",
        "服务器按顺序处理数据报。后来才问的旁观者已得到回答，A 的回复就不会再来了。");
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
        "What ended it after %d rounds is that A, too, is a program of this lab.",
        "%d 轮之后之所以停下，只因为 A 也是本实验室的程序。", rounds);
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
            .orElseThrow(() -> new FailedException(Text.of("the server is silent", "服务器没有任何回应")));
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
        "服务器的 UDP 计数，含旁观者的一次",
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
