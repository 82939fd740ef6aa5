package io.dualport.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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

/** The server program with its admin side, asked by the JDK's own HTTP client. */
public final class AdminSide implements AutoCloseable {
  public static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration BOUND = Duration.ofSeconds(20);

  private final HttpClient client = HttpClient.newHttpClient();
  private final TestCommand command;
  private final JsonNode started;

  private AdminSide(TestCommand command) throws IOException {
    this.command = command;
    command.awaitOutput("\"event\":\"started\"");
    this.started = JSON.readTree(command.outLines().get(0));
  }

  /** Starts on free ports; 127.0.0.1 unless the options say otherwise. */
  public static AdminSide start(String... options) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("--port", "0", "--view", "json", "--report-every", "0s"));
    words.addAll(List.of(options));
    if (!words.contains("--admin")) {
      words.addAll(List.of("--admin", "127.0.0.1:0"));
    }
    return new AdminSide(TestCommand.start(words.toArray(String[]::new)));
  }

  /** The admin side of a server that was started with {@code --view json}. */
  static AdminSide of(TestCommand command) throws IOException {
    return new AdminSide(command);
  }

  public TestCommand command() {
    return command;
  }

  /** The echo's address. */
  public InetSocketAddress echo() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), started.get("port").asInt());
  }

  URI uri(String path) {
    return URI.create(started.get("admin").asText()).resolve(path);
  }

  public HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(BOUND);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  public JsonNode json(String path) throws IOException, InterruptedException {
    return JSON.readTree(get(path).body());
  }

  /** Opens a connection and has a message echoed, so that it has a flow. */
  public Socket connection(int bytes) throws IOException {
    Socket socket = new Socket();
    socket.connect(echo(), (int) BOUND.toMillis());
    socket.setSoTimeout((int) BOUND.toMillis());
    socket.getOutputStream().write(new byte[bytes]);
    socket.getInputStream().readNBytes(bytes);
    return socket;
  }

  /** Has a datagram echoed from a port, so that it has a flow; returns the port. */
  public int datagram(int localPort, int bytes) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(localPort, InetAddress.getLoopbackAddress())) {
      socket.setSoTimeout((int) BOUND.toMillis());
      socket.send(new DatagramPacket(new byte[bytes], bytes, echo()));
      socket.receive(new DatagramPacket(new byte[bytes], bytes));
      return socket.getLocalPort();
    }
  }

  /** Sends bytes as they are on a connection of its own and returns all that comes back. */
  String raw(String request) throws IOException {
    try (Socket socket = open()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  public Socket open() throws IOException {
    Socket socket = new Socket(uri("/").getHost(), uri("/").getPort());
    socket.setSoTimeout((int) BOUND.toMillis());
    return socket;
  }

  @Override
  public void close() throws InterruptedException {
    command.close();
  }
}
