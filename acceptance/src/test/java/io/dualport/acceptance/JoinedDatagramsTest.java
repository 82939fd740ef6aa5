package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Captures of datagrams that leave joined, to be cut into segments ({@code udp-gso = on}), with all
 * of each packet and with its beginning alone: {@code verify} and {@code dual.lua} count each
 * message, or say why they cannot, and accuse nobody.
 */
@Tag("kernel")
class JoinedDatagramsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long BOUND_SECONDS = 30;
  private static final String WHOLE = "whole.pcap";

  /** Of each packet so many bytes are kept; of the messages in it 58, 22 and 6. */
  private static final Map<String, Integer> CUT =
      Map.of("named.pcap", 100, "begun.pcap", 64, "headers.pcap", 48);

  private static final String LOAD =
      "load --protocol udp --connections 1 --depth 16 --duration 100ms --warmup 0 --progress quiet";

  /** Files of results, and what makes them. */
  private static final Map<String, String> RUNS = new LinkedHashMap<>();

  static {
    RUNS.put("header.json", LOAD + " --udp-gso on --size 128");
    RUNS.put("echoes.json", LOAD + " --udp-gso off --size 128");
    RUNS.put("headerless.json", LOAD + " --udp-gso on --size 40");
    RUNS.put("sizes.json", LOAD + " --udp-gso on --size 300..301");
    RUNS.put(
        "nameless.json", "send --protocol udp --interval 0 --count 200 --size 5 --timeout 20s");
  }

  private static final int MOST_RUNS = 20;

  /** Where nobody listens: what goes there is captured, and is none of the server's. */
  private static final int DISCARD = 9;

  /** Messages that {@code send} has in flight at most. */
  private static final int IN_FLIGHT = 32;

  @TempDir private static Path folder;

  private static int port;

  @BeforeAll
  static void capture() throws Exception {
    Tool.require(Tool.TCPDUMP, Tool.TSHARK);
    Tool.requireRoot();
    try (ServerProcess server =
            ServerProcess.startBehind(
                List.of("env", "DUAL_SERVER_UDP_GSO=on"), Transport.EPOLL, "--host", "127.0.0.1");
        PacketCapture whole = capture(server, WHOLE, 262144);
        PacketCapture named = capture(server, "named.pcap", CUT.get("named.pcap"));
        PacketCapture begun = capture(server, "begun.pcap", CUT.get("begun.pcap"));
        PacketCapture headers = capture(server, "headers.pcap", CUT.get("headers.pcap"))) {
      port = server.port();
      for (String result : RUNS.keySet()) {
        int runs = 0;
        boolean isComplete;
        do { // on a busy machine a short run passes without a burst, or loses something
          assertThat(++runs).as("runs for " + result).isLessThanOrEqualTo(MOST_RUNS);
          isComplete = run(server, result) == 0;
          whole.awaitWhatPassed(List.of(), "127.0.0.1", DISCARD);
        } while (!isComplete || joinedEchoes(result) == 0);
      }
      whole.stop(List.of(), "127.0.0.1", port);
      for (String cut : CUT.keySet()) {
        await(cut + " has all packets", () -> packets(cut, "") == packets(WHOLE, ""));
      }
      Files.writeString(folder.resolve("server.json"), server.stop().toString());
    }
  }

  /** Returns the client's exit code. */
  private static int run(ServerProcess server, String result) throws Exception {
    boolean isNameless = result.equals("nameless.json");
    String requests = "udp dst port %d and udp[4:2] = 13".formatted(port);
    int before = packets(WHOLE, requests);
    if (isNameless) {
      Shell.succeed("kill -STOP " + server.pid());
    }
    Process client = start(result);
    if (isNameless) { // a server that slept answers all at once that is in flight
      await("messages in flight", () -> packets(WHOLE, requests) >= before + IN_FLIGHT);
      Shell.succeed("kill -CONT " + server.pid());
    }
    assertThat(client.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).as(result).isTrue();
    return client.exitValue();
  }

  /** Captured datagrams of the run that are longer than its longest message. */
  private static int joinedEchoes(String result) throws Exception {
    JsonNode run = JSON.readTree(folder.resolve(result).toFile());
    JsonNode of = run.get("rows").get(0);
    String source = (run.has("flows") ? run.get("flows").get(0) : of).get("source").asText();
    int largest = of.path(of.has("sizeBytes") ? "sizeBytes" : "sizeMaxBytes").asInt();
    return packets(
        WHOLE,
        "udp dst port %s and udp[4:2] > %d"
            .formatted(source.substring(source.lastIndexOf(':') + 1), 8 + largest));
  }

  private static PacketCapture capture(ServerProcess server, String file, int bytes)
      throws Exception {
    return PacketCapture.start(
        List.of(),
        folder,
        "tcpdump -i lo -s %d -w %s udp port %d or udp dst port %d"
            .formatted(bytes, file, server.port(), DISCARD));
  }

  private static Process start(String result) throws Exception {
    String line =
        "exec %s %s --format json > %s"
            .formatted(
                String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)),
                RUNS.get(result).replaceFirst(" ", " 127.0.0.1:" + port + " "),
                result);
    return new ProcessBuilder("bash", "-c", line).directory(folder.toFile()).inheritIO().start();
  }

  private static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what).atMost(BOUND_SECONDS, TimeUnit.SECONDS).until(condition);
  }

  /** Packets in a capture that may still grow. */
  private static int packets(String capture, String filter) throws Exception {
    String line = "cd %s && tcpdump -n -r %s '%s' 2>/dev/null | wc -l";
    return Integer.parseInt(Shell.run(line.formatted(folder, capture, filter)).out().strip());
  }

  private static Stream<Arguments> everyRunInEveryCapture() {
    return RUNS.keySet().stream()
        .flatMap(
            result ->
                Stream.concat(Stream.of(WHOLE), CUT.keySet().stream().sorted())
                    .map(capture -> Arguments.of(result, capture)));
  }

  @ParameterizedTest
  @MethodSource("everyRunInEveryCapture")
  void shouldCountWhatLeftJoined(String result, String capture) throws Exception {
    Shell said =
        Shell.run(
            "cd %s && %s verify %s --run %s --server server.json --format json"
                .formatted(
                    folder,
                    String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)),
                    capture,
                    result));
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
    JsonNode verified = JSON.readTree(said.out());
    JsonNode row = verified.get("rows").get(0);
    assertThat(row.get("verdict").asText()).isEqualTo("agree");
    assertThat(row.get("clientSent").asLong()).isPositive();
    for (String same : List.of("BytesOut", "BytesBack")) {
      assertThat(row.get("captured" + same)).isEqualTo(row.get("client" + same));
    }
    boolean isTold = !result.equals("sizes.json") || !capture.equals("headers.pcap");
    assertThat(row.get("capturedAsked").isNull()).as(said.out()).isEqualTo(!isTold);
    if (isTold) {
      assertThat(row.get("capturedAsked")).isEqualTo(row.get("clientSent"));
      assertThat(row.get("capturedEchoed")).isEqualTo(row.get("clientReceived"));
    } else {
      assertThat(verified.get("notes").toString()).contains("may be several");
    }
  }

  /** Of joined echoes the first ones alone are to be seen; the requests are all there. */
  @Test
  void shouldNotCallLostInWiresharkWhatTheCaptureCutOff() throws Exception {
    Dissector.require();
    JsonNode udp = JSON.readTree(folder.resolve("echoes.json").toFile()).get("rows").get(0);
    String ofRun = "udp && dual.run == 0x" + udp.get("runId").asText();
    Path capture = folder.resolve("named.pcap");

    assertThat(Dissector.values(capture, ofRun, "dual.seq")).isNotEmpty();
    assertThat(
            Dissector.values(
                capture, ofRun + " && dual.direction == \"request\" && !dual.echo_in", "dual.seq"))
        .isNotEmpty();
    assertThat(
            Dissector.values(
                capture, ofRun + " && (dual.expert.lost || dual.expert.not_echoed)", "dual.seq"))
        .isEmpty();
  }
}
