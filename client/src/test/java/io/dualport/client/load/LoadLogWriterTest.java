package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.report.LoadResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogProcessor;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The interval log, read by the library's own tools. */
class LoadLogWriterTest {
  @TempDir private Path folder;

  @Test
  void shouldHoldTheReportedTotalsWhenReadBack() throws Exception {
    Path file = folder.resolve("run.hlog");
    try (PlainEcho echo = PlainEcho.good()) {
      LoadResult result =
          Loading.of(echo.port())
              .with("hdr-log", file)
              .with("run-id", "00000000000000ab")
              .with("connections", 4)
              .run();

      Map<String, Histogram> read = new HashMap<>();
      try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
        for (EncodableHistogram next = reader.nextIntervalHistogram();
            next != null;
            next = reader.nextIntervalHistogram()) {
          read.computeIfAbsent(
                  next.getTag(),
                  tag -> new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS))
              .add((Histogram) next);
        }
      }
      assertThat(read).containsOnlyKeys("tcp", "udp");
      for (ProtocolLoad load : result.protocols()) {
        Histogram histogram = read.get(load.protocol().label());
        assertThat(histogram).isEqualTo(load.latencies());
        assertThat(histogram.getTotalCount()).isEqualTo(load.count(Count.ECHOED)).isPositive();
      }
      List<String> lines = Files.readAllLines(file);
      assertThat(lines.get(0)).isEqualTo("#[Dualport load log, version 1]");
      assertThat(lines.get(1))
          .matches(
              "#\\[Dualport run=00000000000000ab log=[0-9a-f]{16} target=127\\.0\\.0\\.1:%1$d"
                      .formatted(echo.port())
                  + " address=127\\.0\\.0\\.1:%d unit=ns mode=closed start=\\d+]"
                      .formatted(echo.port()));
      ProtocolLoad udp = result.protocols().get(1);
      assertThat(lines.get(lines.size() - 1))
          .isEqualTo(
              ("#[Dualport counts tag=udp seconds=0.300 connections=4 sent=%1$d echoed=%1$d lost=0"
                      + " duplicated=0 reordered=0 late=0 corrupted=0 truncated=0 stray=0 unsent=0"
                      + " notOpened=0 bytesOut=%2$d bytesIn=%2$d]")
                  .formatted(udp.count(Count.SENT), 128 * udp.count(Count.SENT)));
    }
  }

  @Test
  void shouldBeReadByTheLogProcessor() throws Exception {
    Path file = folder.resolve("run.hlog");
    Path out = folder.resolve("percentiles");
    try (PlainEcho echo = PlainEcho.good()) {
      Loading.of(echo.port()).with("hdr-log", file).run();
    }

    new HistogramLogProcessor(
            new String[] {"-i", file.toString(), "-o", out.toString(), "-tag", "udp"})
        .run();

    assertThat(folder.resolve("percentiles.hgrm")).content().contains("#[Mean ");
  }

  @Test
  void shouldRefuseAFileThatCannotBeWrittenBeforeAnythingIsSent() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      assertThat(
              catchThrowableOfType(
                      LoadFailure.class,
                      () -> Loading.of(echo.port()).with("hdr-log", folder.resolve("a/b")).run())
                  .getMessage())
          .contains("client.load.hdr-log")
          .contains("cannot be written");
      assertThat(echo.udpPeers()).isEmpty();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldNotKeepToItselfThatTheDiskWasFull() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      LoadResult result = Loading.of(echo.port()).with("hdr-log", "/dev/full").run();

      assertThat(Loading.text(result)).contains("could not be written to the end");
      assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
    }
  }
}
