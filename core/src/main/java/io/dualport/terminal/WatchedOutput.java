package io.dualport.terminal;

import io.dualport.kernel.Errno;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A standard stream, watched: a {@link PrintStream} forgets why a write failed, and that nobody
 * reads any more. Other programs are ended by SIGPIPE then (signal(7)); Java ignores that signal,
 * and the write fails with EPIPE. For any thread.
 */
public final class WatchedOutput extends OutputStream {
  /** What a shell shows for a program that SIGPIPE, number 13, has ended. */
  public static final int UNREAD_EXIT_CODE = 128 + 13;

  private final OutputStream out;
  private final boolean isTerminal;
  private final Runnable unread;
  private final Consumer<String> failed;
  private final AtomicBoolean isUnread = new AtomicBoolean();
  private final AtomicBoolean hasFailed = new AtomicBoolean();
  private volatile boolean isFailing;
  private volatile boolean isWriting;
  private volatile long writingSinceNanos;

  /**
   * @param stream OUTPUT or ERROR
   * @param unread called once when nobody reads any more: the pipe is closed, the terminal is gone
   * @param failed called once when a write fails for another reason, with that reason
   */
  public WatchedOutput(StandardStream stream, Runnable unread, Consumer<String> failed) {
    this(
        new FileOutputStream(
            stream == StandardStream.ERROR ? FileDescriptor.err : FileDescriptor.out),
        stream.isTerminal(),
        unread,
        failed);
  }

  /**
   * Watches what is no standard stream.
   *
   * @param isTerminal whether EIO means that the terminal is gone
   */
  public WatchedOutput(
      OutputStream out, boolean isTerminal, Runnable unread, Consumer<String> failed) {
    this.out = out;
    this.isTerminal = isTerminal;
    this.unread = unread;
    this.failed = failed;
  }

  /** Prints to it, in UTF-8 whatever the locale says. */
  public PrintStream printer() {
    return new PrintStream(this, true, StandardCharsets.UTF_8);
  }

  /** Whether the last write failed, and not for want of a reader. */
  public boolean isFailing() {
    return isFailing;
  }

  /** How long the write that is under way has not been taken, in ns; 0 if there is none. */
  public long waitingNanos() {
    return isWriting ? System.nanoTime() - writingSinceNanos : 0;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    writingSinceNanos = System.nanoTime();
    isWriting = true;
    try {
      out.write(bytes, offset, length);
      isFailing = false;
    } catch (IOException e) {
      note(e);
      throw e;
    } finally {
      isWriting = false;
    }
  }

  private void note(IOException e) {
    Errno errno = Errno.of(e);
    // A terminal that was hung up answers every write with EIO; a disk that does so is broken.
    if (errno == Errno.EPIPE || errno == Errno.ECONNRESET || errno == Errno.EIO && isTerminal) {
      if (isUnread.compareAndSet(false, true)) {
        unread.run();
      }
      return;
    }
    isFailing = true;
    if (hasFailed.compareAndSet(false, true)) {
      failed.accept(errno == Errno.UNKNOWN ? String.valueOf(e.getMessage()) : errno.text());
    }
  }
}
