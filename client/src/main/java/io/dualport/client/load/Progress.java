package io.dualport.client.load;

import io.dualport.flow.Protocol;
import io.dualport.report.Durations;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What is said while a run goes on, on standard error: a block that is redrawn on a terminal, else
 * a line for each protocol and interval.
 */
final class Progress {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final String UP_A_LINE = "\033[1A";
  private static final String CLEAR_TO_THE_END = "\033[0J";

  /** A line that is longer than the terminal is wide stays one line (DECAWM off, and on again). */
  private static final String NO_WRAP = "\033[?7l";

  private static final String WRAP = "\033[?7h";

  private final PrintStream err;
  private final boolean live;
  private final boolean quiet;
  private int drawn;

  Progress(PrintStream err, boolean live, boolean quiet) {
    this.err = err;
    this.live = live;
    this.quiet = quiet;
  }

  /** Progress as asked, on a terminal or not. */
  static Progress on(PrintStream err, ProgressChoice choice) {
    return new Progress(err, isTerminal(), choice == ProgressChoice.QUIET);
  }

  /** Linux alone tells; elsewhere lines are what every terminal can show. */
  private static boolean isTerminal() {
    try {
      String file = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return file.startsWith("/dev/pts/")
          || file.startsWith("/dev/tty")
          || file.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * One protocol's last interval.
   *
   * @param elapsedSeconds since the measured time began
   * @param seconds of the interval
   * @param sent in it, as all counts
   * @param open connections now
   * @param failures since the start
   */
  record Interval(
      Protocol protocol,
      double elapsedSeconds,
      double seconds,
      Histogram latencies,
      long sent,
      long echoed,
      long lost,
      long bytesIn,
      long open,
      long failures) {

    String line() {
      return String.format(
          Locale.ROOT,
          "%6.1f s  %s  %9.0f msg/s %8.1f MB/s  p50 %-8s p99 %-8s lost %.2f %%  conns %d  errors %d",
          elapsedSeconds,
          protocol,
          echoed / seconds,
          bytesIn / seconds / 1e6,
          latency(50),
          latency(99),
          sent == 0 ? 0 : 100.0 * lost / sent,
          open,
          failures);
    }

    private String latency(double percentile) {
      return latencies.getTotalCount() == 0
          ? "-"
          : Durations.text(latencies.getValueAtPercentile(percentile));
    }
  }

  /** A sentence that stays. */
  void say(String sentence) {
    if (!quiet) {
      erase();
      err.println(sentence);
    }
  }

  /** One line of the block; the first line of an interval begins it again. */
  void show(Interval interval, boolean isFirst) {
    if (quiet) {
      return;
    }
    if (isFirst) {
      erase();
    }
    err.println(live ? NO_WRAP + interval.line() + WRAP : interval.line());
    drawn++;
  }

  /** Leaves a terminal as if nothing had been drawn. */
  void end() {
    erase();
  }

  private void erase() {
    if (live && drawn > 0) {
      err.print(UP_A_LINE.repeat(drawn) + "\r" + CLEAR_TO_THE_END);
      err.flush();
    }
    drawn = 0;
  }
}
