package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lab in docker/, walked through once as its README has it; the tests look at what it said. */
@Tag("docker")
@Tag("kernel")
class DockerLabTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MESSAGE_BYTES = 128;
  private static final String IMAGES = "What is needed";
  private static final String UP = "1. One number, two sockets";
  private static final String CLIENT = "2. From container to container";
  private static final String HOST = "3. From the host";
  private static final String NAT = "4. Behind NAT";
  private static final String CAPTURE = "5. On the wire";
  private static final String STOP = "6. What the server counted";
  private static final String IMPAIRED = "7. A bad line";
  private static final String LAB = "8. The experiments";
  private static final String OBSERVE = "9. Watched";
  private static final String DOWN = "10. Gone";
  private static final String ALONE = "The image";

  /** A row of a client's table: its name, TCP's number, UDP's number. */
  private static final Pattern SENT = Pattern.compile("(?m)^sent +(\\d+) +(\\d+)$");

  private static final Pattern LOST = Pattern.compile("(?m)^lost +(\\d+) +(\\d+)$");

  /** A row of the server's last table: protocol, source, messages in, bytes in, bytes out. */
  private static final Pattern FLOW =
      Pattern.compile(
          "(?m)^(tcp|udp) +([0-9.]+):\\d+ +\\S+ +(\\d+) +\\d+ +\\S+ +\\S+ +(\\d+) +(\\d+) .*$");

  private static DockerWalk walk;
  private static Shell process;
  private static final Map<String, List<Shell>> DONE = new HashMap<>();

  @BeforeAll
  static void walkThrough() throws Exception {
    Tool.require(Tool.DOCKER, Tool.TSHARK, Tool.CURL, Tool.OPENSSL);
    Tool.requireImages(
        variable("DUALPORT_BASE_IMAGE", "debian:bookworm-slim"),
        variable("DUALPORT_TOOLS_BASE_IMAGE", "debian:bookworm-slim"),
        variable("DUALPORT_PROMETHEUS_IMAGE", "prom/prometheus:v2.55.1"));
    walk = new DockerWalk();
    for (String step : walk.headings()) {
      DONE.put(step, walk.take(step));
      if (step.equals(UP)) {
        process = walk.run("docker compose exec -T server cat /proc/1/cmdline /proc/1/status");
      }
      if (step.equals(OBSERVE)) {
        // Until Prometheus has scraped twice, its answers are empty.
        await("scraped").atMost(PATIENCE).until(DockerLabTest::isScraped);
      }
    }
  }

  private static String variable(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  @AfterAll
  static void leaveNothing() throws Exception {
    if (walk != null) {
      walk.take(DOWN);
      Shell.run("docker rmi " + DockerWalk.image());
      walk.close();
    }
  }

  private static Shell last(String step) {
    List<Shell> results = DONE.get(step);
    return results.get(results.size() - 1);
  }

  private static void assertSucceeded(String step) {
    assertThat(DONE.get(step))
        .isNotEmpty()
        .allSatisfy(done -> assertThat(done.exitCode()).isZero());
  }

  /** The sum of a row's numbers in all tables of an output: TCP's, UDP's. */
  private static long[] sum(Pattern row, Shell done) {
    long[] both = new long[2];
    assertThat(done.out()).containsPattern(row);
    for (MatchResult match : row.matcher(done.out()).results().toList()) {
      both[0] += Long.parseLong(match.group(1));
      both[1] += Long.parseLong(match.group(2));
    }
    return both;
  }

  @Test
  void shouldStartEveryProgramFromItsArchiveOfClasses() throws Exception {
    assertSucceeded(IMAGES);
    for (String part : List.of("server", "client", "lab")) {
      // With -Xshare:on a JVM that cannot use the archive ends.
      Shell.succeed(
          ("docker run --rm --network none --entrypoint java %s -Xshare:on"
                  + " -XX:SharedArchiveFile=/opt/dualport/dual-%s.jsa -jar /opt/dualport/dual-%s.jar"
                  + " --version")
              .formatted(DockerWalk.image(), part, part));
    }
  }

  @Test
  void shouldRunTheServerAsFirstProcessAndOrdinaryUserOnAReadOnlyDisk() {
    assertSucceeded(UP);
    assertThat(last(UP).out()).containsPattern("transport +epoll \\(auto");
    assertThat(process.out()).startsWith("java\0").containsPattern("Uid:\\s+10001\\s");
  }

  /** What a start names answers, or it says from where. */
  @Test
  void shouldNameNoDashboardThatNobodyReaches() {
    assertThat(DONE.get(UP).get(2).out())
        .contains("/  from inside this container alone")
        .doesNotContain("this machine only");
    assertThat(DONE.get(UP).get(1).out()).doesNotContain("8889");
    assertThat(last(OBSERVE).out().strip()).isEqualTo("200");
  }

  @Test
  void shouldRunWithoutTheLab() {
    assertSucceeded(ALONE);
    assertThat(DONE.get(ALONE).get(1).out()).containsPattern("(?m)^verdict +open +open$");
  }

  /** It prints what the lab then stands on; the images are there, so it makes none. */
  @Test
  void shouldNameTheBasesThatItMade() throws Exception {
    String base = variable("DUALPORT_BASE_IMAGE", "");
    Assumptions.assumeTrue(base.equals("dualport-debian:bookworm"), "another base is in use");
    Tool.requireRoot(); // else sudo asks for a password
    Shell done =
        walk.run(
            "unset DUALPORT_BASE_IMAGE; eval \"$(sudo ./base-image)\"; echo $DUALPORT_BASE_IMAGE");
    assertThat(done.out().strip()).as(done.err()).isEqualTo(base);
  }

  @Test
  void shouldMeasureWhatAHealthCheckCosts() throws Exception {
    Shell done = walk.run("./startup 1");
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(done.out()).containsPattern("(?m)^health +\\d+ ms ").contains("start-without");
  }

  /** Each is named with the package whose source it is made of. */
  @Test
  void shouldHoldTheLicenceOfEveryLibrary() throws Exception {
    String inside = "docker run --rm --network none --entrypoint sh %s -c '%s'";
    String licenses = "cd /opt/dualport/licenses; ls . libraries system; cat system/SOURCES";
    assertThat(Shell.succeed(inside.formatted(DockerWalk.image(), licenses)))
        .contains("LICENSE", "LIBRARIES.txt", "libc6 ", "busybox ", "zlib", "libstdc++", "openjdk");
    assertThat(Shell.succeed(inside.formatted(DockerWalk.image(), "cat /opt/java/legal/*/LICENSE")))
        .contains("Classpath");
  }

  @Test
  void shouldTakeTheWordsOfItsPrograms() throws Exception {
    String run = "docker run --rm --network none " + DockerWalk.image() + " ";
    assertThat(Shell.succeed(run + "--help")).contains("server [OPTIONS]", "lab COMMAND");
    assertThat(Shell.succeed(run + "--version")).startsWith("dual-server ");
    Shell closed = Shell.run(run + "send 127.0.0.1:9 --count 1 --timeout 1s");
    assertThat(closed.exitCode()).as(closed.err()).isEqualTo(1);
    assertThat(closed.out()).startsWith("send to 127.0.0.1:9");
    Shell unknown = Shell.run(run + "sned 127.0.0.1:9");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).startsWith("dual: there is no program 'sned'\n").contains("client");
  }

  /**
   * Also behind an init, where process 1 is not the server, and wherever the admin side is. Where
   * there is none, or it does not answer, the client asks.
   */
  @ParameterizedTest
  @CsvSource({
    "--env DUAL_SERVER_PORT=9999, '', true",
    "--init, --port 9999, true",
    "--env DUAL_SERVER_ADMIN_TOKEN=0123456789abcdef, server --admin=0.0.0.0:7000, true",
    "--env http_proxy=http://127.0.0.1:1, --admin 127.0.0.2:0 --port 0, true",
    "'', --admin off --host 127.0.0.2, false"
  })
  void shouldCallHealthyWhatIsBoundOnBothAndSaysSo(String options, String words, boolean cheap)
      throws Exception {
    Shell done = healthOf(options, words, "true");
    assertThat(done.exitCode()).as("%s", done).isZero();
    assertThat(done.out().isEmpty()).isEqualTo(cheap);
  }

  @Test
  void shouldCallIllWhatHangsOrLacksAProtocolOrIsNoServer() throws Exception {
    Shell hangs = healthOf("--init", "", "kill -STOP $(pidof java)");
    assertThat(hangs.exitCode()).as("%s", hangs).isEqualTo(1);
    assertThat(hangs.out()).contains("Port 8888, from here");
    Shell none = healthOf("--entrypoint sleep", "60", "true");
    assertThat(none.exitCode()).as("%s", none).isEqualTo(1);
    assertThat(none.err()).isEqualTo("dual: no server runs here\n");
    // Listens on TCP alone, and has the server's jar among its words.
    Shell half =
        healthOf("--entrypoint nc", "-l -p 8888 -e /opt/dualport/dual-server.jar x", "true");
    assertThat(half.exitCode()).as("%s", half).isEqualTo(1);
    assertThat(half.err()).contains("no TCP listener and UDP socket on one port number");
  }

  /** Of a container in which a line was run once it was up. */
  private static Shell healthOf(String options, String words, String line) throws Exception {
    String container =
        Shell.succeed(
            "docker run -d --rm --network none --read-only --cap-drop ALL %s %s %s"
                .formatted(options, DockerWalk.image(), words));
    try {
      if (!options.contains("--entrypoint")) {
        await("bound")
            .atMost(PATIENCE)
            .until(() -> Shell.succeed("docker logs " + container).contains("\nstop "));
      }
      Shell.succeed("docker exec %s sh -c '%s'".formatted(container, line));
      return Shell.run("docker exec %s /opt/dualport/dual health".formatted(container));
    } finally {
      Shell.run("docker rm -f " + container);
    }
  }

  @Test
  void shouldAnswerBothProtocolsFromContainerToContainer() {
    assertSucceeded(CLIENT);
    assertThat(last(CLIENT).out()).containsPattern("(?m)^on the way +same +same$");
    assertThat(sum(LOST, last(CLIENT))).containsExactly(0, 0);
    assertThat(sum(SENT, last(CLIENT))[0]).isGreaterThan(100);
    assertThat(sum(SENT, last(CLIENT))[1]).isGreaterThan(100);
  }

  @Test
  void shouldAnswerBothProtocolsToTheHost() {
    assertSucceeded(HOST);
    assertThat(last(HOST).out())
        .containsPattern("(?m)^verdict +open +open$")
        .containsPattern(
            "on the way +rewritten: source 127.0.0.1:\\d+ became .* rewritten: source ");
  }

  @Test
  void shouldShowTheAddressesThatTheRouterPutIn() {
    assertSucceeded(NAT);
    assertThat(last(NAT).out())
        .containsPattern("(?m)^on the way +rewritten: source .* became .* rewritten: source ");
  }

  @Test
  void shouldHaveInTheCaptureWhatTheClientSent() {
    assertSucceeded(CAPTURE);
    long[] sent = sum(SENT, DONE.get(CAPTURE).get(1));
    assertThat(sumOfCounts(DONE.get(CAPTURE).get(3), false)).isEqualTo(sent[1]);
    assertThat(sumOfCounts(last(CAPTURE), true)).isEqualTo(sent[0] * MESSAGE_BYTES);
  }

  @Test
  void shouldLeaveTheCaptureToWhoeverHasTheFolder() throws Exception {
    Path file = walk.folder().resolve("captures/lab.pcapng");
    assertThat(Files.getOwner(file).getName()).isEqualTo(walk.owner());
  }

  /** What {@code uniq -c} counted, added up: the counts, or each times the number it counts. */
  private static long sumOfCounts(Shell done, boolean times) {
    return Pattern.compile("(?m)^ *(\\d+) (\\d+)$")
        .matcher(done.out())
        .results()
        .mapToLong(row -> Long.parseLong(row.group(1)) * (times ? Long.parseLong(row.group(2)) : 1))
        .sum();
  }

  /** All but the host, which comes from the gateway. */
  @Test
  void shouldCountInTheServerWhatTheClientsSent() {
    String gateway =
        Pattern.compile("server saw +([0-9.]+):")
            .matcher(last(HOST).out())
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);
    long[] sent = new long[2];
    for (Shell client : List.of(last(CLIENT), last(NAT), DONE.get(CAPTURE).get(1))) {
      long[] one = sum(SENT, client);
      sent[0] += one[0];
      sent[1] += one[1];
    }
    Map<String, Long> messages = new HashMap<>();
    Map<String, Long> bytes = new HashMap<>();
    for (MatchResult flow : FLOW.matcher(DONE.get(STOP).get(1).out()).results().toList()) {
      if (!flow.group(2).equals(gateway)) {
        messages.merge(flow.group(1), Long.parseLong(flow.group(3)), Long::sum);
        bytes.merge(flow.group(1) + " in", Long.parseLong(flow.group(4)), Long::sum);
        bytes.merge(flow.group(1) + " out", Long.parseLong(flow.group(5)), Long::sum);
      }
    }
    assertThat(messages).isEqualTo(Map.of("tcp", sent[0], "udp", sent[1]));
    assertThat(bytes)
        .isEqualTo(
            Map.of(
                "tcp in", sent[0] * MESSAGE_BYTES,
                "tcp out", sent[0] * MESSAGE_BYTES,
                "udp in", sent[1] * MESSAGE_BYTES,
                "udp out", sent[1] * MESSAGE_BYTES));
  }

  /** After the grace period it would have been killed, which is exit code 137. */
  @Test
  void shouldStopWithinTheGracePeriod() {
    assertSucceeded(STOP);
    assertThat(last(STOP).out()).containsPattern("Exit(ed \\(0\\)| 0)");
  }

  @Test
  void shouldLoseMessagesOverUdpAloneOnTheBadLine() {
    Shell client = DONE.get(IMPAIRED).get(0);
    assertThat(client.exitCode()).as("%s", client).isEqualTo(1);
    long[] lost = sum(LOST, client);
    assertThat(lost[0]).isZero();
    assertThat(lost[1]).isPositive();
    assertThat(last(IMPAIRED).out())
        .containsPattern("impair: .*(netem|nftables), on what .* 5 % lost");
  }

  @Test
  void shouldRunAnExperiment() {
    assertSucceeded(LAB);
    assertThat(last(LAB).out()).contains("1 as predicted, 0 surprises");
  }

  @Test
  void shouldLetPrometheusScrape() {
    assertSucceeded(OBSERVE);
  }

  private static boolean isScraped() throws Exception {
    JsonNode up = query("up");
    JsonNode messages = query("dualport_received_messages_total");
    return up.size() == 1
        && up.at("/0/value/1").asText().equals("1")
        && messages.size() == 2
        && messages.at("/0/value/1").asLong() > 100
        && messages.at("/1/value/1").asLong() > 100;
  }

  private static JsonNode query(String query) throws Exception {
    Shell done = walk.run("curl -fsS 'http://127.0.0.1:9090/api/v1/query?query=" + query + "'");
    return JSON.readTree(done.out()).at("/data/result");
  }

  @Test
  void shouldLeaveNothingBehind() throws Exception {
    assertSucceeded(DOWN);
    String ofTheLab = " -q --filter label=com.docker.compose.project=" + walk.project();
    assertThat(Shell.succeed("docker ps -a" + ofTheLab)).isEmpty();
    assertThat(Shell.succeed("docker network ls" + ofTheLab)).isEmpty();
    assertThat(Shell.succeed("docker volume ls" + ofTheLab)).isEmpty();
  }
}
