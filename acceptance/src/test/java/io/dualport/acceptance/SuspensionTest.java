package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/**
 * A server that did not run for longer than its idle-timeout, as a suspended laptop, a paused
 * virtual machine or SIGSTOP make it: its peers were not idle.
 */
@Tag("kernel")
class SuspensionTest {
  private static final int MOST_TRIES = 5;
  private static final int PEERS = 16;
  private static final int IDLE_MILLIS = 3000;

  @EachTransport
  void shouldEchoWhatCameDuringASuspensionLongerThanTheIdleTimeout(Transport transport)
      throws Exception {
    List<String> hosts = Tool.hasIpv6() ? List.of("127.0.0.1", "::1") : List.of("127.0.0.1");
    List<Socket> peers = new ArrayList<>();
    List<DatagramSocket> datagrams = new ArrayList<>();
    try (ServerProcess server =
        ServerProcess.start(
            transport, "--host", String.join(",", hosts), "--idle-timeout", IDLE_MILLIS + "ms")) {
      for (String host : hosts) {
        for (int i = 0; i < PEERS; i++) {
          Socket peer = new Socket(host, server.port());
          peer.setSoTimeout(20_000);
          peers.add(peer);
          assertEcho(peer, "before");
        }
        DatagramSocket socket = new DatagramSocket();
        socket.connect(InetAddress.getByName(host), server.port());
        socket.setSoTimeout(20_000);
        datagrams.add(socket);
        assertEcho(socket, "before");
      }
      signal(server, "STOP");
      long stopNanos = System.nanoTime();
      for (Socket peer : peers) {
        peer.getOutputStream().write("meanwhile".getBytes(StandardCharsets.US_ASCII));
      }
      for (DatagramSocket socket : datagrams) {
        socket.send(packet("meanwhile"));
      }
      await()
          .pollInterval(50, TimeUnit.MILLISECONDS)
          .until(() -> System.nanoTime() - stopNanos > 1_300_000L * IDLE_MILLIS);
      signal(server, "CONT");
      for (Socket peer : peers) {
        assertReturned(peer, "meanwhile");
      }
      for (DatagramSocket socket : datagrams) {
        assertReturned(socket, "meanwhile");
      }
      for (Socket peer : peers) {
        peer.close();
      }
      JsonNode stopped = server.stop();
      assertThat(stopped.at("/protocols/tcp/closedByIdle").asInt()).isZero();
      assertThat(stopped.at("/protocols/tcp/bytesOut").asInt())
          .isEqualTo(peers.size() * "beforemeanwhile".length());
      JsonNode udp = stopped.at("/protocols/udp");
      assertThat(udp.get("flowsLive").asInt() + udp.get("flowsEnded").asInt())
          .as("entries")
          .isEqualTo(datagrams.size());
    } finally {
      datagrams.forEach(DatagramSocket::close);
      for (Socket peer : peers) {
        peer.close();
      }
    }
  }

  /**
   * What the server has sent may be in the kernel, which sends it as fast as the peer takes it.
   * What the peer's own kernel holds counts as taken: little of it, so that a starved machine reads
   * the rest of it in time.
   */
  @EachTransport
  void shouldNotTakeForIdleWhoStillReadsWhatTheKernelHolds(Transport transport) throws Exception {
    Assumptions.assumeTrue(transport != Transport.NIO, "the JDK shows no descriptor to ask");
    int tries = 0;
    do { // who takes nothing for as long as the timeout, on a busy machine, is idle
      assertThat(++tries).as("tries to read without a pause").isLessThanOrEqualTo(MOST_TRIES);
    } while (!readsOnSlowly(transport));
  }

  /** Returns whether the peer took something all the time; then the server has served it. */
  private static boolean readsOnSlowly(Transport transport) throws Exception {
    byte[] bytes = new byte[400_000];
    long idleMillis = 2500;
    try (ServerProcess server =
            ServerProcess.start(transport, "--idle-timeout", idleMillis + "ms");
        Socket peer = new Socket()) {
      peer.setReceiveBufferSize(8 << 10);
      peer.setSoTimeout(20_000);
      peer.connect(new InetSocketAddress("127.0.0.1", server.port()));
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(
              () -> {
                try {
                  peer.getOutputStream().write(bytes);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      InputStream in = peer.getInputStream();
      int[] read = {0};
      long[] readNanos = {System.nanoTime(), 0}; // when it read last, its longest pause
      await()
          .pollInterval(50, TimeUnit.MILLISECONDS)
          .atMost(60, TimeUnit.SECONDS)
          .until(
              () -> {
                read[0] += in.readNBytes(6250).length;
                long now = System.nanoTime();
                readNanos[1] = Math.max(readNanos[1], now - readNanos[0]);
                readNanos[0] = now;
                return read[0] == bytes.length;
              });
      if (readNanos[1] > TimeUnit.MILLISECONDS.toNanos(idleMillis / 2)) {
        return false;
      }
      written.join();
      assertEcho(peer, "after");
      peer.shutdownOutput();
      assertThat(in.read()).isEqualTo(-1);
      assertThat(server.stop().at("/protocols/tcp/closedByPeer").asInt()).isEqualTo(1);
      return true;
    }
  }

  private static void signal(ServerProcess server, String name) throws Exception {
    Shell.succeed("kill -" + name + " " + server.pid());
    Path status = Path.of("/proc", String.valueOf(server.pid()), "status");
    await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> Files.readString(status).contains("State:\tT") == name.equals("STOP"));
  }

  private static void assertEcho(Socket peer, String text) throws Exception {
    peer.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    assertReturned(peer, text);
  }

  private static void assertReturned(Socket peer, String text) throws Exception {
    InputStream in = peer.getInputStream();
    assertThat(new String(in.readNBytes(text.length()), StandardCharsets.US_ASCII)).isEqualTo(text);
  }

  private static void assertEcho(DatagramSocket socket, String text) throws Exception {
    socket.send(packet(text));
    assertReturned(socket, text);
  }

  private static void assertReturned(DatagramSocket socket, String text) throws Exception {
    DatagramPacket reply = new DatagramPacket(new byte[100], 100);
    socket.receive(reply);
    assertThat(new String(reply.getData(), 0, reply.getLength(), StandardCharsets.US_ASCII))
        .isEqualTo(text);
  }

  private static DatagramPacket packet(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return new DatagramPacket(bytes, bytes.length);
  }
}
