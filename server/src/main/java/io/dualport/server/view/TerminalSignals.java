package io.dualport.server.view;

import io.dualport.terminal.Terminal;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The signals of a terminal: its size changed (SIGWINCH), its user suspends us (SIGTSTP) and brings
 * us back (SIGCONT). SIGINT and SIGTERM stay with the JVM, whose shutdown hook stops the server.
 */
final class TerminalSignals {
  /** How soon the kernel stops a process that it can stop; one without a shell it does not. */
  private static final long STOPPED_WITHIN_MILLIS = 500;

  private final Runnable resized;
  private final Runnable suspend;
  private final Runnable resume;
  private final Semaphore continued = new Semaphore(0);
  private volatile boolean isSuspended;
  private final Map<String, Object> before = new LinkedHashMap<>();

  TerminalSignals(Runnable resized, Runnable suspend, Runnable resume) {
    this.resized = resized;
    this.suspend = suspend;
    this.resume = resume;
  }

  void take() {
    before.put("WINCH", Terminal.handle("WINCH", resized));
    before.put("TSTP", Terminal.handle("TSTP", this::suspended));
    before.put("CONT", Terminal.handle("CONT", this::continued));
  }

  void giveBack() {
    before.forEach(
        (signal, handler) -> {
          if (handler != null) {
            Terminal.unhandle(signal, handler);
          }
        });
  }

  /**
   * From giving the terminal back until it may be taken again, the time we stand still included.
   */
  boolean areSuspending() {
    return isSuspended;
  }

  /**
   * Gives the terminal back and then does what the signal does by default, which the kernel leaves
   * out where no shell could bring us back (POSIX, orphaned process groups).
   */
  private void suspended() {
    isSuspended = true;
    continued.drainPermits();
    suspend.run();
    Terminal.handleByDefault("TSTP");
    try {
      new ProcessBuilder("sh", "-c", "kill -TSTP " + ProcessHandle.current().pid())
          .start()
          .waitFor();
      continued.tryAcquire(STOPPED_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (IOException e) {
      // No shell, so nobody to return to.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Ready for the next suspension before the picture says that we are back.
    Terminal.handle("TSTP", this::suspended);
    isSuspended = false;
    resume.run();
  }

  /** After SIGTSTP the one who waits goes on; after SIGSTOP, or from the background, this does. */
  private void continued() {
    continued.release();
    if (!isSuspended) {
      resume.run();
    }
  }
}
