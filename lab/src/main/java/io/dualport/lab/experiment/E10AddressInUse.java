package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
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
import io.dualport.lab.story.Text;
import java.util.List;

/** Why does a restarted server find its own port in use, and which socket needs SO_REUSEADDR? */
public final class E10AddressInUse implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ATTEMPTS = 5;
  private static final String CONFLICT =
      "inet_bind_conflict in net/ipv4/inet_connection_sock.c; socket(7) SO_REUSEADDR";

  private static final Prediction NEITHER =
      Prediction.exactly(
          "neither-set",
          "EADDRINUSE",
          Text.of(
              "The server closed first, so its side of the connection stays in TIME_WAIT and holds"
                  + " the port.",
              "服务器先关闭，因此它那一侧的连接停留在 TIME_WAIT，继续占着端口。"),
          "RFC 9293 section 3.6.1; " + CONFLICT);

  private static final Prediction ONLY_NEW =
      Prediction.exactly(
          "only-new-set",
          "EADDRINUSE",
          Text.of(
              "The socket in TIME_WAIT inherited the old listener's options: if that had no"
                  + " SO_REUSEADDR, the new socket's alone does not help.",
              "TIME_WAIT 中的套接字继承了旧监听套接字的选项：旧的没有设 SO_REUSEADDR，只有新的设了也没用。"),
          CONFLICT + "; tw_reuse in inet_twsk_alloc, net/ipv4/inet_timewait_sock.c");

  private static final Prediction BOTH =
      Prediction.exactly(
          "both-set",
          "OK",
          Text.of(
              "Where the old listener had it before it listened, and the new one has it "
                  + "before it binds, TIME_WAIT is no obstacle.",
              "旧监听套接字在监听之前、新套接字在绑定之前都设了，TIME_WAIT 就不再是障碍。"),
          CONFLICT);

  private static final Prediction LIVE_CHILD =
      Prediction.exactly(
          "live-child-both-set",
          "OK",
          Text.of(
              "But it does not listen, so with SO_REUSEADDR on both it is no obstacle.",
              "但它并不在监听，所以两边都设 SO_REUSEADDR 时它不是障碍。"),
          CONFLICT);

  private static final Prediction LIVE_CHILD_NEITHER =
      Prediction.exactly(
          "live-child-neither-set",
          "EADDRINUSE",
          Text.of(
              "A live connection of the old server holds the port as well, although nobody "
                  + "listens.",
              "旧服务器仍存活的连接也占着端口，尽管没有人在监听。"),
          CONFLICT);

  private static final Prediction CLIENT_FIRST =
      Prediction.exactly(
          "client-closes-first",
          "OK",
          Text.of(
              "Who closes first has the TIME_WAIT. If the client does, the server's port is free at"
                  + " once, without any option.",
              "谁先关闭，TIME_WAIT 就在谁那边。若客户端先关闭，服务器的端口立刻空闲，无需任何选项。"),
          "RFC 9293 section 3.6");

  private static final Prediction LINGER_ZERO =
      Prediction.exactly(
          "linger-zero",
          "OK",
          Text.of(
              "SO_LINGER with 0 seconds sends RST instead of FIN and leaves no TIME_WAIT; whatever"
                  + " was on its way is lost.",
              "SO_LINGER 设为 0 秒时发送 RST 而不是 FIN，不留 TIME_WAIT；途中的数据全部丢失。"),
          "socket(7) SO_LINGER; tcp_disconnect in __tcp_close, net/ipv4/tcp.c");

  @Override
  public Page page() {
    return new Page(
        "10",
        Text.of("\"Address already in use\" after a restart", "重启后的“地址已被占用”"),
        Text.of(
            "A server is stopped and started again, and bind fails although nobody listens. Why, and"
                + " which of the two sockets needs SO_REUSEADDR?",
            "服务器停止后重新启动，明明没有人在监听，bind 却失败。为什么？新旧两个套接字，谁需要设 SO_REUSEADDR？"),
        "tcp.port == PORT and (tcp.flags.fin == 1 or tcp.flags.reset == 1)",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Text.of(
                    "Why does a restarted server report \"Address in use\", and how is it avoided? (only asked)",
                    "重启服务为何报地址被占用，如何避免？（只有提问）"),
                Text.of(
                    "A TIME_WAIT or a live connection of the old server holds the port; SO_REUSEADDR in every run avoids it.",
                    "旧服务器的 TIME_WAIT 或存活连接占着端口；每次启动都设 SO_REUSEADDR 即可避免。")),
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Text.of(
                    "Servers should always set SO_REUSEADDR before they bind.",
                    "服务器应当总在 bind 之前设好 SO_REUSEADDR。"),
                Text.of(
                    "For TCP, yes: it must be there before the restart that needs it. Not for UDP: experiment 15.",
                    "TCP 确实如此：要在需要它的那次重启之前就设好。UDP 则不然：见实验 15。")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "With SO_REUSEADDR a restarted server binds its port although connections of the old one still exist.",
                    "设了 SO_REUSEADDR，旧连接还在时，重启的服务器也能绑定原端口。"),
                Text.of("It does, if the old server had set it, too.", "可以，但旧服务器当初也必须设过。")),
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Text.of(
                    "Both the old and the new socket must have SO_REUSEADDR set; one of them is not"
                        + " enough.",
                    "新旧两个套接字都必须设 SO_REUSEADDR，只设其一不够。"),
                Text.of("Only the new one: EADDRINUSE. Both: OK.", "只设新的：EADDRINUSE。两者都设：OK。")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of(
                    "A released port can be used again after two minutes.", "端口释放后要等两分钟才能再次使用。"),
                Text.of(
                    "Only a connection that the server closed first makes it wait, and on this "
                        + "kernel 60 seconds (./dual lab run 10-long). A connection that still lives "
                        + "blocks for as long as it lives.",
                    "只有服务器先关闭的连接才需要等待，而且这个内核只等 60 秒（" + "./dual lab run 10-long）；仍存活的连接则活多久挡多久。"))),
        List.of(
            NEITHER, ONLY_NEW, BOTH, LIVE_CHILD_NEITHER, LIVE_CHILD, CLIENT_FIRST, LINGER_ZERO));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part(
        "The server closes first, and neither socket has SO_REUSEADDR",
        "服务器先关闭，新旧套接字都没有设 SO_REUSEADDR",
        () -> {
          int port = leaveTimeWait(lab, notes, server, client, 0);
          lab.show(server, "The kernel's table", "内核的表", port);
          notes.check(NEITHER, bindAgain(server, port, 0));
        });
    notes.part(
        "Only the new socket has it",
        "只有新套接字设了",
        () ->
            notes.check(
                ONLY_NEW, bindAgain(server, leaveTimeWait(lab, notes, server, client, 0), 1)));
    notes.part(
        "Both have it",
        "两者都设了",
        () ->
            notes.check(BOTH, bindAgain(server, leaveTimeWait(lab, notes, server, client, 1), 1)));
    notes.part(
        "A connection of the old server is still alive",
        "旧服务器还有一条连接活着",
        () -> {
          int withoutOption = leaveLiveChild(lab, server, client, 0);
          notes.check(LIVE_CHILD_NEITHER, bindAgain(server, withoutOption, 0));
          int port = leaveLiveChild(lab, server, client, 1);
          lab.show(server, "The kernel's table", "内核的表", port);
          notes.check(LIVE_CHILD, bindAgain(server, port, 1));
        });
    notes.part(
        "The client closes first",
        "客户端先关闭",
        () -> {
          int port = leaveTimeWaitToClient(lab, notes, server, client);
          lab.show(server, "TIME_WAIT is on the client's side", "TIME_WAIT 在客户端一侧", port);
          notes.check(CLIENT_FIRST, bindAgain(server, port, 0));
        });
    notes.part(
        "The server closes first, with a reset",
        "服务器先关闭，但用 RST",
        () -> {
          int port = lab.freePort();
          Sock listener = listener(server, port, 0);
          client.dial("connection", LOOPBACK, port);
          Sock accepted = listener.accept("accepted");
          accepted.set(SO_LINGER, 0).must();
          accepted.close();
          listener.close();
          notes.check(LINGER_ZERO, bindAgain(server, port, 0));
        });
  }

  /** Leaves the server's side in TIME_WAIT; returns the port. */
  private static int leaveTimeWait(
      Lab lab, Notebook notes, Program server, Program client, int reuseAddress) throws Exception {
    return untilTimeWait(
        lab,
        notes,
        server,
        port -> {
          Sock listener = listener(server, port, reuseAddress);
          Sock connection = client.dial("connection", LOOPBACK, port);
          Sock accepted = listener.accept("accepted");
          accepted.close();
          connection.receive(Sock.PATIENCE_MILLIS);
          connection.close();
          listener.close();
        });
  }

  /** Leaves the client's side in TIME_WAIT; returns the port. */
  private static int leaveTimeWaitToClient(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    return untilTimeWait(
        lab,
        notes,
        server,
        port -> {
          Sock listener = listener(server, port, 0);
          Sock connection = client.dial("connection", LOOPBACK, port);
          Sock accepted = listener.accept("accepted");
          connection.close();
          accepted.receive(Sock.PATIENCE_MILLIS);
          accepted.close();
          listener.close();
        });
  }

  /** Opens a connection on a port and closes both ends. */
  private interface Closing {
    void run(int port) throws Exception;
  }

  /**
   * Repeats it, if need be, until one end is in TIME_WAIT. On a busy machine a late ACK now and
   * then arrives after the last FIN; TIME_WAIT answers it, nobody is there any more to hear that,
   * and the RST ends TIME_WAIT: the assassination of RFC 1337.
   */
  private static int untilTimeWait(Lab lab, Notebook notes, Program server, Closing closing)
      throws Exception {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = lab.freePort();
      closing.run(port);
      lab.await(
          "no end is in another state than TIME_WAIT",
          "两端都不处于 TIME_WAIT 以外的状态",
          () ->
              lab.rows(server, port).stream()
                  .allMatch(row -> row.state() == SocketState.TIME_WAIT));
      if (lab.count(server, SocketState.TIME_WAIT, port) == 1) {
        return port;
      }
      notes.say(
          "TIME_WAIT is gone already, as when a packet out of order ends it (RFC 1337); once more.",
          "TIME_WAIT 已经消失，就像乱序的包会提前终结它那样（RFC 1337）；再来一次。");
    }
    throw new FailedException(
        Text.format("no TIME_WAIT in %d attempts", "%d 次尝试都没有留下 TIME_WAIT", ATTEMPTS));
  }

  private static int leaveLiveChild(Lab lab, Program server, Program client, int reuseAddress)
      throws Exception {
    int port = lab.freePort();
    Sock listener = listener(server, port, reuseAddress);
    client.dial("connection", LOOPBACK, port);
    listener.accept("accepted");
    listener.close();
    return port;
  }

  private static Sock listener(Program server, int port, int reuseAddress) throws Exception {
    Sock listener = server.tcp("old");
    listener.set(SO_REUSEADDR, reuseAddress).must();
    listener.bind(LOOPBACK, port).must();
    listener.listen(16).must();
    return listener;
  }

  private static Outcome bindAgain(Program server, int port, int reuseAddress) throws Exception {
    Sock restarted = server.tcp("new");
    restarted.set(SO_REUSEADDR, reuseAddress).must();
    return restarted.bind(LOOPBACK, port);
  }
}
