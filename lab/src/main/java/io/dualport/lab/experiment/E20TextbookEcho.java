package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketRow;
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
import io.dualport.lab.textbook.TextbookEcho;
import io.dualport.report.Table;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is wrong with the Netty echo of the tutorials, beside one that is right? */
public final class E20TextbookEcho implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int MEBIBYTE = 1 << 20;

  private static final List<Integer> DATAGRAM_BYTES = List.of(3_000, 65_507);

  /** More than the kernel's buffers of one connection hold, so that the server has to keep it. */
  private static final long HALF_CLOSE_BYTES = 24 * MEBIBYTE;

  /** What the client reads at a time when it can send no more. */
  private static final long SIP_BYTES = 4 * MEBIBYTE;

  private static final long SIP_STALL_MILLIS = 200;

  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long UNREAD_BYTES = 48 * MEBIBYTE;

  /** So long the kernel must take nothing before the client believes that it will not. */
  private static final long STALL_MILLIS = 1_000;

  /** One read of at most 64 KiB on top of a write buffer just below its high-water mark of 64. */
  private static final long BOUND_BYTES = 128 * 1024;

  private static final String WINDOW = "RFC 9293 section 3.8.6; tcp(7) tcp_rmem, tcp_wmem";

  private static final Prediction TEXTBOOK_DATAGRAMS =
      Prediction.exactly(
          "textbook-datagrams",
          "3000 -> 2048, 65507 -> 2048",
          Text.of(
              "Netty receives datagrams into 2048 bytes unless told otherwise. The kernel throws"
                  + " away what does not fit, and nobody hears of it.",
              "若不另行设置，Netty 用 2048 字节的缓冲区接收数据报。放不下的部分被内核丢弃，谁也不知道。"),
          "DefaultDatagramChannelConfig (Netty): FixedRecvByteBufAllocator(2048); recv(2) MSG_TRUNC");

  private static final Prediction OUR_DATAGRAMS =
      Prediction.exactly(
          "dualport-datagrams",
          "3000 -> 3000, 65507 -> 65507",
          Text.of("Every datagram that IPv4 can carry comes back whole.", "IPv4 能承载的任何数据报都完整返回。"),
          "RFC 768; RFC 791 section 3.1: 65535 bytes less 20 and 8 of headers");

  private static final Prediction TEXTBOOK_HALF_CLOSE =
      Prediction.between(
          "textbook-half-close",
          0,
          HALF_CLOSE_BYTES - 1,
          Text.of(
              "The client's FIN makes Netty close the connection. What is not yet written is"
                  + " dropped, and the client sees a clean end.",
              "客户端的 FIN 使 Netty 关闭连接。尚未写出的数据被丢弃，而客户端看到的是正常结束。"),
          "ChannelOption.ALLOW_HALF_CLOSURE (Netty) is false; RFC 9293 section 3.6: a FIN ends one"
              + " direction only");

  private static final Prediction OUR_HALF_CLOSE =
      Prediction.exactly(
          "dualport-half-close",
          HALF_CLOSE_BYTES + " as sent",
          Text.of(
              "After the client's FIN everything that is pending is sent, then our FIN.",
              "收到客户端的 FIN 后，先把待发数据全部发完，再发自己的 FIN。"),
          "RFC 9293 section 3.6, case 2");

  private static final Prediction TEXTBOOK_TAKES =
      Prediction.exactly(
          "textbook-takes",
          "OK",
          Text.of(
              "It reads on although nobody takes the answers, so send(2) never blocks.",
              "没有人取走回复，它仍继续读取，因此 send(2) 从不阻塞。"),
          WINDOW);

  private static final Prediction TEXTBOOK_HOLDS =
      Prediction.between(
          "textbook-bytes-in-memory",
          UNREAD_BYTES / 2,
          UNREAD_BYTES,
          Text.of(
              "All of it but what the kernel's queues hold lies in the server's memory, which one"
                  + " such client can exhaust.",
              "除内核队列中的部分外，全都堆在服务器内存里；一个这样的客户端就能将其耗尽。"),
          "ChannelOutboundBuffer (Netty) has no limit of its own; " + WINDOW);

  private static final Prediction OURS_STALLS =
      Prediction.exactly(
          "dualport-takes",
          "EAGAIN",
          Text.of(
              "Dualport stops reading while the client does not read. The queues of the kernel"
                  + " fill, the window closes, and the client's own send(2) has to wait.",
              "客户端不读时，Dualport 也停止读取。内核队列填满，窗口关闭，客户端自己的 send(2) 只好等待。"),
          WINDOW);

  private static final Prediction OURS_HOLDS =
      Prediction.between(
          "dualport-bytes-in-memory",
          0,
          BOUND_BYTES,
          Text.of(
              "Its own share is one read of 64 KiB on top of a write buffer of 64 KiB at most.",
              "它自己占用的最多是 64 KiB 的写缓冲再加一次 64 KiB 的读取。"),
          "WriteBufferWaterMark and AdaptiveRecvByteBufAllocator (Netty): 64 KiB each by default");

  @Override
  public Page page() {
    return new Page(
        "20",
        Text.of("The textbook echo beside ours", "教科书式回显与我们的回显"),
        Text.of(
            "The Netty echo of the tutorials is a dozen lines long. What does it lose, and what does"
                + " one peer cost it?",
            "教程里的 Netty 回显只有十几行。它会丢失什么？一个对端能让它付出多大代价？"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "A connection ends with a four-way handshake; who calls close() first goes to"
                        + " TIME_WAIT.",
                    "连接以四次挥手结束；先调用 close() 的一方进入 TIME_WAIT。"),
                Text.of(
                    "There are four steps because each end closes its own direction. A server that"
                        + " closes both when it sees the first FIN loses what it still had to say.",
                    "之所以是四步，是因为每一端只关闭自己的方向。看到第一个 FIN 就把两个方向都关掉的服务器，会丢掉自己还没说完的话。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of("TCP is reliable: what was sent arrives.", "TCP 是可靠的：发出的数据必定到达。"),
                Text.of(
                    "It arrives at the other kernel. The program there may still lose it, and the"
                        + " connection ends without an error.",
                    "到达的是对方内核。对方程序仍可能把它弄丢，而连接照样毫无错误地结束。"))),
        List.of(
            TEXTBOOK_DATAGRAMS,
            OUR_DATAGRAMS,
            TEXTBOOK_HALF_CLOSE,
            OUR_HALF_CLOSE,
            TEXTBOOK_TAKES,
            TEXTBOOK_HOLDS,
            OURS_STALLS,
            OURS_HOLDS));
  }

  /** Where the two servers are, each on one port for both protocols. */
  private record Pair(int textbookPort, int dualportPort) {}

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program client = lab.program("client");
    String port = String.valueOf(lab.freePort());
    String another = String.valueOf(lab.freePort());
    Pair pair =
        new Pair(
            EchoServer.of(lab, "textbook", TextbookEcho.class, LOOPBACK, port).port(),
            EchoServer.dualport(lab, "dualport", Map.of(), "--host", LOOPBACK, "--port", another)
                .port());

    notes.part(
        "Datagrams of more than 2048 bytes",
        "超过 2048 字节的数据报",
        () -> {
          Sock socket = client.udp("socket");
          notes.check(TEXTBOOK_DATAGRAMS, echoed(socket, pair.textbookPort()));
          notes.check(OUR_DATAGRAMS, echoed(socket, pair.dualportPort()));
        });
    notes.part(
        "A client that says what it has to say, then listens",
        "先说完、再倾听的客户端",
        () -> halfClose(lab, notes, client, pair));
    notes.part("A client that never reads", "从不读取的客户端", () -> neverRead(lab, notes, client, pair));
    notes.part(
        "What else it lacks",
        "它还缺什么",
        () ->
            notes.say(
                "On 0.0.0.0 its datagrams leave from the wrong address (experiment 17), and one"
                    + " forged datagram lets two of them talk for ever (experiment 19).",
                "绑定 0.0.0.0 时，它的数据报会从错误的地址发出（实验 17）；一个伪造的数据报就能让两个这样的服务器永远对话（实验 19）。"));
  }

  private static String echoed(Sock socket, int port) throws Exception {
    StringBuilder result = new StringBuilder();
    for (int bytes : DATAGRAM_BYTES) {
      socket.sendTo(new byte[bytes], LOOPBACK, port).must();
      Datagram reply =
          socket
              .receiveFrom(Sock.PATIENCE_MILLIS)
              .orElseThrow(() -> new FailedException(Text.of("no datagram came back", "没有数据报返回")));
      result.append(result.isEmpty() ? "" : ", ").append(bytes).append(" -> ");
      result.append(reply.bytes().length);
    }
    return result.toString();
  }

  private static void halfClose(Lab lab, Notebook notes, Program observer, Pair pair)
      throws Exception {
    notes.say(
        "It sends %d MiB and reads only when nothing more is taken; then shutdown(SHUT_WR), and"
            + " when nothing moves any more it reads to the end.",
        "它发送 %d MiB，只在再也发不出去时才读一点；然后 shutdown(SHUT_WR)，等一切静止后再读到结尾。", HALF_CLOSE_BYTES / MEBIBYTE);
    Table.Builder table =
        Table.titled("")
            .column("server", "server")
            .numbers("sent", "sentBytes")
            .numbers("read before FIN", "readBeforeFinBytes")
            .numbers("read in all", "readBytes");
    String textbook = sendThenListen(lab, observer, "textbook", pair.textbookPort(), table);
    String dualport = sendThenListen(lab, observer, "dualport", pair.dualportPort(), table);
    notes.observe("Bytes", "字节数", table.build());
    notes.say(
        "From the textbook comes what the kernel's queues had already taken; the rest was in the"
            + " server's memory when it closed. With ours the client had to read on the way, as a"
            + " bounded server takes no more than it can give back.",
        "教科书式服务器返回的，只有内核队列已经接收的部分；其余的在关闭时还留在服务器内存里。而面对我们的服务器，客户端中途就得读取，因为内存有界的服务器，还不出去就不再收。");
    notes.check(TEXTBOOK_HALF_CLOSE, textbook.replace(" as sent", ""));
    notes.check(OUR_HALF_CLOSE, dualport);
  }

  /** How many bytes came back until the server's FIN, and whether they were the ones sent. */
  private static String sendThenListen(
      Lab lab, Program observer, String server, int port, Table.Builder table) throws Exception {
    try (BulkClient client = new BulkClient(LOOPBACK, port)) {
      while (!client.send(HALF_CLOSE_BYTES, SIP_STALL_MILLIS)) {
        long before = client.received();
        client.read(SIP_BYTES, Sock.PATIENCE_MILLIS);
        if (client.received() == before) {
          throw new FailedException(
              Text.format("%s neither reads nor writes", "%s 既不读也不写", server));
        }
      }
      client.shutdownWrite();
      awaitRest(lab, observer, client);
      long before = client.received();
      if (!client.read(HALF_CLOSE_BYTES + 1, Sock.PATIENCE_MILLIS)) {
        throw new FailedException(
            Text.format("%s did not end the connection", "%s 没有结束连接", server));
      }
      table.row(server, client.sent(), before, client.received());
      return client.received() + (client.isIntact() ? " as sent" : " altered");
    }
  }

  private static void neverRead(Lab lab, Notebook notes, Program observer, Pair pair)
      throws Exception {
    notes.say(
        "It sends up to %d MiB and never reads. What is neither with the client nor in a queue of"
            + " the kernel's table is in the server's memory.",
        "它最多发送 %d MiB，从不读取。既不在客户端、也不在内核表所列队列中的，就在服务器的内存里。", UNREAD_BYTES / MEBIBYTE);
    Table.Builder table =
        Table.titled("")
            .column("server", "server")
            .numbers("taken by send", "takenBytes")
            .numbers("in the kernel's queues", "queuedBytes")
            .numbers("in the server's memory", "heldBytes");
    try (BulkClient textbook = new BulkClient(LOOPBACK, pair.textbookPort());
        BulkClient dualport = new BulkClient(LOOPBACK, pair.dualportPort())) {
      String textbookTakes = textbook.send(UNREAD_BYTES, STALL_MILLIS) ? "OK" : "EAGAIN";
      long textbookHolds = held(lab, observer, "textbook", textbook, table);
      String dualportTakes = dualport.send(UNREAD_BYTES, STALL_MILLIS) ? "OK" : "EAGAIN";
      long dualportHolds = held(lab, observer, "dualport", dualport, table);
      notes.observe("Bytes", "字节数", table.build());
      notes.check(TEXTBOOK_TAKES, textbookTakes);
      notes.check(TEXTBOOK_HOLDS, textbookHolds);
      notes.check(OURS_STALLS, dualportTakes);
      notes.check(OURS_HOLDS, dualportHolds);
    }
  }

  private static long held(
      Lab lab, Program observer, String server, BulkClient client, Table.Builder table)
      throws Exception {
    long queued = awaitRest(lab, observer, client);
    table.row(server, client.sent(), queued, client.sent() - queued);
    return client.sent() - queued;
  }

  /** Waits until the queues of a connection do not change any more; how many bytes are in them. */
  private static long awaitRest(Lab lab, Program observer, BulkClient client) throws Exception {
    long[] queued = {-1};
    long[] sinceNanos = {System.nanoTime()};
    lab.await(
        "the queues of the connection come to rest",
        "连接的各个队列静止下来",
        () -> {
          long now =
              lab.rows(observer, client.port()).stream()
                  .mapToLong(E20TextbookEcho::queuedBytes)
                  .sum();
          if (now != queued[0]) {
            queued[0] = now;
            sinceNanos[0] = System.nanoTime();
          }
          return System.nanoTime() - sinceNanos[0] > REST_NANOS;
        });
    return queued[0];
  }

  /** Both directions of one end; what is on its way counts until it is acknowledged. */
  private static long queuedBytes(SocketRow row) {
    return row.receiveQueueBytes() + row.transmitQueueBytes();
  }
}
