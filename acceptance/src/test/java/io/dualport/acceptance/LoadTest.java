package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dual-client load} against the server: stalls, loss, limits and signals. */
@Tag("kernel")
class LoadTest {
  private static final int CONNECTIONS = 4;

  /** A stall of a second in five is far more than 1 % of what was due: p99 is near its length. */
  @ParameterizedTest
  @ValueSource(strings = {"1024", "1"}) // sent into the stall, and held back by it
  void shouldShowAStallInFullInTheOpenLoop(String maxInFlight) throws Exception {
    JsonNode rows = stalledFor("--rate", "500", "--max-in-flight", maxInFlight).get("rows");
    assertThat(rows).hasSize(2);
    for (JsonNode row : rows) {
      assertThat(row.get("mode").asText()).isEqualTo("open");
      assertThat(row.get("latencyP99Nanos").asLong()).isGreaterThan(900_000_000L);
      assertThat(row.get("lost").asLong() + row.get("unsent").asLong()).isZero();
      assertThat(row.get("balanced").asText()).isEqualTo("yes");
    }
  }

  /** One message in flight meets the stall once, whatever it lasts; the output says so. */
  @Test
  void shouldSayThatTheClosedLoopHidesTheStall() throws Exception {
    JsonNode result = stalledFor();
    for (JsonNode row : result.get("rows")) {
      assertThat(row.get("latencyMaxNanos").asLong()).isGreaterThan(900_000_000L);
      assertThat(row.get("latencyP99Nanos").asLong()).isLessThan(900_000_000L);
    }
    assertThat(result.get("notes").toString()).contains("coordinated omission", "--rate");
  }

  private static JsonNode stalledFor(String... options) throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      List<String> words = new ArrayList<>(List.of(options));
      words.addAll(List.of("--duration", "5s", "--warmup", "0", "--report-every", "200ms"));
      LoadProcess load = LoadProcess.start(List.of(), "127.0.0.1:" + server.port(), words);
      load.awaitProgress("UDP");
      Shell.succeed("kill -STOP %1$d; sleep 1; kill -CONT %1$d".formatted(server.pid()));
      JsonNode result = load.result();
      assertThat(load.exitCode()).as(result.toString()).isZero();
      return result;
    }
  }

  /** Such a network takes no segment of 3000 bytes, but fragments: each message goes alone. */
  @Test
  void shouldSendWhatIsLargerThanThePathsMtuOneByOne() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(network.inside(), Transport.automatic(), "--host", "any")) {
      LoadProcess load =
          LoadProcess.start(
              network.inside(),
              "127.0.0.1:" + server.port(),
              List.of(
                  "--protocol",
                  "udp",
                  "--size",
                  "3000",
                  "--depth",
                  "8",
                  "--udp-gso",
                  "on",
                  "--duration",
                  "500ms",
                  "--warmup",
                  "0",
                  "--progress",
                  "quiet"));
      JsonNode udp = load.result().get("rows").get(0);
      assertThat(udp.get("echoed").asLong()).isPositive().isEqualTo(udp.get("sent").asLong());
      assertThat(udp.get("sendsShared").asLong()).isZero();
      assertThat(udp.get("failures").asLong()).isZero();
      assertThat(load.exitCode()).isZero();
    }
  }

  /** Killed and started again: each protocol says from when to when, and nothing that is not so. */
  @Test
  void shouldTellAnOutageOfEachProtocolWithItsStartAndEnd() throws Exception {
    LoadProcess load;
    JsonNode result;
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      load =
          LoadProcess.start(
              List.of(),
              "127.0.0.1:" + server.port(),
              List.of("--rate", "20", "--duration", "12s", "--warmup", "0", "--timeout", "1s"));
      load.awaitProgress("UDP");
      Shell.succeed("kill -KILL " + server.pid());
      load.awaitProgress("lost 100 %"); // of UDP, after its timeout
      try (ServerProcess again =
          ServerProcess.start(Transport.automatic(), "--port", String.valueOf(server.port()))) {
        result = load.result();
      }
    }

    assertThat(load.progress())
        .extracting(line -> line.replaceFirst(".* lost (\\S+).*", "$1"))
        .isNotEmpty()
        .allSatisfy(
            loss -> assertThat(loss.equals("-") || Double.parseDouble(loss) <= 100).isTrue());
    assertThat(result.get("outages")).hasSize(2);
    for (JsonNode outage : result.get("outages")) {
      assertThat(outage.get("fromNanos").asLong()).isBetween(500_000_000L, 11_000_000_000L);
      assertThat(outage.get("toNanos").asLong() - outage.get("fromNanos").asLong())
          .isGreaterThan(500_000_000L);
      assertThat(Duration.between(instant(outage, "began"), instant(outage, "ended")).toNanos())
          .isCloseTo(
              outage.get("toNanos").asLong() - outage.get("fromNanos").asLong(),
              within(2_000_000L));
      assertThat(outage.get("failures").asLong()).isPositive();
    }
    assertThat(result.get("notes").toString())
        .contains("TCP: no echo came back from ", "UDP: no echo came back from ")
        .doesNotContain("is the server up?", "On the same path", "again");
  }

  private static Instant instant(JsonNode outage, String key) {
    return Instant.parse(outage.get(key).asText());
  }

  @Test
  void shouldSuspectThatTheServerHasEndedIfItIsGoneAtTheEnd() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      LoadProcess load =
          LoadProcess.start(
              List.of(),
              "127.0.0.1:" + server.port(),
              List.of("--rate", "50", "--duration", "3s", "--warmup", "0", "--timeout", "1s"));
      load.awaitProgress("UDP");
      Shell.succeed("kill -KILL " + server.pid());
      JsonNode result = load.result();

      assertThat(result.get("outages")).allMatch(outage -> outage.get("toNanos").isNull());
      assertThat(result.get("notes").toString())
          .contains(
              "on, until the end: ",
              "TCP lossy: it answered, and then no more. Look for: a server that has ended"
                  + " meanwhile",
              "UDP lossy: it answered, and then no more. Look for: a rate limit of the server");
    }
  }

  /** On a wire of our own that loses 1 % of the frames each way, by the kernel's random numbers. */
  @Test
  void shouldReportInjectedLossWithinItsBoundsAndNoneOfTcp() throws Exception {
    Tool.require(Tool.NFT);
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(lan.onServer(), Transport.automatic(), "--host", "any")) {
      Shell rules =
          lan.onServer(
              "nft add table inet loss"
                  + " && nft 'add chain inet loss in { type filter hook input priority 0; }'"
                  + " && nft add rule inet loss in numgen random mod 1000 '<' 10 drop");
      assertThat(rules.exitCode()).as(rules.err()).isZero();

      LoadProcess load =
          LoadProcess.start(
              lan.onClient(),
              "10.77.0.1:" + server.port(),
              List.of(
                  "--rate",
                  "2000",
                  "--duration",
                  "10s",
                  "--warmup",
                  "0",
                  "--connections",
                  "4",
                  "--timeout",
                  "5s",
                  "--progress",
                  "quiet"));
      JsonNode result = load.result();
      JsonNode tcp = result.get("rows").get(0);
      JsonNode udp = result.get("rows").get(1);

      assertThat(udp.get("sent").asLong()).isGreaterThan(10_000);
      assertWithinSixSigma(udp, "lost", 0.01);
      assertThat(tcp.get("lost").asLong()).isZero();
      assertThat(tcp.get("echoed").asLong()).isEqualTo(tcp.get("sent").asLong());
      // What is sent again comes later than most of what came at once.
      assertThat(tcp.get("latencyP999Nanos").asLong())
          .isGreaterThan(udp.get("latencyP50Nanos").asLong());
      // The server's side drops, so it is the client's segments that are sent again.
      assertThat(tcp.get("retransmittedSegments").asLong()).isPositive();
      assertThat(udp.get("retransmittedSegments").isNull()).isTrue();
      assertThat(result.get("notes").toString())
          .contains("On the same path UDP lost")
          .contains("TCP none: it sent " + tcp.get("retransmittedSegments") + " segments again");
      assertThat(load.exitCode()).isEqualTo(1);
    }
  }

  /** What netem would do, by a relay, as not every kernel has it. */
  @Test
  void shouldReportDuplicatesAndReorderingWithinTheirBounds() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic());
        ImpairedRelay relay = new ImpairedRelay(server.port())) {
      JsonNode udp = udpLoad(List.of(), "127.0.0.1:" + relay.port());

      assertWithinSixSigma(udp, "duplicated", ImpairedRelay.DUPLICATED);
      assertWithinSixSigma(udp, "reordered", ImpairedRelay.OVERTAKEN);
      // The last datagram of a connection has nobody to be overtaken by, and stays where it is.
      assertThat(udp.get("lost").asInt()).isLessThanOrEqualTo(CONNECTIONS);
      assertThat(udp.get("echoed").asLong() + udp.get("lost").asLong())
          .isEqualTo(udp.get("sent").asLong());
    }
  }

  @Test
  void shouldReportWhatNetemDoes() throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(lan.onServer(), Transport.automatic(), "--host", "any")) {
      Shell netem =
          lan.onServer(
              "tc qdisc add dev dps root netem loss 1% duplicate 1% reorder 99% delay 50ms");
      if (netem.exitCode() != 0) {
        System.out.println("SKIPPED: this kernel has no netem (sch_netem): " + netem.err().strip());
      }
      Assumptions.assumeTrue(netem.exitCode() == 0, "this kernel has no netem");
      JsonNode udp = udpLoad(lan.onClient(), "10.77.0.1:" + server.port());

      assertWithinSixSigma(udp, "lost", 0.01);
      assertWithinSixSigma(udp, "duplicated", 0.01);
      assertWithinSixSigma(udp, "reordered", 0.01);
    }
  }

  private static JsonNode udpLoad(List<String> prefix, String target) throws Exception {
    List<String> options = new ArrayList<>(List.of("--protocol", "udp", "--rate", "3000"));
    options.addAll(List.of("--duration", "5s", "--warmup", "0"));
    options.addAll(List.of("--connections", String.valueOf(CONNECTIONS)));
    options.addAll(List.of("--timeout", "5s", "--progress", "quiet"));
    JsonNode udp = LoadProcess.start(prefix, target, options).result().get("rows").get(0);
    assertThat(udp.get("sent").asLong()).isGreaterThan(10_000);
    return udp;
  }

  /** By luck alone it is outside once in 500 million runs. */
  private static void assertWithinSixSigma(JsonNode row, String count, double probability) {
    double sent = row.get("sent").asDouble();
    double sigma = Math.sqrt(sent * probability * (1 - probability));
    assertThat(row.get(count).asDouble())
        .as(row.toPrettyString())
        .isBetween(probability * sent - 6 * sigma, probability * sent + 6 * sigma);
  }

  @Test
  void shouldNameTheLimitWhenDescriptorsRunOut() throws Exception {
    Tool.require(Tool.PRLIMIT);
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      Shell load =
          Shell.run(
              "prlimit --nofile=120:120 "
                  + command("127.0.0.1:" + server.port())
                  + " --connections 200 --duration 100ms --warmup 0");

      assertThat(load.exitCode()).as(load.out() + load.err()).isEqualTo(1);
      assertThat(load.err())
          .contains("Too many open files (EMFILE)")
          .contains("`ulimit -n` is 120 (hard limit 120)")
          // Who came last found none left: on a busy machine that may be UDP.
          .containsPattern("(TCP|UDP): .* \\d+ of 200 sockets could be opened");
      assertThat(load.out()).isEmpty();
    }
  }

  @Test
  void shouldPrintTheResultSoFarOnSigint() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      LoadProcess load =
          LoadProcess.start(
              // A shell's background job ignores SIGINT, and so would what it starts.
              List.of("env", "--default-signal=INT"),
              "127.0.0.1:" + server.port(),
              List.of("--duration", "1h", "--warmup", "0", "--report-every", "100ms"));
      load.awaitProgress("UDP");
      Shell.succeed("kill -INT " + load.pid());
      JsonNode result = load.result();

      assertThat(load.exitCode()).as(result.toString()).isZero();
      for (JsonNode row : result.get("rows")) {
        assertThat(row.get("interrupted").asText()).isEqualTo("yes");
        assertThat(row.get("echoed").asLong()).isPositive();
        assertThat(row.get("seconds").asDouble()).isLessThan(60);
      }
    }
  }

  private static String command(String target) {
    return String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)) + " load " + target;
  }
}
