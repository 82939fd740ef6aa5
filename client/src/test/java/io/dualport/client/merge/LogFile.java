package io.dualport.client.merge;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/** A log as {@code load} writes it, through HdrHistogram's own writer. */
final class LogFile {
  static final long START_MILLIS = 1_700_000_000_000L;

  private final Path path;
  private String run = "00000000000000aa";
  private String log;
  private String target = "server.example:8888";
  private String address = "192.0.2.1:8888";
  private String unit = "ns";
  private String mode = "closed";
  private long startMillis = START_MILLIS;
  private final Map<String, List<List<Long>>> intervals = new TreeMap<>();
  private final Map<String, String> counts = new TreeMap<>();

  private LogFile(Path path) {
    this.path = path;
    this.log = String.format("%016x", path.toString().hashCode() & 0xffffffffL);
  }

  static LogFile at(Path path) {
    return new LogFile(path);
  }

  LogFile run(String id) {
    run = id;
    return this;
  }

  LogFile log(String id) {
    log = id;
    return this;
  }

  LogFile target(String typed) {
    target = typed;
    return this;
  }

  LogFile address(String resolved) {
    address = resolved;
    return this;
  }

  LogFile unit(String label) {
    unit = label;
    return this;
  }

  LogFile mode(String name) {
    mode = name;
    return this;
  }

  LogFile startMillis(long epochMillis) {
    startMillis = epochMillis;
    return this;
  }

  /** One interval of a second for each list. */
  LogFile values(String tag, List<List<Long>> seconds) {
    intervals.put(tag, seconds);
    return this;
  }

  LogFile counts(String tag, String seconds, long echoed) {
    counts.put(
        tag,
        ("tag=%s seconds=%s connections=4 sent=%d echoed=%d lost=1 duplicated=2 reordered=3 late=4"
                + " corrupted=5 truncated=6 stray=7 unsent=8 bytesOut=%d bytesIn=%d")
            .formatted(tag, seconds, echoed + 1, echoed, 128 * (echoed + 1), 128 * echoed));
    return this;
  }

  /** Writes it, and returns the path. */
  Path write() throws IOException {
    try (PrintStream out = new PrintStream(path.toFile(), StandardCharsets.UTF_8)) {
      HistogramLogWriter writer = new HistogramLogWriter(out);
      writer.outputComment("[Dualport load log, version 1]");
      writer.outputComment(
          "[Dualport run=%s log=%s target=%s address=%s unit=%s mode=%s start=%d]"
              .formatted(run, log, target, address, unit, mode, startMillis));
      writer.outputLogFormatVersion();
      writer.outputStartTime(startMillis);
      writer.setBaseTime(startMillis);
      writer.outputBaseTime(startMillis);
      writer.outputLegend();
      intervals.forEach((tag, seconds) -> write(writer, tag, seconds));
      counts.values().forEach(line -> writer.outputComment("[Dualport counts " + line + "]"));
    }
    return path;
  }

  private void write(HistogramLogWriter writer, String tag, List<List<Long>> seconds) {
    for (int second = 0; second < seconds.size(); second++) {
      Histogram histogram = new Histogram(3);
      seconds.get(second).forEach(histogram::recordValue);
      histogram.setTag(tag);
      histogram.setStartTimeStamp(startMillis + 1000L * second);
      histogram.setEndTimeStamp(startMillis + 1000L * (second + 1));
      writer.outputIntervalHistogram(histogram);
    }
  }
}
