package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.flow.Endpoint;
import io.dualport.report.Words;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * The interval log: HdrHistogram's own text format, so that HistogramLogReader and
 * HistogramLogProcessor read it, with a few comment lines of ours around it.
 *
 * <pre>
 * #[Dualport load log, version 1]
 * #[Dualport run=0123456789abcdef log=fedcba9876543210 target=HOST:PORT address=IP:PORT unit=ns
 *     mode=closed start=1700000000000]                          (one line)
 * #[StartTime: 1700000000.000 (seconds since epoch), ...]
 * #[BaseTime: 1700000000.000 (seconds since epoch)]
 * "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 * Tag=tcp,0.000,1.000,0.123,HISTFAAA...
 * Tag=udp,0.000,1.000,0.098,HISTFAAA...
 * ...
 * #[Dualport counts tag=tcp seconds=10.000 connections=64 sent=.. echoed=.. lost=.. duplicated=..
 *     reordered=.. late=.. corrupted=.. truncated=.. stray=.. unsent=.. notOpened=..
 *     bytesOut=.. bytesIn=..]
 * </pre>
 *
 * <p>{@code run} is the same for all machines of one test that share {@code --run-id}, {@code log}
 * differs for every file; {@code mode} is {@code closed} or {@code open}; {@code start} is the
 * beginning of the measured time, ms since the epoch. Values are nanoseconds, Interval_Max is
 * milliseconds as HdrHistogram writes it. Every interval is flushed: a run that is killed leaves a
 * log without the counts and is read all the same.
 */
public final class LoadLogWriter implements Closeable {
  private final PrintStream out;
  private final HistogramLogWriter writer;

  /**
   * Creates the file, or empties it.
   *
   * @throws LoadFailure if it cannot be written
   */
  public LoadLogWriter(Path file) throws LoadFailure {
    try {
      this.out =
          new PrintStream(
              new BufferedOutputStream(Files.newOutputStream(file)), false, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LoadFailure("client.load.hdr-log = " + file + ": cannot be written: " + e, e);
    }
    this.writer = new HistogramLogWriter(out);
  }

  /** Writes what stands above the intervals. */
  void begin(LoadPlan plan, long startMillis) {
    writer.outputComment("[Dualport load log, version 1]");
    writer.outputComment(
        Words.format(
            "[Dualport run=%s log=%016x target=%s address=%s unit=ns mode=%s start=%d]",
            plan.runIdText(),
            ThreadLocalRandom.current().nextLong(),
            plan.target(),
            Endpoint.text(plan.remote()),
            plan.settings().isOpenLoop() ? "open" : "closed",
            startMillis));
    writer.outputStartTime(startMillis);
    writer.outputBaseTime(startMillis);
    writer.setBaseTime(startMillis);
    writer.outputLegend();
    out.flush();
  }

  /** Appends an interval, which has its tag and time stamps. */
  void interval(Histogram histogram) {
    writer.outputIntervalHistogram(histogram);
    out.flush();
  }

  /** Appends what was counted for one protocol. */
  void counts(ProtocolLoad load, double seconds, int connections) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "[Dualport counts tag=%s seconds=%.3f connections=%d",
                load.protocol().label(),
                seconds,
                connections));
    for (Count count : Count.values()) {
      line.append(' ').append(count.key()).append('=').append(load.count(count));
    }
    writer.outputComment(line.append(']').toString());
    out.flush();
  }

  /** Whether anything could not be written, as on a full disk. */
  boolean hasFailed() {
    return out.checkError();
  }

  @Override
  public void close() {
    out.close();
  }
}
