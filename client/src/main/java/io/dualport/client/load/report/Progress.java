package io.dualport.client.load.report;

import io.dualport.client.command.ProgressChoice;
import io.dualport.flow.Protocol;
import io.dualport.report.Cell;
import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import io.dualport.terminal.Block;
import io.dualport.terminal.Look;
import io.dualport.terminal.Size;
import io.dualport.terminal.StandardStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * What is said while a run goes on, on standard error: a block that is redrawn on a terminal, else
 * a line for each protocol and interval.
 */
public final class Progress {
  private final PrintStream err;
  private final boolean quiet;
  private final Terminal terminal;
  private final AtomicBoolean wasSuspended = new AtomicBoolean();
  private ProgressPicture picture;

  /**
   * A terminal that lines can be redrawn on.
   *
   * @param size how much it shows now
   */
  record Terminal(Block block, Look look, Supplier<Size> size) {}

  /**
   * @param terminal null for plain lines
   */
  Progress(PrintStream err, Terminal terminal, boolean quiet) {
    this.err = err;
    this.terminal = quiet ? null : terminal;
    this.quiet = quiet;
  }

  /** Progress as asked, on a terminal or not. */
  public static Progress on(
      PrintStream err, ProgressChoice choice, Map<String, String> environment) {
    boolean live = StandardStream.ERROR.isTerminal() && !Look.isDumb(environment);
    Look look = Look.of(environment);
    Terminal terminal =
        live ? new Terminal(new Block(err, look), look, StandardStream.ERROR::size) : null;
    Progress progress = new Progress(err, terminal, choice == ProgressChoice.QUIET);
    if (live) {
      io.dualport.terminal.Terminal.handle("CONT", progress::continued);
    }
    return progress;
  }

  /**
   * One protocol's last interval.
   *
   * @param elapsedSeconds since the measured time began
   * @param seconds of the interval
   * @param settled messages of which it became known in it whether they came back
   * @param echoed in it, as all counts but the last two
   * @param open connections now
   * @param failures since the start
   */
  record Interval(
      Protocol protocol,
      double elapsedSeconds,
      double seconds,
      Histogram latencies,
      long settled,
      long echoed,
      long lost,
      long bytesIn,
      long open,
      long failures) {

    String line() {
      return String.format(
          Locale.ROOT,
          "%6.1f s  %s  %9s msg/s %7s/s  p50 %-8s p99 %-8s lost %s  conns %d  errors %d",
          elapsedSeconds,
          protocol,
          Quantities.rate(echoed / seconds),
          Quantities.bytes(bytesIn / seconds),
          latency(50),
          latency(99),
          loss(),
          open,
          failures);
    }

    /** Of what was settled, since what is lost was sent before: so it is at most all of it. */
    String loss() {
      return settled == 0 ? Cell.MISSING_TEXT : Quantities.percent(lost, settled) + " %";
    }

    String latency(double percentile) {
      return latencies.getTotalCount() == 0
          ? "-"
          : Durations.text(latencies.getValueAtPercentile(percentile));
    }
  }

  /**
   * The measured time begins.
   *
   * @param seconds how long is measured
   */
  void begin(double seconds) {
    if (terminal != null) {
      picture = new ProgressPicture(terminal.look, seconds);
    }
  }

  /** A sentence that stays. */
  void say(String sentence) {
    if (!quiet) {
      end();
      err.println(sentence);
    }
  }

  /** The interval that just ended, of each protocol; once {@link #begin} was called. */
  void show(List<Interval> intervals) {
    if (terminal != null) {
      forgetAfterSuspension();
      Size size = terminal.size.get();
      terminal.block.draw(picture.after(intervals, size.columns()), size);
    } else if (!quiet) {
      intervals.forEach(interval -> err.println(interval.line()));
    }
  }

  /** Leaves a terminal as if nothing had been drawn. */
  void end() {
    if (terminal != null) {
      forgetAfterSuspension();
      terminal.block.erase(terminal.size.get());
    }
  }

  /** The process was stopped and goes on; on any thread. */
  void continued() {
    wasSuspended.set(true);
  }

  /** Meanwhile the shell and its programs wrote below the block. */
  private void forgetAfterSuspension() {
    if (wasSuspended.getAndSet(false)) {
      terminal.block.forget();
    }
  }
}
