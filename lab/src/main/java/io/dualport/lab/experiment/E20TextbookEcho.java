package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EAGAIN;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.textbook.TextbookEcho;
import io.dualport.report.Table;
import java.util.Map;

/**
 * What is wrong with the Netty echo of the tutorials, beside one that is right? Longer than most
 * chapters: both servers are asked the same three things.
 */
public final class E20TextbookEcho implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int MEBIBYTE = 1 << 20;

  /** More than the kernel's buffers of one connection hold, so that the server has to keep it. */
  private static final long HALF_CLOSE_BYTES = 24 * MEBIBYTE;

  /** What the client reads at a time when it can send no more. */
  private static final long SIP_BYTES = 4 * MEBIBYTE;

  private static final long SIP_STALL_MILLIS = 200;

  private static final long UNREAD_BYTES = 48 * MEBIBYTE;

  /** So long the kernel must take nothing before the client believes that it will not. */
  private static final long STALL_MILLIS = 1_000;

  /** One read of at most 64 KiB on top of a write buffer just below its high-water mark of 64. */
  private static final long BOUND_BYTES = 128 * 1024;

  private static final String AS_SENT = " as sent";

  private static final String WINDOW = "RFC 9293 section 3.8.6; tcp(7) tcp_rmem, tcp_wmem";

  private EchoServer textbook;
  private EchoServer dualport;
  private Sock datagrams;
  private String returnedByTextbook;
  private String returnedByDualport;
  private Unread unreadByTextbook;
  private Unread unreadByDualport;

  /** What became of bytes that were sent to a server and never read. */
  private record Unread(Object lastSend, long heldByServer) {}

  @Override
  public Script script() {
    return Script.of("20", "The textbook echo beside ours")
        .question(
            "The Netty echo of the tutorials is a dozen lines long. What does it lose, and what"
                + " does one peer cost it?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .act(this::startBoth)
        .part("Datagrams of more than 2048 bytes")
        .act(lab -> datagrams = lab.program("client").udp("socket"))
        .expect(
            "textbook-datagrams",
            "3000 -> 2048, 65507 -> 2048",
            "Netty receives datagrams into 2048 bytes unless told otherwise. The kernel throws away"
                + " what does not fit, and nobody hears of it.",
            "DefaultDatagramChannelConfig (Netty): FixedRecvByteBufAllocator(2048); recv(2)"
                + " MSG_TRUNC",
            lab -> echoed(textbook, 3_000) + ", " + echoed(textbook, 65_507))
        .expect(
            "dualport-datagrams",
            "3000 -> 3000, 65507 -> 65507",
            "Every datagram that IPv4 can carry comes back whole.",
            "RFC 768; RFC 791 section 3.1: 65535 bytes less 20 and 8 of headers",
            lab -> echoed(dualport, 3_000) + ", " + echoed(dualport, 65_507))
        .part("A client that says what it has to say, then listens")
        .act(this::sendThenListen)
        .expectBetween(
            "textbook-half-close",
            0,
            HALF_CLOSE_BYTES - 1,
            "The client's FIN makes Netty close the connection. What is not yet written is dropped,"
                + " and the client sees a clean end.",
            "ChannelOption.ALLOW_HALF_CLOSURE (Netty) is false; RFC 9293 section 3.6: a FIN ends"
                + " one direction only",
            lab -> returnedByTextbook.replace(AS_SENT, ""))
        .expect(
            "dualport-half-close",
            HALF_CLOSE_BYTES + AS_SENT,
            "After the client's FIN everything that is pending is sent, then our FIN.",
            "RFC 9293 section 3.6, case 2",
            lab -> returnedByDualport)
        .part("A client that never reads")
        .act(this::neverRead)
        .expect(
            "textbook-takes",
            OK,
            "It reads on although nobody takes the answers, so send(2) never blocks.",
            WINDOW,
            lab -> unreadByTextbook.lastSend())
        .expectBetween(
            "textbook-bytes-in-memory",
            UNREAD_BYTES / 2,
            UNREAD_BYTES,
            "All of it but what the kernel's queues hold lies in the server's memory, which one"
                + " such client can exhaust.",
            "ChannelOutboundBuffer (Netty) has no limit of its own; " + WINDOW,
            lab -> unreadByTextbook.heldByServer())
        .expect(
            "dualport-takes",
            EAGAIN,
            "Dualport stops reading while the client does not read. The queues of the kernel fill,"
                + " the window closes, and the client's own send(2) has to wait.",
            WINDOW,
            lab -> unreadByDualport.lastSend())
        .expectBetween(
            "dualport-bytes-in-memory",
            0,
            BOUND_BYTES,
            "Its own share is one read of 64 KiB on top of a write buffer of 64 KiB at most.",
            "WriteBufferWaterMark and AdaptiveRecvByteBufAllocator (Netty): 64 KiB each by default",
            lab -> unreadByDualport.heldByServer())
        .part("What else it lacks")
        .say(
            "On 0.0.0.0 its datagrams leave from the wrong address (experiment 17), and"
                + " one forged datagram lets two of them talk for ever (experiment"
                + " 19).")
        .answer(
            "It loses what a datagram has beyond 2048 bytes, and what it has not yet written when"
                + " the client's FIN comes; and a client that sends and never reads costs it nearly"
                + " as much memory as it sends.")
        .refines(
            TWO_PROCESSES,
            "A connection ends with a four-way handshake; who calls close() first goes to"
                + " TIME_WAIT.",
            "There are four steps because each end closes its own direction. A server that closes"
                + " both when it sees the first FIN loses what it still had to say.")
        .corrects(
            COMMON_BELIEF,
            "TCP is reliable: what was sent arrives.",
            "It arrives at the other kernel. The program there may still lose it, and the"
                + " connection ends without an error.");
  }

  /** Each is on one port for both protocols. */
  private void startBoth(Lab lab) throws Exception {
    String port = String.valueOf(lab.freePort());
    String another = String.valueOf(lab.freePort());
    textbook = EchoServer.of(lab, "textbook", TextbookEcho.class, LOOPBACK, port);
    dualport =
        EchoServer.dualport(lab, "dualport", Map.of(), "--host", LOOPBACK, "--port", another);
  }

  private String echoed(EchoServer server, int bytes) throws Exception {
    datagrams.sendTo(new byte[bytes], LOOPBACK, server.port()).must();
    Datagram reply =
        datagrams
            .receiveFrom(Sock.PATIENCE_MILLIS)
            .orElseThrow(() -> new FailedException(Bilingual.of("no datagram came back")));
    return bytes + " -> " + reply.bytes().length;
  }

  private void sendThenListen(Lab lab) throws Exception {
    lab.say(
        "It sends %d MiB and reads only when nothing more is taken; then shutdown(SHUT_WR), and"
            + " when nothing moves any more it reads to the end.",
        HALF_CLOSE_BYTES / MEBIBYTE);
    Table.Builder table =
        Table.titled("")
            .column("server", "server")
            .numbers("sent", "sentBytes")
            .numbers("read before FIN", "readBeforeFinBytes")
            .numbers("read in all", "readBytes");
    returnedByTextbook = sendThenListen(lab, "textbook", textbook.port(), table);
    returnedByDualport = sendThenListen(lab, "dualport", dualport.port(), table);
    lab.observe("Bytes", table.build());
    lab.say(
        "From the textbook comes what the kernel's queues had already taken; the rest was in"
            + " the server's memory when it closed. With ours the client had to read on the"
            + " way, as a bounded server takes no more than it can give back.");
  }

  /** How many bytes came back until the server's FIN, and whether they were the ones sent. */
  private static String sendThenListen(Lab lab, String server, int port, Table.Builder table)
      throws Exception {
    try (BulkClient client = new BulkClient(LOOPBACK, port)) {
      while (!client.send(HALF_CLOSE_BYTES, SIP_STALL_MILLIS)) {
        long before = client.received();
        client.read(SIP_BYTES, Sock.PATIENCE_MILLIS);
        if (client.received() == before) {
          throw new FailedException(Bilingual.of("%s neither reads nor writes", server));
        }
      }
      client.shutdownWrite();
      client.awaitRest(lab, lab.program("client"));
      long before = client.received();
      if (!client.read(HALF_CLOSE_BYTES + 1, Sock.PATIENCE_MILLIS)) {
        throw new FailedException(Bilingual.of("%s did not end the connection", server));
      }
      table.row(server, client.sent(), before, client.received());
      return client.received() + (client.isIntact() ? AS_SENT : " altered");
    }
  }

  private void neverRead(Lab lab) throws Exception {
    lab.say(
        "It sends up to %d MiB and never reads. What is neither with the client nor in a queue"
            + " of the kernel's table is in the server's memory.",
        UNREAD_BYTES / MEBIBYTE);
    Table.Builder table =
        Table.titled("")
            .column("server", "server")
            .numbers("taken by send", "takenBytes")
            .numbers("in the kernel's queues", "queuedBytes")
            .numbers("in the server's memory", "heldBytes");
    unreadByTextbook = neverRead(lab, "textbook", textbook.port(), table);
    unreadByDualport = neverRead(lab, "dualport", dualport.port(), table);
    lab.observe("Bytes", table.build());
  }

  private static Unread neverRead(Lab lab, String server, int port, Table.Builder table)
      throws Exception {
    try (BulkClient client = new BulkClient(LOOPBACK, port)) {
      boolean all = client.send(UNREAD_BYTES, STALL_MILLIS);
      long queued = client.awaitRest(lab, lab.program("client"));
      long held = client.sent() - queued;
      table.row(server, client.sent(), queued, held);
      return new Unread(all ? OK : EAGAIN, held);
    }
  }
}
