package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.MessageCounts;
import io.dualport.client.load.count.ProtocolCounts;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.Timetable;
import io.dualport.client.message.Stranger;
import io.dualport.report.Durations;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Looks at the ledgers from time to time: progress, the log, and in the end the result. */
public final class Observation {
  private final List<ProtocolCounts> books;
  private final List<MessageCounts> before = new ArrayList<>();
  private final Progress progress;
  private final LoadLogWriter log;
  private final long epochOffset;
  private long beginNanos;
  private long lastNanos;

  /**
   * @param log null for none
   * @param epochOffset what makes a reading of {@link System#nanoTime} ns since the Unix epoch
   */
  public Observation(
      List<ProtocolCounts> books, Progress progress, LoadLogWriter log, long epochOffset) {
    this.books = books;
    this.progress = progress;
    this.log = log;
    this.epochOffset = epochOffset;
    books.forEach(book -> before.add(new MessageCounts()));
  }

  /** The connections stand, and the run is about to begin. */
  public void begin(LoadPlan plan, Timetable times) {
    beginNanos = times.measureNanos();
    lastNanos = beginNanos;
    if (log != null) {
      log.begin(plan, millis(beginNanos));
    }
    progress.begin(times.measuredSeconds());
    long warmup = plan.settings().warmup().toMillis();
    if (warmup > 0) {
      progress.say("warming up for " + Durations.text(warmup * 1_000_000));
    }
  }

  /** Closes the interval that ends now. */
  public void interval(long endNanos) {
    interval(endNanos, true);
  }

  private void interval(long endNanos, boolean isShown) {
    double seconds = (endNanos - lastNanos) / 1e9;
    List<Progress.Interval> shown = new ArrayList<>();
    for (int i = 0; i < books.size(); i++) {
      ProtocolCounts book = books.get(i);
      Histogram latencies = book.nextInterval(millis(lastNanos), millis(endNanos));
      if (log != null) {
        log.interval(latencies);
      }
      MessageCounts now = book.measured();
      MessageCounts last = before.set(i, now);
      shown.add(
          new Progress.Interval(
              book.protocol(),
              (endNanos - beginNanos) / 1e9,
              seconds,
              latencies,
              now.settled() - last.settled(),
              now.get(Count.ECHOED) - last.get(Count.ECHOED),
              now.get(Count.LOST) - last.get(Count.LOST),
              now.get(Count.BYTES_IN) - last.get(Count.BYTES_IN),
              book.open(),
              book.failures()));
    }
    if (isShown) {
      progress.show(shown);
    }
    lastNanos = endNanos;
  }

  /** All loops have ended: the last interval, the counts, the result. */
  public LoadResult end(LoadPlan plan, Timetable times, long backlogNanos, boolean interrupted) {
    long endNanos = Math.max(System.nanoTime(), lastNanos + 1);
    interval(endNanos, false); // what the drain brought
    progress.end();
    double seconds = times.measuredSeconds() + backlogNanos / 1e9;
    List<ProtocolLoad> loads = new ArrayList<>();
    for (ProtocolCounts book : books) {
      ProtocolLoad load =
          new ProtocolLoad(
              book.protocol(),
              book.measured(),
              book.warmup(),
              book.total(),
              book.connects(),
              book.causes(),
              book.flows(),
              book.instances(),
              book.stranger() == null ? null : Stranger.of(Unpooled.wrappedBuffer(book.stranger())),
              book.retransmitted(),
              book.sendsShared(),
              book.outages(endNanos),
              book.endedInFailure(),
              book.unanswered());
      loads.add(load);
      if (log != null) {
        log.counts(load, seconds, plan.settings().connections());
      }
    }
    boolean logFailed = log != null && log.hasFailed();
    return new LoadResult(
        plan,
        seconds,
        beginNanos,
        beginNanos + epochOffset,
        backlogNanos,
        interrupted,
        logFailed,
        books.stream().mapToLong(ProtocolCounts::pairs).sum(),
        List.copyOf(loads));
  }

  private long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos + epochOffset);
  }
}
