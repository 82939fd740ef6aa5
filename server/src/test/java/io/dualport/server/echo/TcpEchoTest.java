package io.dualport.server.echo;

import static io.dualport.flow.Protocol.TCP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.Framing;
import io.dualport.probe.Probe;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;

/** What the TCP half promises, with plain blocking sockets as clients. */
@Tag("slow")
class TcpEchoTest {
  private static final int MIB = 1 << 20;

  @EachTransport
  void shouldReturnEveryByteToAClientThatHalfClosesAndReadsLateAndSlowly(Transport transport)
      throws Exception {
    byte[] sent = bytes(32 * MIB);
    try (TestServer server = TestServer.start(transport);
        Socket client = connect(server)) {
      Thread writer = writeThenFin(client, sent);
      // Late: only once both directions are full and the server has stopped reading.
      await().during(java.time.Duration.ofMillis(300)).until(() -> stalled(server));
      MessageDigest received = MessageDigest.getInstance("SHA-256");
      InputStream in = client.getInputStream();
      byte[] small = new byte[3000]; // slowly: far below what the server offers at a time
      long total = 0;
      for (int n = in.read(small); n >= 0; n = in.read(small)) {
        received.update(small, 0, n);
        total += n;
      }
      writer.join();
      assertThat(total).isEqualTo(sent.length);
      assertThat(received.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(sent));
      server.awaitCount(TCP, Counter.CLOSED_BY_PEER, 1);
      assertThat(server.count(TCP, Counter.BYTES_OUT)).isEqualTo(sent.length);
    }
  }

  private static long lastBytesIn = -1;

  private static boolean stalled(TestServer server) {
    long now = server.count(TCP, Counter.BYTES_IN);
    boolean same = now > 0 && now == lastBytesIn;
    lastBytesIn = now;
    return same;
  }

  @EachTransport
  void shouldEchoAByteAtATime(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport);
        Socket client = connect(server)) {
      client.setTcpNoDelay(true);
      for (int i = 0; i < 500; i++) {
        client.getOutputStream().write(i);
        assertThat(client.getInputStream().read()).isEqualTo(i & 0xff);
      }
      server.awaitCount(TCP, Counter.BYTES_OUT, 500);
      assertThat(server.count(TCP, Counter.READS)).isEqualTo(500);
      assertThat(server.count(TCP, Counter.WRITES)).isEqualTo(500);
      assertThat(server.count(TCP, Counter.MESSAGES_IN)).as("no probe").isZero();
    }
  }

  /** How a stream is cut into reads is an accident, and says nothing about its messages. */
  @EachTransport
  void shouldCountMessagesOfTheProbeHoweverTheStreamIsCut(Transport transport) throws Exception {
    ByteBuf message = Unpooled.buffer();
    for (int i = 0; i < 3; i++) {
      new Probe(128, true, 4711, i, 1).write(message);
    }
    byte[] three = ByteBufUtil.getBytes(message);
    for (String stamp : List.of("on", "off")) {
      try (TestServer server = TestServer.start(transport, "stamp", stamp);
          Socket client = connect(server)) {
        client.setTcpNoDelay(true);
        for (int from = 0, to = 1; from < three.length; from = to, to = Math.min(3 * to, 384)) {
          client.getOutputStream().write(three, from, to - from);
          client.getInputStream().readNBytes(to - from);
        }
        for (int i = 0; i < 10; i++) {
          client.getOutputStream().write(three);
        }
        client.getInputStream().readNBytes(10 * three.length);
        server.awaitCount(TCP, Counter.BYTES_OUT, 11L * three.length);

        assertThat(server.count(TCP, Counter.MESSAGES_IN)).as("stamp %s", stamp).isEqualTo(33);
        assertThat(server.count(TCP, Counter.MESSAGES_OUT)).isEqualTo(33);
        assertThat(server.snapshot().live())
            .extracting(FlowSnapshot::framing)
            .containsExactly(Framing.PROBE);
        assertThat(server.snapshot().imbalances()).isEmpty();
      }
    }
  }

  @EachTransport
  void shouldCountTheMessagesBeforeAStreamWentOnWithOtherBytes(Transport transport)
      throws Exception {
    ByteBuf message = Unpooled.buffer();
    new Probe(96, true, 4711, 0, 1).write(message);
    message.writeBytes("QUIT\r\n".getBytes());
    try (TestServer server = TestServer.start(transport);
        Socket client = connect(server)) {
      client.getOutputStream().write(ByteBufUtil.getBytes(message));
      client.getInputStream().readNBytes(message.readableBytes());
      server.awaitCount(TCP, Counter.BYTES_OUT, message.readableBytes());

      assertThat(server.count(TCP, Counter.MESSAGES_IN)).isEqualTo(1);
      assertThat(server.snapshot().live())
          .extracting(FlowSnapshot::framing)
          .containsExactly(Framing.LEFT);
    }
  }

  @EachTransport
  void shouldEcho64KibWrites(Transport transport) throws Exception {
    byte[] block = bytes(65536);
    try (TestServer server = TestServer.start(transport);
        Socket client = connect(server)) {
      for (int i = 0; i < 50; i++) {
        client.getOutputStream().write(block);
        assertThat(client.getInputStream().readNBytes(block.length)).isEqualTo(block);
      }
    }
  }

  @EachTransport
  void shouldServeAThousandConnectionsAtOnce(Transport transport) throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (TestServer server = TestServer.start(transport)) {
      for (int i = 0; i < 1000; i++) {
        clients.add(connect(server));
      }
      for (int i = 0; i < clients.size(); i++) {
        clients.get(i).getOutputStream().write(("hello " + i).getBytes());
      }
      for (int i = 0; i < clients.size(); i++) {
        byte[] expected = ("hello " + i).getBytes();
        assertThat(clients.get(i).getInputStream().readNBytes(expected.length)).isEqualTo(expected);
      }
      assertThat(server.totals(TCP).connectionsOpen()).isEqualTo(1000);
      for (Socket client : clients) {
        client.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      server.awaitCount(TCP, Counter.CLOSED_BY_PEER, 1000);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @EachTransport
  void shouldSurviveAResetInMidStreamWhileOthersGoOn(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport);
        Socket bystander = connect(server)) {
      for (int i = 0; i < 50; i++) {
        Socket rude = connect(server);
        rude.getOutputStream().write(bytes(200_000));
        reset(rude);
        bystander.getOutputStream().write(i);
        assertThat(bystander.getInputStream().read()).isEqualTo(i);
      }
      server.awaitTotals(TCP, totals -> totals.connectionsOpen() == 1);
      assertThat(server.count(TCP, Counter.CLOSED_BY_RESET)).isEqualTo(50);
    }
  }

  /**
   * Half-closed, with replies that nobody takes, and then reset: once a busy loop (CVE-2026-42577).
   */
  @EachTransport
  void shouldNeitherLeakNorSpinAfterFinThenReset(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport)) {
      for (int i = 0; i < 20; i++) {
        Socket client = connect(server);
        client.setReceiveBufferSize(4096);
        OutputStream out = client.getOutputStream();
        out.write(bytes(400_000));
        client.shutdownOutput();
        reset(client);
      }
      server.awaitNoConnections();
      long before = cpuOfEventLoopsNanos();
      try (Socket client = connect(server)) {
        for (int i = 0; i < 20; i++) {
          client.getOutputStream().write(i);
          assertThat(client.getInputStream().read()).isEqualTo(i);
        }
      }
      server.awaitNoConnections();
      await()
          .during(java.time.Duration.ofMillis(500))
          .until(() -> server.totals(TCP).connectionsOpen() == 0);
      // A loop that spins would have used all of the half second.
      assertThat(cpuOfEventLoopsNanos() - before).isLessThan(400_000_000L);
    }
  }

  @EachTransport
  void shouldCloseTheNextConnectionAtOnceBeyondTheLimit(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "max-connections", "2");
        Socket first = connect(server);
        Socket second = connect(server)) {
      server.awaitTotals(TCP, totals -> totals.connectionsOpen() == 2);
      try (Socket third = connect(server)) {
        assertThat(third.getInputStream().read()).isEqualTo(-1);
      }
      server.awaitCount(TCP, Counter.CLOSED_BY_REFUSAL, 1);
      for (Socket served : List.of(first, second)) {
        served.getOutputStream().write(7);
        assertThat(served.getInputStream().read()).isEqualTo(7);
      }
      first.close();
      server.awaitTotals(TCP, totals -> totals.connectionsOpen() == 1);
      try (Socket next = connect(server)) {
        next.getOutputStream().write(9);
        assertThat(next.getInputStream().read()).isEqualTo(9);
      }
    }
  }

  @EachTransport
  void shouldCloseTheNextConnectionOfASourceBeyondItsLimit(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "max-connections-per-source", "1");
        Socket first = connect(server)) {
      server.awaitTotals(TCP, totals -> totals.connectionsOpen() == 1);
      try (Socket second = connect(server)) {
        assertThat(second.getInputStream().read()).isEqualTo(-1);
      }
      server.awaitCount(TCP, Counter.CLOSED_BY_SOURCE_LIMIT, 1);
      try (Socket other = new Socket()) {
        other.bind(new InetSocketAddress("127.0.0.2", 0));
        other.connect(server.address());
        other.getOutputStream().write(7);
        assertThat(other.getInputStream().read()).isEqualTo(7);
      }
      first.close();
      server.awaitNoConnections();
      try (Socket next = connect(server)) {
        next.getOutputStream().write(9);
        assertThat(next.getInputStream().read()).isEqualTo(9);
      }
    }
  }

  @EachTransport
  void shouldEndAnIdleConnection(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "idle-timeout", "200ms");
        Socket client = connect(server)) {
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      server.awaitCount(TCP, Counter.CLOSED_BY_IDLE, 1);
    }
  }

  @EachTransport
  void shouldEndAnOpenConnectionWhenAStopHasWaitedForDrain(Transport transport) throws Exception {
    DualServer server = TestServer.launch(transport, "drain", "300ms");
    try (Socket client = new Socket("127.0.0.1", server.port())) {
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
      server.close();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(server.snapshot().protocol(TCP).totals().get(Counter.CLOSED_BY_DRAIN))
          .isEqualTo(1);
    }
  }

  @EachTransport
  void shouldNotWaitInAStopThatWasToldToHurryBeforeItBegan(Transport transport) throws Exception {
    DualServer server = TestServer.launch(transport, "drain", "1h");
    try (Socket client = new Socket("127.0.0.1", server.port())) {
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
      server.hurry();
      Thread stopping = new Thread(server::close);
      stopping.start();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      stopping.join(20_000);
      assertThat(stopping.isAlive()).isFalse();
    }
  }

  @EachTransport
  void shouldGoOnEchoingWhileAStopDrains(Transport transport) throws Exception {
    DualServer server = TestServer.launch(transport, "drain", "30s");
    try (Socket client = new Socket("127.0.0.1", server.port())) {
      client.setSoTimeout(20_000);
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
      Thread stopping = new Thread(server::close);
      stopping.start();
      await().until(() -> isRefused(server.port()));
      writeThenFin(client, bytes(MIB));
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(bytes(MIB));
      stopping.join(20_000);
      assertThat(stopping.isAlive()).isFalse();
      // Attempts that came before the port was closed are among them.
      CounterValues totals = server.snapshot().protocol(TCP).totals();
      assertThat(totals.get(Counter.CLOSED_BY_DRAIN)).isZero();
      assertThat(totals.get(Counter.CLOSED_BY_PEER)).isPositive();
    }
  }

  @EachTransport
  void shouldBindAtOnceAgainWhileOldConnectionsSitInTimeWait(Transport transport) throws Exception {
    int port;
    try (TestServer first = TestServer.start(transport, "idle-timeout", "150ms")) {
      port = first.port();
      try (Socket client = connect(first)) {
        assertThat(client.getInputStream().read()).isEqualTo(-1); // the server closed first
      }
    }
    try (TestServer second = TestServer.start(transport, "port", String.valueOf(port));
        Socket client = connect(second)) {
      client.getOutputStream().write(5);
      assertThat(client.getInputStream().read()).isEqualTo(5);
    }
  }

  /** On a thread of its own: it takes more than the kernels hold. */
  private static Thread writeThenFin(Socket client, byte[] bytes) {
    Thread writer =
        new Thread(
            () -> {
              try {
                client.getOutputStream().write(bytes);
                client.shutdownOutput();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    writer.start();
    return writer;
  }

  private static Socket connect(TestServer server) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void reset(Socket socket) throws SocketException, IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static boolean isRefused(int port) {
    try (Socket attempt = new Socket("127.0.0.1", port)) {
      return !attempt.isConnected();
    } catch (IOException e) {
      return true;
    }
  }

  private static long cpuOfEventLoopsNanos() {
    var threads = java.lang.management.ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(info -> info != null && info.getThreadName().startsWith("echo-"))
        .mapToLong(info -> Math.max(0, threads.getThreadCpuTime(info.getThreadId())))
        .sum();
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }
}
