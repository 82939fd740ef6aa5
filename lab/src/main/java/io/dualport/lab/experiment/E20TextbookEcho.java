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
import io.dualport.lab.story.Bilingual;
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
          Bilingual.of(
              "Netty receives datagrams into 2048 bytes unless told otherwise. The kernel throws"
                  + " away what does not fit, and nobody hears of it."),
          "DefaultDatagramChannelConfig (Netty): FixedRecvByteBufAllocator(2048); recv(2) MSG_TRUNC");

  private static final Prediction OUR_DATAGRAMS =
      Prediction.exactly(
          "dualport-datagrams",
          "3000 -> 3000, 65507 -> 65507",
          Bilingual.of("Every datagram that IPv4 can carry comes back whole."),
          "RFC 768; RFC 791 section 3.1: 65535 bytes less 20 and 8 of headers");

  private static final Prediction TEXTBOOK_HALF_CLOSE =
      Prediction.between(
          "textbook-half-close",
          0,
          HALF_CLOSE_BYTES - 1,
          Bilingual.of(
              "The client's FIN makes Netty close the connection. What is not yet written is"
                  + " dropped, and the client sees a clean end."),
          "ChannelOption.ALLOW_HALF_CLOSURE (Netty) is false; RFC 9293 section 3.6: a FIN ends one"
              + " direction only");

  private static final Prediction OUR_HALF_CLOSE =
      Prediction.exactly(
          "dualport-half-close",
          HALF_CLOSE_BYTES + " as sent",
          Bilingual.of(
              "After the client's FIN everything that is pending is sent, then our FIN."),
          "RFC 9293 section 3.6, case 2");

  private static final Prediction TEXTBOOK_TAKES =
      Prediction.exactly(
          "textbook-takes",
          "OK",
          Bilingual.of(
              "It reads on although nobody takes the answers, so send(2) never blocks."),
          WINDOW);

  private static final Prediction TEXTBOOK_HOLDS =
      Prediction.between(
          "textbook-bytes-in-memory",
          UNREAD_BYTES / 2,
          UNREAD_BYTES,
          Bilingual.of(
              "All of it but what the kernel's queues hold lies in the server's memory, which one"
                  + " such client can exhaust."),
          "ChannelOutboundBuffer (Netty) has no limit of its own; " + WINDOW);

  private static final Prediction OURS_STALLS =
      Prediction.exactly(
          "dualport-takes",
          "EAGAIN",
          Bilingual.of(
              "Dualport stops reading while the client does not read. The queues of the kernel"
                  + " fill, the window closes, and the client's own send(2) has to wait."),
          WINDOW);

  private static final Prediction OURS_HOLDS =
      Prediction.between(
          "dualport-bytes-in-memory",
          0,
          BOUND_BYTES,
          Bilingual.of(
              "Its own share is one read of 64 KiB on top of a write buffer of 64 KiB at most."),
          "WriteBufferWaterMark and AdaptiveRecvByteBufAllocator (Netty): 64 KiB each by default");

  @Override
  public Page page() {
    return new Page(
        "20",
        Bilingual.of("The textbook echo beside ours"),
        Bilingual.of(
            "The Netty echo of the tutorials is a dozen lines long. What does it lose, and what does"
                + " one peer cost it?"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "A connection ends with a four-way handshake; who calls close() first goes to"
                        + " TIME_WAIT."),
                Bilingual.of(
                    "There are four steps because each end closes its own direction. A server that"
                        + " closes both when it sees the first FIN loses what it still had to say.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of("TCP is reliable: what was sent arrives."),
                Bilingual.of(
                    "It arrives at the other kernel. The program there may still lose it, and the"
                        + " connection ends without an error."))),
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
        () -> {
          Sock socket = client.udp("socket");
          notes.check(TEXTBOOK_DATAGRAMS, echoed(socket, pair.textbookPort()));
          notes.check(OUR_DATAGRAMS, echoed(socket, pair.dualportPort()));
        });
    notes.part(
        "A client that says what it has to say, then listens",
        () -> halfClose(lab, notes, client, pair));
    notes.part("A client that never reads", () -> neverRead(lab, notes, client, pair));
    notes.part(
        "What else it lacks",
        () ->
            notes.say(
                "On 0.0.0.0 its datagrams leave from the wrong address (experiment 17), and one"
                    + " forged datagram lets two of them talk for ever (experiment 19)."));
  }

  private static String echoed(Sock socket, int port) throws Exception {
    StringBuilder result = new StringBuilder();
    for (int bytes : DATAGRAM_BYTES) {
      socket.sendTo(new byte[bytes], LOOPBACK, port).must();
      Datagram reply =
          socket
              .receiveFrom(Sock.PATIENCE_MILLIS)
              .orElseThrow(() -> new FailedException(Bilingual.of("no datagram came back")));
      result.append(result.isEmpty() ? "" : ", ").append(bytes).append(" -> ");
      result.append(reply.bytes().length);
    }
    return result.toString();
  }

  private static void halfClose(Lab lab, Notebook notes, Program observer, Pair pair)
      throws Exception {
    notes.say(
        "It sends %d MiB and reads only when nothing more is taken; then shutdown(SHUT_WR), and"
            + " when nothing moves any more it reads to the end.", HALF_CLOSE_BYTES / MEBIBYTE);
    Table.Builder table =
        Table.titled("")
            .column("server", "server")
            .numbers("sent", "sentBytes")
            .numbers("read before FIN", "readBeforeFinBytes")
            .numbers("read in all", "readBytes");
    String textbook = sendThenListen(lab, observer, "textbook", pair.textbookPort(), table);
    String dualport = sendThenListen(lab, observer, "dualport", pair.dualportPort(), table);
    notes.observe("Bytes", table.build());
    notes.say(
        "From the textbook comes what the kernel's queues had already taken; the rest was in the"
            + " server's memory when it closed. With ours the client had to read on the way, as a"
            + " bounded server takes no more than it can give back.");
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
              Bilingual.of("%s neither reads nor writes", server));
        }
      }
      client.shutdownWrite();
      awaitRest(lab, observer, client);
      long before = client.received();
      if (!client.read(HALF_CLOSE_BYTES + 1, Sock.PATIENCE_MILLIS)) {
        throw new FailedException(
            Bilingual.of("%s did not end the connection", server));
      }
      table.row(server, client.sent(), before, client.received());
      return client.received() + (client.isIntact() ? " as sent" : " altered");
    }
  }

  private static void neverRead(Lab lab, Notebook notes, Program observer, Pair pair)
      throws Exception {
    notes.say(
        "It sends up to %d MiB and never reads. What is neither with the client nor in a queue of"
            + " the kernel's table is in the server's memory.", UNREAD_BYTES / MEBIBYTE);
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
      notes.observe("Bytes", table.build());
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
