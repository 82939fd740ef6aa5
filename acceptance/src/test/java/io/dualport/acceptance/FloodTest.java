package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.flow.Counter;
import io.dualport.kernel.NetCounters;
import io.dualport.transport.Transport;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Many, forged, loud and slow peers, each for some seconds. */
@Tag("kernel")
class FloodTest {
  /** For each transport, so about a million in all. */
  private static final int FORGED = 350_000;

  private static final int SYNS = 500_000;
  private static final int MAX_FLOWS = 1000;
  private static final long FLOOD_SECONDS = 60;

  @TempDir static Path folder;

  @AutoClose private static Lan lan;
  private static Forge forge;

  @BeforeAll
  static void connect() throws Exception {
    Tool.require(Tool.SOCAT);
    lan = new Lan();
    forge = new Forge(lan, folder);
    // Forged, but with a way back: replies to addresses on the link that nobody has would wait for
    // an answer to ARP, and fill the socket's send buffer.
    lan.onServer("ip route add 10.99.0.0/16 via " + Lan.CLIENT_IPV4);
    lan.onServer("ip route add 10.98.0.0/16 via " + Lan.CLIENT_IPV4); // these are the client's
  }

  @EachTransport
  void shouldKeepBooksAndBoundsUnderForgedFiveTuples(Transport transport) throws Exception {
    try (ServerProcess server =
        ServerProcess.startBehind(
            lan.onServer(), transport, "--host", "10.77.0.1", "--max-flows", "" + MAX_FLOWS)) {
      long before = delivered(server);
      long resident = server.residentBytes();
      end(forge.flood("10.99.0.1", 20_000, "10.77.0.1", server.port(), FORGED));
      // The server is still there, and behind what came before.
      assertThat(dial(server.port())).isEqualTo("hi");
      assertThat(server.residentBytes() - resident).isLessThan(256L << 20);
      long kernel = delivered(server) - before;
      JsonNode stopped = server.stop();
      JsonNode udp = stopped.at("/protocols/udp");
      long ours = udp.get("messagesIn").asLong() - udp.get("receivesShared").asLong();
      for (Counter refusal : Counter.refusals()) {
        ours += udp.get(refusal.key()).asLong();
      }
      System.out.printf(
          "%s: %d of %d forged datagrams came through, the kernel dropped %s%n",
          transport.label(), ours, FORGED, stopped.get("kernelDrops"));
      assertThat(ours).isEqualTo(kernel).isGreaterThan(MAX_FLOWS);
      assertThat(udp.get("flowsLive").asInt()).isEqualTo(MAX_FLOWS);
      assertThat(udp.get("messagesWithoutEntry").asLong())
          .isEqualTo(udp.get("messagesIn").asLong() - MAX_FLOWS);
    }
  }

  /** With SYN cookies the queue of half-open connections may overflow: a client needs no place. */
  @EachTransport
  void shouldAnswerBothProtocolsUnderASynFlood(Transport transport) throws Exception {
    lan.onServer(
        "sysctl -q -w net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=128"
            + " net.core.somaxconn=128");
    try (ServerProcess server =
        ServerProcess.startBehind(lan.onServer(), transport, "--host", "10.77.0.1")) {
      long before = cookies();
      Process flood = forge.synFlood("10.99.0.1", 20_000, "10.77.0.1", server.port(), SYNS);
      int dialled = 0;
      do {
        assertThat(dial(server.port())).isEqualTo("hi");
        assertThat(lan.onClient("printf hi | socat -t30 - TCP4:10.77.0.1:" + server.port()).out())
            .isEqualTo("hi");
        dialled++;
      } while (flood.isAlive());
      end(flood);
      JsonNode stopped = server.stop();
      System.out.printf(
          "%s: %d forged SYN, %d cookies, both protocols answered %d times meanwhile%n",
          transport.label(), SYNS, cookies() - before, dialled);
      assertThat(cookies() - before).isPositive();
      JsonNode tcp = stopped.at("/protocols/tcp");
      assertThat(tcp.get("connectionsAccepted").asInt()).isEqualTo(dialled);
      assertThat(tcp.get("closedByPeer").asInt()).isEqualTo(dialled);
      for (JsonNode share : stopped.get("kernelShares")) {
        if (share.get("key").asText().equals("connectionsIn")) {
          assertThat(share.get("others").asInt()).isZero();
        }
      }
    }
  }

  private static long cookies() throws Exception {
    String line = lan.onServer("nstat -asz TcpExtSyncookiesSent | grep Syncookies").out();
    return Long.parseLong(line.split("\\s+")[1]);
  }

  /** The rate is each source address's own: a loud one has used it up before a quiet one asks. */
  @EachTransport
  void shouldServeTheQuietBesideALoudOne(Transport transport) throws Exception {
    try (ServerProcess server =
        ServerProcess.startBehind(
            lan.onServer(), transport, "--host", "10.77.0.1", "--udp-rate", "50")) {
      LoadProcess loud =
          LoadProcess.start(
              lan.onClient(),
              "10.77.0.1:" + server.port(),
              List.of(
                  ("--protocol udp --rate 1000 --warmup 0 --duration 4s --timeout 1s").split(" ")));
      loud.awaitProgress("UDP");
      int quiet = 0;
      for (; loud.isAlive(); quiet++) {
        String address = "10.98.%d.%d".formatted(quiet / 250, quiet % 250 + 1);
        lan.onClient("ip address add " + address + "/32 dev dpc");
        String heard =
            lan.onClient(
                    "printf hi | socat -t5 - UDP4:10.77.0.1:%d,bind=%s,shut-null,null-eof"
                        .formatted(server.port(), address))
                .out();
        assertThat(heard).as("echo to " + address).isEqualTo("hi");
      }
      JsonNode row = loud.result().get("rows").get(0);
      JsonNode udp = server.stop().at("/protocols/udp");
      assertThat(quiet).isGreaterThan(20);
      assertThat(udp.get("droppedRate").asLong())
          .isPositive()
          .isEqualTo(row.get("sent").asLong() - row.get("echoed").asLong());
    }
  }

  @EachTransport
  void shouldReturnEveryByteToSlowPeersBesideAFastOne(Transport transport) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ServerProcess server = ServerProcess.start(transport, "--host", "127.0.0.1")) {
      List<Future<?>> peers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        peers.add(echoes(threads, server.port(), i, 5_000, 1));
      }
      peers.add(echoes(threads, server.port(), 8, 16 << 20, 64 << 10));
      for (Future<?> peer : peers) {
        peer.get(FLOOD_SECONDS, TimeUnit.SECONDS);
      }
      assertThat(server.stop().at("/protocols/tcp/bytesOut").asLong())
          .isEqualTo(8 * 5_000 + (16 << 20));
    } finally {
      threads.shutdownNow();
    }
  }

  /** Writes and reads so many bytes at a time, with small buffers in the kernel as well. */
  private static Future<?> echoes(
      ExecutorService threads, int port, int seed, int count, int atOnce) {
    return threads.submit(
        () -> {
          byte[] sent = new byte[count];
          new Random(seed).nextBytes(sent);
          byte[] got = new byte[count];
          try (Socket peer = new Socket()) {
            peer.setReceiveBufferSize(4096);
            peer.setTcpNoDelay(true);
            peer.connect(new InetSocketAddress("127.0.0.1", port));
            Future<?> writer =
                threads.submit(
                    () -> {
                      OutputStream out = peer.getOutputStream();
                      for (int at = 0; at < count; at += atOnce) {
                        out.write(sent, at, Math.min(atOnce, count - at));
                      }
                      peer.shutdownOutput();
                      return null;
                    });
            InputStream in = peer.getInputStream();
            for (int at = 0; at < count; ) {
              int length = in.read(got, at, Math.min(atOnce, count - at));
              assertThat(length).isPositive();
              at += length;
            }
            assertThat(in.read()).isEqualTo(-1);
            writer.get();
          }
          assertThat(got).isEqualTo(sent);
          return null;
        });
  }

  /** From the client's own address; tried again while the server's queue overflows. */
  private static String dial(int port) {
    String[] heard = new String[1];
    await()
        .atMost(FLOOD_SECONDS, TimeUnit.SECONDS)
        .until(
            () -> {
              heard[0] =
                  lan.onClient(
                          "printf hi | socat -t1 - UDP4:10.77.0.1:" + port + ",shut-null,null-eof")
                      .out();
              return !heard[0].isEmpty();
            });
    return heard[0];
  }

  private static void end(Process flood) throws Exception {
    assertThat(flood.waitFor(FLOOD_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(flood.exitValue()).isZero();
  }

  private static long delivered(ServerProcess server) throws Exception {
    Path procNet = Path.of("/proc", String.valueOf(server.pid()), "net");
    return NetCounters.read(procNet).orElseThrow().value("Udp.InDatagrams").orElseThrow();
  }
}
