package io.dualport.client.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.load.count.Count;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes out of logs that belong together. */
class MergeTest {
  private final Random random = new Random();
  @TempDir private Path folder;

  @RepeatedTest(10)
  void shouldEqualOneHistogramOfAllValuesWhateverTheOrderOfTheFiles() throws Exception {
    Histogram tcp = new Histogram(3);
    Histogram udp = new Histogram(3);
    List<Path> files = new ArrayList<>();
    int logs = 1 + random.nextInt(6);
    for (int log = 0; log < logs; log++) {
      files.add(
          LogFile.at(folder.resolve(log + ".hlog"))
              .values("tcp", recorded(tcp))
              .values("udp", recorded(udp))
              .counts("tcp", "%d.%03d".formatted(1 + log, random.nextInt(1000)), log)
              .counts("udp", "1.000", 100)
              .write());
    }

    MergeResult merged = Merge.of(files);
    Collections.shuffle(files, random);
    MergeResult shuffled = Merge.of(files);

    assertThat(merged.protocols().get(0).histogram()).isEqualTo(tcp);
    assertThat(merged.protocols().get(1).histogram()).isEqualTo(udp);
    assertThat(shuffled.protocols()).isEqualTo(merged.protocols());
    for (Format format : Format.values()) {
      assertThat(new MergeReport(shuffled).render(format))
          .isEqualTo(new MergeReport(merged).render(format));
    }
  }

  /** A few intervals of values over the whole range, an empty interval among them. */
  private List<List<Long>> recorded(Histogram all) {
    List<List<Long>> intervals = new ArrayList<>();
    for (int interval = random.nextInt(5); interval >= 0; interval--) {
      List<Long> values = new ArrayList<>();
      for (int value = random.nextInt(500); value > 0; value--) {
        values.add(random.nextLong() >>> 1 + random.nextInt(62));
      }
      values.forEach(all::recordValue);
      intervals.add(values);
    }
    return intervals;
  }

  @Test
  void shouldReadEveryIntervalLineThereIs() throws Exception {
    List<List<Long>> seconds = new ArrayList<>();
    for (long second = 1; second <= 2000; second++) {
      seconds.add(List.of(second));
    }
    Path file = LogFile.at(folder.resolve("a.hlog")).values("tcp", seconds).write();
    long lines;
    try (var all = Files.lines(file)) {
      lines = all.filter(line -> line.startsWith("Tag=")).count();
    }

    ProtocolMerge tcp = Merge.of(List.of(file)).protocols().get(0);

    assertThat(tcp.intervals()).isEqualTo(lines).isEqualTo(2000);
    assertThat(tcp.samples()).isEqualTo(2000);
  }

  @Test
  void shouldMergeManyPodsOfOneRun() throws Exception {
    List<Path> pods = new ArrayList<>();
    for (int pod = 0; pod < 3; pod++) {
      pods.add(
          LogFile.at(folder.resolve("pod" + pod))
              .values("udp", List.of(List.of(1000L), List.of(2000L)))
              .counts("udp", "2.000", 300)
              .write());
    }

    MergeResult result = Merge.of(pods);

    ProtocolMerge udp = result.protocols().get(0);
    assertThat(result.protocols()).hasSize(1);
    assertThat(udp.protocol()).isEqualTo(Protocol.UDP);
    assertThat(udp.sum(Count.ECHOED)).isEqualByComparingTo("900");
    assertThat(udp.sum(Count.BYTES_IN)).isEqualByComparingTo("115200");
    assertThat(udp.echoedPerSecond()).isEqualByComparingTo("450");
    assertThat(result.spanMillis()).isEqualTo(2000);
    assertThat(result.overlapMillis()).isEqualTo(2000);
  }

  @Test
  void shouldSumTheRatesOfLogsThatRanForDifferentTimes() throws Exception {
    Path fast = LogFile.at(folder.resolve("fast")).counts("tcp", "2.000", 300).write();
    Path slow = LogFile.at(folder.resolve("slow")).counts("tcp", "10.000", 100).write();

    assertThat(Merge.of(List.of(fast, slow)).protocols().get(0).echoedPerSecond())
        .isEqualByComparingTo("160");
  }

  @Test
  void shouldConvertOtherUnitsToNanoseconds() throws Exception {
    Path a = LogFile.at(folder.resolve("a")).unit("us").values("tcp", List.of(List.of(7L))).write();
    Path b = LogFile.at(folder.resolve("b")).unit("us").values("tcp", List.of(List.of(9L))).write();

    ProtocolMerge tcp = Merge.of(List.of(a, b)).protocols().get(0);

    assertThat(tcp.minNanos()).isEqualTo(7000);
    assertThat(tcp.maxNanos()).isEqualTo(9000);
  }

  @Test
  void shouldMergeARunOfWhichNothingCameBack() throws Exception {
    Path file = LogFile.at(folder.resolve("a")).counts("udp", "5.000", 0).write();

    ProtocolMerge udp = Merge.of(List.of(file)).protocols().get(0);

    assertThat(udp.samples()).isZero();
    assertThat(udp.percentileNanos(99)).isNull();
    assertThat(udp.echoedPerSecond()).isEqualByComparingTo("0");
    assertThat(udp.sum(Count.SENT)).isEqualByComparingTo("1");
  }

  @Test
  void shouldReadLinesThatAnotherSystemEnded() throws Exception {
    Path file =
        LogFile.at(folder.resolve("a"))
            .values("tcp", List.of(List.of(7L)))
            .counts("tcp", "1.000", 1)
            .write();
    Files.writeString(file, Files.readString(file).replace("\n", "\r\n"));

    assertThat(Merge.of(List.of(file)).protocols().get(0).sum(Count.ECHOED))
        .isEqualByComparingTo("1");
  }
}
