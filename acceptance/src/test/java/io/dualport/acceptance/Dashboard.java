package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A server with its admin side, and traffic to look at. */
final class Dashboard implements AutoCloseable {
  /** The frame of now is on the page, and the kernel's table and a page of five-tuples. */
  static final String FULL =
      "return !!document.querySelector('.socket-table') && !!document.querySelector('.flow-table')"
          + " && document.querySelectorAll('[data-state=serving]').length == 1";

  static final int WIDE = 1600;
  static final int PHONE = 360;
  static final int HEIGHT = 900;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_MILLIS = 5000;

  /** Datagrams of 1400 bytes; a receive queue that holds them all would be of 70 MB. */
  private static final int FLOOD = 50_000;

  private final ServerProcess server;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<AutoCloseable> open = new ArrayList<>();

  private Dashboard(ServerProcess server) {
    this.server = server;
  }

  static Dashboard start(String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of(options));
    if (!words.contains("--admin")) {
      words.addAll(List.of("--admin", "127.0.0.1:0"));
    }
    return new Dashboard(ServerProcess.start(Transport.EPOLL, words.toArray(new String[0])));
  }

  int port() {
    return server.port();
  }

  String target() {
    return "127.0.0.1:" + port();
  }

  /** The page's address, which ends with a slash. */
  String url() {
    return server.started().get("admin").asText();
  }

  /** Where the admin side listens, as --admin takes it. */
  String adminAddress() {
    return URI.create(url()).getAuthority();
  }

  JsonNode json(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url()).resolve(path))
            .timeout(Duration.ofMillis(PATIENCE_MILLIS))
            .build();
    return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
  }

  /** A counter as /api/snapshot tells it now, as in {@code udp.messagesIn}. */
  long count(String counter) throws Exception {
    return json("/api/snapshot").at("/protocols/" + counter.replace('.', '/')).asLong();
  }

  /** Streams of frames, each heard by somebody else until it is closed. */
  List<InputStream> openStreams(int count) throws Exception {
    List<InputStream> streams = new ArrayList<>();
    for (int stream = 0; stream < count; stream++) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url()).resolve("/api/events")).build();
      HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      streams.add(answer.body());
    }
    open.addAll(streams);
    return streams;
  }

  /** What the kernel threw away at the server's own sockets, as /api/kernel tells it now. */
  long droppedByKernel() throws Exception {
    long drops = 0;
    for (JsonNode socket : json("/api/kernel").get("sockets")) {
      drops += socket.get("ours").asBoolean() ? socket.get("drops").asLong() : 0;
    }
    return drops;
  }

  /** Stops the server's process, sends until its receive queue is full, and lets it go on. */
  void overflowReceiveQueue() throws Exception {
    String pid = json("/api/snapshot").get("pid").asText();
    signal("STOP", pid);
    try (DatagramSocket socket = bind(InetAddress.getByName("127.0.0.1"))) {
      byte[] bytes = new byte[1400];
      for (int datagram = 0; datagram < FLOOD; datagram++) {
        socket.send(
            new DatagramPacket(bytes, bytes.length, new InetSocketAddress("127.0.0.1", port())));
      }
    } finally {
      signal("CONT", pid);
    }
    await().atMost(Browser.BOUND).until(() -> droppedByKernel() > 0);
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  /** One source port on both protocols, open until the end; each has sent one message. */
  int openTwins() throws IOException {
    Socket stream = new Socket();
    open.add(stream);
    // Chosen first: a number that is free for UDP may be in TIME_WAIT.
    stream.bind(new InetSocketAddress("127.0.0.1", 0));
    try {
      DatagramSocket datagrams = new DatagramSocket(stream.getLocalSocketAddress());
      open.add(datagrams);
      stream.connect(new InetSocketAddress("127.0.0.1", port()), PATIENCE_MILLIS);
      stream.getOutputStream().write("twin".getBytes(StandardCharsets.US_ASCII));
      echo(datagrams);
      return stream.getLocalPort();
    } catch (BindException takenForUdp) {
      return openTwins(); // with another number, as this one is held until the end
    }
  }

  /** Five-tuples of UDP, each from another address of 127.0.0.0/8; each was answered. */
  void openFlows(int count) throws Exception {
    long before = count("udp.flowsLive");
    for (int flow = 0; flow < count; flow++) {
      byte[] source = {127, 1, (byte) (flow >> 8), (byte) flow};
      try (DatagramSocket socket = bind(InetAddress.getByAddress(source))) {
        echo(socket);
      }
    }
    await().atMost(Browser.BOUND).until(() -> count("udp.flowsLive") == before + count);
  }

  /** From any port but the server's own number, which its guard refuses. */
  private DatagramSocket bind(InetAddress address) throws IOException {
    DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0));
    while (socket.getLocalPort() == port()) {
      try (DatagramSocket refused = socket) {
        socket = new DatagramSocket(new InetSocketAddress(address, 0));
      }
    }
    return socket;
  }

  /** A datagram there and back. */
  private void echo(DatagramSocket socket) throws IOException {
    byte[] bytes = "dashboard".getBytes(StandardCharsets.US_ASCII);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.send(
        new DatagramPacket(bytes, bytes.length, new InetSocketAddress("127.0.0.1", port())));
    DatagramPacket back = new DatagramPacket(new byte[bytes.length], bytes.length);
    socket.receive(back);
    assertThat(back.getData()).isEqualTo(bytes);
  }

  /** Stops the server and starts another on the same ports. */
  static Dashboard restart(Dashboard before) throws Exception {
    String admin = before.adminAddress();
    int port = before.port();
    before.hangUp();
    before.server.stop();
    before.close();
    return start("--port", String.valueOf(port), "--admin", admin);
  }

  /** Ends its own traffic, for which a stop would wait. */
  private void hangUp() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Override
  public void close() throws Exception {
    hangUp();
    server.close();
  }
}
