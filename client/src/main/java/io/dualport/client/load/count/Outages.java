package io.dualport.client.load.count;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The times when something was waited for and no echo came back, of one protocol on one loop. For
 * the loop alone while it runs: two comparisons for each message, memory for each such time alone.
 *
 * <p>A slow path makes such times as well, and a closed loop waits for every message; so they are
 * candidates until it is known what was lost in them.
 */
public final class Outages {
  /** Shorter ones are a matter of latency. */
  static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The end of one that lasted until the run's. */
  static final long OPEN = Long.MAX_VALUE;

  /** By chance a single message is lost, and two in a row. */
  private static final int FEWEST_LOST = 3;

  /** Kept of each loop; beyond it those go in which nothing was lost. */
  private static final int MOST = 1000;

  private static final int SMALLEST = 4;
  private static final long NONE = Long.MIN_VALUE;

  private long[] from = new long[SMALLEST];
  private long[] to = new long[SMALLEST];
  private long[] sent = new long[SMALLEST];
  private long[] lost = new long[SMALLEST];
  private long[] failures = new long[SMALLEST];
  private int kept;

  private long since = NONE;
  private long sentSince;
  private long lostSince;
  private long failuresSince;

  /**
   * One of them.
   *
   * @param fromNanos when the first message was sent, or the connection failed, that nothing came
   *     back of; a reading of {@link System#nanoTime}
   * @param toNanos when something came back again; {@link #OPEN} if nothing did
   * @param sent messages that were sent in that time
   * @param lost of these
   * @param failures connections that failed in that time, and errors that a socket reported
   */
  public record Outage(long fromNanos, long toNanos, long sent, long lost, long failures) {
    public boolean isOpen() {
      return toNanos == OPEN;
    }

    private Outage and(Outage other) {
      return new Outage(
          Math.max(fromNanos, other.fromNanos),
          Math.min(toNanos, other.toNanos),
          sent + other.sent,
          lost + other.lost,
          failures + other.failures);
    }

    private boolean isLongEnough(long endNanos) {
      return Math.min(toNanos, endNanos) - fromNanos >= SHORTEST_NANOS;
    }

    private boolean isProven() {
      return failures > 0 || areMostLost(lost, sent);
    }
  }

  /** In a stall of the other side, messages come back later; in an outage they do not. */
  private static boolean areMostLost(long lost, long sent) {
    return lost >= FEWEST_LOST && 2 * lost >= sent;
  }

  /** A message was sent. */
  public void sent(long nowNanos) {
    if (since == NONE) {
      since = nowNanos;
    }
    sentSince++;
  }

  /** A message came back, damaged or not. */
  public void heard(long nowNanos) {
    if (since != NONE) {
      if (nowNanos - since >= SHORTEST_NANOS) {
        keep(nowNanos);
      }
      since = NONE;
      sentSince = 0;
      lostSince = 0;
      failuresSince = 0;
    }
  }

  /**
   * The loop itself stood still and did not look at its sockets; it has looked now. What came
   * meanwhile may have come long ago.
   *
   * @param lastLookNanos when it had looked before
   */
  public void stoodStill(long lastLookNanos) {
    while (kept > 0 && to[kept - 1] - lastLookNanos > 0) {
      if (lastLookNanos - from[kept - 1] >= SHORTEST_NANOS) {
        to[kept - 1] = lastLookNanos;
      } else {
        kept--;
      }
    }
  }

  /** A connection failed, or a socket reported an error. */
  void failed(long nowNanos) {
    if (since == NONE) {
      since = nowNanos;
    }
    failuresSince++;
  }

  /** A message is given up that was sent at some time. */
  public void lost(long sentNanos) {
    if (since != NONE && sentNanos - since >= 0) {
      lostSince++;
      return;
    }
    for (int i = kept - 1; i >= 0 && to[i] - sentNanos >= 0; i--) {
      if (sentNanos - from[i] >= 0) {
        lost[i]++;
      }
    }
  }

  private void keep(long endNanos) {
    if (kept == MOST) {
      forgetTheHarmless();
    }
    if (kept == MOST) {
      return;
    }
    if (kept == from.length) {
      from = Arrays.copyOf(from, 2 * kept);
      to = Arrays.copyOf(to, 2 * kept);
      sent = Arrays.copyOf(sent, 2 * kept);
      lost = Arrays.copyOf(lost, 2 * kept);
      failures = Arrays.copyOf(failures, 2 * kept);
    }
    from[kept] = since;
    to[kept] = endNanos;
    sent[kept] = sentSince;
    lost[kept] = lostSince;
    failures[kept] = failuresSince;
    kept++;
  }

  /** What may still turn out to have lost something is among the last and stays. */
  private void forgetTheHarmless() {
    int left = 0;
    for (int i = 0; i < kept; i++) {
      if (lost[i] > 0 || failures[i] > 0 || i >= kept - SMALLEST) {
        from[left] = from[i];
        to[left] = to[i];
        sent[left] = sent[i];
        lost[left] = lost[i];
        failures[left] = failures[i];
        left++;
      }
    }
    kept = left;
  }

  /** Whether the last that is known is a failure that nothing came back after. */
  boolean endedInFailure() {
    return since != NONE && (failuresSince > 0 || areMostLost(lostSince, sentSince));
  }

  private List<Outage> all() {
    List<Outage> all = new ArrayList<>();
    for (int i = 0; i < kept; i++) {
      all.add(new Outage(from[i], to[i], sent[i], lost[i], failures[i]));
    }
    if (since != NONE) {
      all.add(new Outage(since, OPEN, sentSince, lostSince, failuresSince));
    }
    return all;
  }

  /**
   * The times when no echo came back on any loop, and something failed or was lost.
   *
   * @param loops at least one; they have ended
   * @param endNanos when they did
   */
  static List<Outage> common(List<Outages> loops, long endNanos) {
    List<Outage> common = loops.get(0).all();
    for (Outages loop : loops.subList(1, loops.size())) {
      common = intersection(common, loop.all(), endNanos);
    }
    return common.stream()
        .filter(outage -> outage.isLongEnough(endNanos) && outage.isProven())
        .toList();
  }

  /** Both are in order and without overlap. */
  private static List<Outage> intersection(List<Outage> a, List<Outage> b, long endNanos) {
    List<Outage> both = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < a.size() && j < b.size()) {
      Outage shared = a.get(i).and(b.get(j));
      if (shared.isLongEnough(endNanos)) {
        both.add(shared);
      }
      if (a.get(i).toNanos < b.get(j).toNanos) {
        i++;
      } else {
        j++;
      }
    }
    return both;
  }
}
