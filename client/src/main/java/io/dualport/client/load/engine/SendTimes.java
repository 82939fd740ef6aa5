package io.dualport.client.load.engine;

import io.dualport.client.load.plan.ArrivalProcess;
import java.util.SplittableRandom;

/**
 * The intended send times of one connection in an open loop. Independent Poisson processes add up
 * to one of their summed rate, and equal gaps that begin one after the other to equal gaps: so each
 * connection can keep its own, which waits while the connection is blocked and loses nothing.
 */
final class SendTimes {
  private final ArrivalProcess process;
  private final SplittableRandom random;
  private final double gapNanos;

  /** Offsets from here keep fractions of a nanosecond for longer than absolute times would. */
  private final long origin;

  private double due;

  /**
   * @param beginNanos nothing is due before
   * @param index of the connection, of so many
   * @param rate messages a second on all of them together
   */
  SendTimes(
      ArrivalProcess process, long seed, long beginNanos, int index, int connections, double rate) {
    this.process = process;
    this.random = new SplittableRandom(seed + index);
    this.gapNanos = 1e9 * connections / rate;
    this.origin = beginNanos;
    this.due = process == ArrivalProcess.POISSON ? exponential() : 1e9 * index / rate;
  }

  /** The next intended send time, ns. */
  long due() {
    return origin + (long) due;
  }

  /** Goes on to the one after it. */
  void advance() {
    due += process == ArrivalProcess.POISSON ? exponential() : gapNanos;
  }

  private double exponential() {
    return -gapNanos * Math.log(1 - random.nextDouble());
  }
}
