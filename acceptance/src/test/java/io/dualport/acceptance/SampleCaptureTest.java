package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The capture in wireshark/, the page that explains it, and the filters: none may drift. */
@Tag("kernel")
class SampleCaptureTest {
  private static final String SAMPLE = "wireshark/sample.pcapng";
  private static final String FILTERS = "wireshark/FILTERS.md";
  private static final int MOST_BYTES = 60_000;
  private static final long BOUND_SECONDS = 120;

  private static final String[] FIELDS = {
    "ip.proto",
    "ip.src",
    "ip.dst",
    "ip.id",
    "ip.flags.mf",
    "ip.len",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "icmp.type",
    "icmp.code",
    "udp.payload",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags.syn",
    "tcp.flags.fin",
    "tcp.flags.reset",
    "tcp.seq",
    "tcp.len",
    "tcp.options.mss_val"
  };

  @TempDir static Path folder;
  private static Process remaking;

  /** Beside the other tests: most of its time it waits. */
  @BeforeAll
  static void beginToRemakeTheSample() throws Exception {
    Tool.require(Tool.TSHARK, Tool.TCPDUMP, Tool.IP, Tool.NC);
    Tool.requireRoot();
    ProcessBuilder script =
        new ProcessBuilder(
            ServerProcess.HOME.resolve("wireshark/make-sample").toString(),
            folder.resolve("remade.pcapng").toString());
    Path java = Path.of(ServerProcess.java()).getParent();
    script.environment().merge("PATH", java.toString(), (path, first) -> first + ":" + path);
    remaking =
        script
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("make-sample").toFile())
            .start();
  }

  /** Its own end takes what it started with it. */
  @AfterAll
  static void stop() {
    if (remaking != null) {
      remaking.destroy();
    }
  }

  @Test
  void shouldPrintWhatThePagesShow() throws Exception {
    List<PrintedCommand> commands =
        new ArrayList<>(PrintedCommand.inConsoleBlocksOf("wireshark/READ-THIS-CAPTURE.md"));
    PrintedCommand.inConsoleBlocksOf("wireshark/CAPTURE.md").stream()
        .filter(command -> command.line().contains(SAMPLE))
        .forEach(commands::add);
    assertThat(commands).hasSizeGreaterThan(12);
    try (OrdinaryUser user = new OrdinaryUser("wireshark")) {
      for (PrintedCommand command : commands) {
        Shell done = user.run(command.line());
        assertThat(PrintedCommand.lines(done))
            .as("%s: %s", command.line(), done.err())
            .isEqualTo(command.output());
      }
    }
  }

  @Test
  void shouldShowMessagesByTheCommandOfVerifysPage() throws Exception {
    List<String> commands =
        PrintedCommand.inConsoleBlocksOf("docs/verify.md").stream()
            .map(PrintedCommand::line)
            .filter(line -> line.contains("dual.lua"))
            .toList();
    assertThat(commands).hasSize(1);
    String command = commands.get(0).replace("run.pcapng", "wireshark/sample.pcapng");
    try (OrdinaryUser user = new OrdinaryUser("wireshark")) {
      Shell done = user.run(command);
      assertThat(done.exitCode()).as("%s: %s", command, done.err()).isZero();
      assertThat(done.out()).contains("Request 0", "Echo 0, RTT");
    }
  }

  @Test
  void shouldBeWhatTheScriptMakes() throws Exception {
    assertThat(remaking.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(remaking.exitValue()).as(Files.readString(folder.resolve("make-sample"))).isZero();

    Map<String, List<String>> committed = structure(ServerProcess.HOME.resolve(SAMPLE));
    assertThat(structure(folder.resolve("remade.pcapng"))).isEqualTo(committed);
    assertThat(committed).hasSize(7);
    assertThat(ServerProcess.HOME.resolve(SAMPLE)).isRegularFile();
    assertThat(Files.size(ServerProcess.HOME.resolve(SAMPLE))).isLessThan(MOST_BYTES);
  }

  /** The order that the half-close is about: the client's FIN, then bytes from the server. */
  @Test
  void shouldHaveTheEchoBehindTheFin() throws Exception {
    assertThat(remaking.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
    List<String> half =
        fields(folder.resolve("remade.pcapng"), "tcp.stream == 1 and tcp.flags.syn == 0").stream()
            .filter(row -> !isBareAck(row))
            .map(
                row ->
                    "%s %s %s"
                        .formatted(
                            row.get("tcp.srcport"), row.get("tcp.flags.fin"), row.get("tcp.len")))
            .toList();
    assertThat(half).containsExactly("40001 0 10", "40001 1 0", "8888 0 10", "8888 1 0");
  }

  @Test
  void shouldNameTheFilterOfEachExperiment() throws Exception {
    Shell list =
        Shell.run(
            List.of(
                ServerProcess.java(),
                "-jar",
                ServerProcess.HOME.resolve("lab/target/dual-lab.jar").toString(),
                "list",
                "--format",
                "json"));
    List<String> rows = new ArrayList<>();
    List<String> filters = new ArrayList<>();
    for (JsonNode row : new ObjectMapper().readTree(list.out()).get("rows")) {
      String filter = row.get("filter").asText();
      filters.add(filter.replaceAll("\\bPORT\\b", "8888"));
      rows.add(
          "| %s | %s | `%s` |"
              .formatted(row.get("id").asText(), row.get("title").asText(), filter));
    }
    List<String> page =
        Files.readAllLines(ServerProcess.HOME.resolve(FILTERS)).stream()
            .filter(line -> line.matches("\\| [0-9]+[-a-z]* \\|.*"))
            .toList();
    assertThat(page).isEqualTo(rows);
    assertThat(framesOf(filters.stream().distinct().toList())).isNotEmpty();
  }

  @Test
  void shouldFindAsManyFramesAsThePageSays() throws Exception {
    Map<String, Integer> page = new TreeMap<>();
    Pattern row = Pattern.compile("\\|[^`]*\\| `([^`]+)` \\| ([0-9]+) \\|");
    for (String line : Files.readAllLines(ServerProcess.HOME.resolve(FILTERS))) {
      var matcher = row.matcher(line);
      if (matcher.matches()) {
        page.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
      }
    }
    assertThat(page).hasSizeGreaterThan(10);
    assertThat(framesOf(List.copyOf(page.keySet()))).isEqualTo(page);
  }

  /** All filters in one run; one that is no filter ends it with an error. */
  private static Map<String, Integer> framesOf(List<String> filters) throws Exception {
    Shell counted =
        Shell.run(
            List.of(
                "tshark",
                "-2",
                "-q",
                "-r",
                ServerProcess.HOME.resolve(SAMPLE).toString(),
                "-z",
                "io,stat,0," + String.join(",", filters)));
    assertThat(counted.exitCode()).as(counted.err()).isZero();
    String row =
        counted
            .out()
            .lines()
            .filter(line -> line.matches("\\| *0\\.0.*<>.*"))
            .findFirst()
            .orElseThrow();
    // | interval | frames | bytes | frames | bytes |
    String[] cells = row.split("\\|");
    return IntStream.range(0, filters.size())
        .boxed()
        .collect(Collectors.toMap(filters::get, i -> Integer.valueOf(cells[2 + 2 * i].strip())));
  }

  /**
   * What does not change from run to run, for each direction of each TCP connection, and for all
   * that is not TCP. When a bare acknowledgement is sent, and where PSH is set, depends on when the
   * programs read.
   */
  private static Map<String, List<String>> structure(Path capture) throws Exception {
    Map<String, String> ordinals = new HashMap<>();
    Map<String, List<String>> conversations = new TreeMap<>();
    for (Map<String, String> row : fields(capture, "ip")) {
      boolean tcp = row.get("ip.proto").equals("6");
      if (tcp && isBareAck(row)) {
        continue;
      }
      String id = row.get("ip.src") + row.remove("ip.id");
      if (!tcp) {
        row.put("datagram", ordinals.computeIfAbsent(id, unseen -> "#" + ordinals.size()));
      }
      row.computeIfPresent("udp.payload", (name, hex) -> withoutTimesAndIds(hex));
      String conversation =
          tcp ? "tcp " + row.get("tcp.stream") + " from " + row.get("ip.src") : "udp and icmp";
      conversations.computeIfAbsent(conversation, unseen -> new ArrayList<>()).add(row.toString());
    }
    return conversations;
  }

  /** Magic, length, flags; sequence; the stamp's five-tuple. The rest is another one each run. */
  private static String withoutTimesAndIds(String hex) {
    return hex.isEmpty()
        ? hex
        : hex.substring(0, 32) + " " + hex.substring(48, 64) + " " + hex.substring(96, 170);
  }

  private static boolean isBareAck(Map<String, String> row) {
    return row.get("tcp.len").equals("0")
        && List.of("syn", "fin", "reset").stream()
            .allMatch(flag -> row.get("tcp.flags." + flag).equals("0"));
  }

  /** Wireshark writes a flag as 0 or 1, later versions as False or True. */
  private static String asDigit(String value) {
    return value.replace("False", "0").replace("True", "1");
  }

  private static List<Map<String, String>> fields(Path capture, String filter) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("tshark", "-r", capture.toString(), "-Y", filter, "-T", "fields"));
    for (String field : FIELDS) {
      command.addAll(List.of("-e", field));
    }
    Shell read = Shell.run(command);
    assertThat(read.exitCode()).as(read.err()).isZero();
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : read.out().split("\n")) {
      String[] values = line.split("\t", -1);
      assertThat(values).hasSize(FIELDS.length);
      Map<String, String> row = new TreeMap<>();
      IntStream.range(0, FIELDS.length).forEach(i -> row.put(FIELDS[i], asDigit(values[i])));
      rows.add(row);
    }
    return rows;
  }
}
