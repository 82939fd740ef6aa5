package io.dualport.client.check;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps the datagrams of a run below what servers and firewalls commonly allow, so that a check
 * does not silence what it checks. xinetd takes a service off for ten seconds after more than 50
 * starts in a second (cps in xinetd.conf(5)), and over UDP every datagram is one; iptables' limit
 * and hashlimit let five through at once (--limit-burst, --hashlimit-burst in
 * iptables-extensions(8)).
 */
final class Pace {
  /** At once; a healthy port is asked with no more than these. */
  static final int BURST = 5;

  /** After the burst. In no second there are more than both together. */
  static final int PER_SECOND = 20;

  /** Of services, which nobody asked to be tested: in no second more than ten. */
  private static final int SERVICE_BURST = 5;

  private static final int SERVICE_PER_SECOND = 5;

  private final int burst;
  private final long stepNanos;

  /** When the burst is whole again. */
  private long wholeNanos = System.nanoTime();

  private Pace(int burst, int perSecond) {
    this.burst = burst;
    this.stepNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  static Pace ofEchoes() {
    return new Pace(BURST, PER_SECOND);
  }

  static Pace ofServices() {
    return new Pace(SERVICE_BURST, SERVICE_PER_SECOND);
  }

  /** Waits until one more may go. */
  void await() {
    long now = System.nanoTime();
    wholeNanos = (wholeNanos - now < 0 ? now : wholeNanos) + stepNanos;
    long due = wholeNanos - burst * stepNanos;
    while (due - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(due - System.nanoTime());
    }
    long late = System.nanoTime() + stepNanos;
    wholeNanos = wholeNanos - late < 0 ? late : wholeNanos;
  }
}
