package io.dualport.client.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.report.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a merged result reads. */
class MergeReportTest {
  @TempDir private Path folder;

  private LogFile log(String name) {
    return LogFile.at(folder.resolve(name))
        .values("tcp", List.of(List.of(1_000_000L), List.of(3_000_000L)))
        .values("udp", List.of(List.of(2_000_000L)))
        .counts("tcp", "2.000", 2)
        .counts("udp", "2.000", 1);
  }

  private static String text(Path... files) throws Exception {
    return new MergeReport(Merge.of(List.of(files))).render(Format.TEXT);
  }

  @Test
  void shouldShowTheProtocolsSideBySide() throws Exception {
    assertThat(text(log("a").write(), log("b").write()))
        .startsWith(
            "merge of 2 logs, run 00000000000000aa, to server.example:8888, closed loop, in 2 s\n")
        .containsPattern("(?m)^ +TCP +UDP$")
        .containsPattern("(?m)^logs +2 +2$")
        .containsPattern("(?m)^intervals +4 +2$")
        .containsPattern("(?m)^sent +6 +4$")
        .containsPattern("(?m)^echoed +4 +2$")
        .containsPattern("(?m)^bytes in +512 +256$")
        .containsPattern("(?m)^echoed per second +2.0 +1.0$")
        .containsPattern("(?m)^latency min +1 ms +2 ms$")
        .containsPattern("(?m)^latency max +3 ms +2 ms$")
        .endsWith(
            "\nPercentiles are those of all latencies in one histogram; echoed per second is the"
                + " sum of each log's echoes over its own measured seconds.\n")
        .doesNotContain("at least", "together", "Different", "killed");
  }

  @Test
  void shouldWriteKeysWithTheirUnitForPrograms() throws Exception {
    MergeResult result = Merge.of(List.of(log("a").write(), log("b").write()));
    JsonNode rows =
        new ObjectMapper().readTree(new MergeReport(result).render(Format.JSON)).get("rows");

    List<String> keys = new ArrayList<>();
    rows.get(0).fieldNames().forEachRemaining(keys::add);
    assertThat(keys)
        .containsExactly(
            "target",
            "targets",
            "runId",
            "runs",
            "mode",
            "spanNanos",
            "overlapNanos",
            "protocol",
            "logs",
            "logsWithoutCounts",
            "intervals",
            "connections",
            "sent",
            "echoed",
            "lost",
            "duplicated",
            "reordered",
            "late",
            "corrupted",
            "truncated",
            "stray",
            "unsent",
            "notOpened",
            "bytesOut",
            "bytesIn",
            "echoedPerSecond",
            "latencies",
            "latencyMinNanos",
            "latencyP50Nanos",
            "latencyP90Nanos",
            "latencyP99Nanos",
            "latencyP999Nanos",
            "latencyMaxNanos");
    assertThat(rows).hasSize(2);
    assertThat(rows.get(1).get("protocol").asText()).isEqualTo("udp");
    assertThat(rows.get(1).get("echoed").isIntegralNumber()).isTrue();
    assertThat(rows.get(1).get("echoedPerSecond").asDouble()).isEqualTo(1.0);
    assertThat(rows.get(1).get("latencyP50Nanos").asLong()).isBetween(1_999_000L, 2_001_000L);
    assertThat(rows.get(1).get("overlapNanos").asLong()).isEqualTo(2_000_000_000L);
  }

  @Test
  void shouldShowEachLatencyUnderItsOwnKey() throws Exception {
    List<Long> millis = LongStream.rangeClosed(1, 1000).map(n -> n * 1_000_000).boxed().toList();
    Path file = LogFile.at(folder.resolve("a")).values("tcp", List.of(millis)).write();
    String json = new MergeReport(Merge.of(List.of(file))).render(Format.JSON);
    JsonNode row = new ObjectMapper().readTree(json).get("rows").get(0);

    Map.of("Min", 1, "P50", 500, "P90", 900, "P99", 990, "P999", 999, "Max", 1000)
        .forEach(
            (name, expected) ->
                assertThat(row.get("latency" + name + "Nanos").asDouble() / 1_000_000)
                    .as(name)
                    .isCloseTo(expected, withinPercentage(0.1)));
    assertThat(text(file)).containsPattern("(?m)^latency p50 +500.*ms$");
  }

  @Test
  void shouldShowMissingCountsAsMissing() throws Exception {
    Path killed =
        LogFile.at(folder.resolve("killed")).values("udp", List.of(List.of(5000L))).write();

    MergeResult result = Merge.of(List.of(killed));
    JsonNode row =
        new ObjectMapper().readTree(new MergeReport(result).render(Format.JSON)).get("rows").get(0);

    assertThat(text(killed))
        .containsPattern("(?m)^sent +-$")
        .containsPattern("(?m)^echoed per second +-$")
        .containsPattern("(?m)^latency max +5 µs$")
        .contains(
            "\nUDP: no counts in "
                + killed
                + ", whose run was killed: its latencies are merged, its counts are missing.\n");
    assertThat(row.get("sent").isNull()).isTrue();
    assertThat(row.get("echoedPerSecond").isNull()).isTrue();
    assertThat(row.get("logsWithoutCounts").asInt()).isEqualTo(1);
  }

  @Test
  void shouldCallSumsALowerBoundWhereOneLogHasNoCounts() throws Exception {
    Path whole = log("whole").write();
    Path killed =
        LogFile.at(folder.resolve("killed")).values("udp", List.of(List.of(5000L))).write();
    Files.writeString(killed, Files.readString(killed) + "Tag=udp,1.000,1.0");

    assertThat(text(whole, killed))
        .containsPattern("(?m)^sent +3 +at least 2$")
        .containsPattern("(?m)^echoed per second +1.0 +at least 0.5$")
        .contains("UDP: no counts in " + killed, "its counts are missing from the sums.")
        .contains("The last line is cut short, and left out, in " + killed + " (line 8).");
  }

  @Test
  void shouldNameDifferentTargetsAddressesAndModes() throws Exception {
    Path a = log("a").run("00000000000000a1").target("one:1").write();
    Path b = log("b").run("00000000000000b2").target("two:2").mode("open").write();
    assertThat(text(a, b))
        .startsWith("merge of 2 logs, 2 runs, to 2 targets, closed and open loop, in 2 s\n")
        .contains("Different targets are merged: one:1, two:2.")
        .contains("Closed and open loop are merged: ");

    Path c = log("c").write();
    Path d = log("d").address("192.0.2.2:8888").write();
    assertThat(text(c, d))
        .contains("The target had several addresses: 192.0.2.1:8888, 192.0.2.2:8888.");
  }

  @Test
  void shouldTellWhenNotAllRanTogether() throws Exception {
    Path first = log("first").write();
    Path later = log("later").startMillis(LogFile.START_MILLIS + 60_000).write();
    Path beside = log("beside").startMillis(LogFile.START_MILLIS + 500).write();

    assertThat(text(first, later)).contains("At no time did all logs run together");
    assertThat(text(first, beside)).contains("All logs ran together for 1.5 s of 2.5 s");
  }

  @Test
  void shouldTellWhenCountsAndIntervalsDisagree() throws Exception {
    Path file = log("a").counts("tcp", "2.000", 3).write();

    assertThat(text(file)).contains("TCP: the intervals hold 2 latencies, the counts 3 echoes.");
  }
}
