package io.dualport.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands each line to a thread of its own, so that whoever logs never waits: standard error may be a
 * pipe that is full, and the event loops log. Lines that find {@link #MOST_WAITING} before them are
 * lost and counted, and as soon as the others are out a line says how many.
 *
 * <p>Logback's {@code AsyncAppender} counts nothing of what it drops, drops what is no warning
 * before it is full, and has its thread before there is anything to write.
 */
final class WaitingLines extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Lines that wait for standard error. */
  static final int MOST_WAITING = 256;

  /** How long the end waits for them. */
  static final long FLUSH_MILLIS = 500;

  private final Appender<ILoggingEvent> out;
  private final BlockingQueue<ILoggingEvent> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong lost = new AtomicLong();
  private final AtomicBoolean begun = new AtomicBoolean();
  private final Thread writer = new Thread(this::write, "log");
  private long told;

  /**
   * @param out may block
   */
  WaitingLines(Appender<ILoggingEvent> out) {
    this.out = out;
    writer.setDaemon(true);
  }

  /** Lines that were lost since the start; from any thread. */
  long lost() {
    return lost.get();
  }

  @Override
  protected void append(ILoggingEvent event) {
    event.getFormattedMessage(); // now, as what it is about may change
    if (!waiting.offer(event)) {
      lost.incrementAndGet();
    }
    if (!begun.get() && begun.compareAndSet(false, true)) {
      begin();
    }
  }

  private void begin() {
    writer.start();
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "log-end"));
    } catch (IllegalStateException ending) {
      // Then whoever halts calls for the last lines.
    }
  }

  /** Waits for what is to be written, {@link #FLUSH_MILLIS} at most; nothing is taken after it. */
  @Override
  public void stop() {
    super.stop();
    writer.interrupt();
    try {
      writer.join(FLUSH_MILLIS); // at once where it was never started
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    try {
      while (isStarted()) {
        write(waiting.take());
      }
    } catch (InterruptedException stopped) {
      // What is left follows.
    }
    for (ILoggingEvent left = waiting.poll(); left != null; left = waiting.poll()) {
      write(left);
    }
  }

  private void write(ILoggingEvent event) {
    out.doAppend(event);
    long missing = lost.get() - told;
    if (missing > 0 && waiting.isEmpty()) {
      told += missing;
      out.doAppend(
          new LoggingEvent(
              WaitingLines.class.getName(),
              ((LoggerContext) getContext()).getLogger(WaitingLines.class),
              Level.WARN,
              "log lines lost: {}, as standard error took nothing for a while",
              null,
              new Object[] {missing}));
    }
  }
}
