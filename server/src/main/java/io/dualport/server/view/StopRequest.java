package io.dualport.server.view;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A stop, asked for by a signal, a key, or the end of whoever read standard output; and that it
 * shall not wait for open connections. From any thread.
 */
public final class StopRequest {
  /**
   * What a stop may take besides the drain: the sum of what its steps wait for at most, where an
   * event loop cannot finish.
   */
  static final Duration BESIDES_DRAIN = Duration.ofSeconds(20);

  private final CountDownLatch asked = new CountDownLatch(1);
  private volatile Duration bound = BESIDES_DRAIN;
  private Runnable hurry = () -> {};
  private boolean hurried;

  /** Any number of times. */
  public void ask() {
    asked.countDown();
  }

  public boolean isAsked() {
    return asked.getCount() == 0;
  }

  public void await() throws InterruptedException {
    asked.await();
  }

  /** Leaves out what is left of the drain; any number of times, once a stop was asked for. */
  public void hurry() {
    Runnable now;
    synchronized (this) {
      hurried = true;
      now = hurry;
    }
    now.run();
  }

  /**
   * What runs from now on.
   *
   * @param drain how long a stop waits for open connections
   * @param hurry leaves out what is left of that; called at once where it was asked for already
   */
  public void drains(Duration drain, Runnable hurry) {
    bound = BESIDES_DRAIN.plus(drain);
    boolean late;
    synchronized (this) {
      this.hurry = hurry;
      late = hurried;
    }
    if (late) {
      hurry.run();
    }
  }

  /** After this a stop that has not ended will not end any more. */
  public Duration bound() {
    return bound;
  }
}
