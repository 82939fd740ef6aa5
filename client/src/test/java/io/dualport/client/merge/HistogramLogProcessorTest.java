package io.dualport.client.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our lines are comments to HdrHistogram's own tools: what they say of a log is what we say. */
class HistogramLogProcessorTest {
  @TempDir private Path folder;

  @Test
  void shouldReadTheSameFromALogAsWeDo() throws Exception {
    Path log =
        LogFile.at(folder.resolve("a.hlog"))
            .values("tcp", List.of(List.of(1_000L, 2_000L), List.of(3_000L, 4_000L)))
            .values("udp", List.of(List.of(9_000L)))
            .counts("tcp", "2.000", 4)
            .counts("udp", "2.000", 1)
            .write();
    String library =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> entry.contains("HdrHistogram"))
            .findFirst()
            .orElseThrow();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                library,
                "org.HdrHistogram.HistogramLogProcessor",
                "-i",
                log.toString(),
                "-tag",
                "tcp",
                "-outputValueUnitRatio",
                "1")
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    ProtocolMerge tcp = Merge.of(List.of(log)).protocols().get(0);
    assertThat(out).containsPattern("Total count +=  +" + tcp.samples() + "]");
    assertThat(out).containsPattern("#\\[Max +=  +" + tcp.maxNanos() + "[.]");
  }
}
