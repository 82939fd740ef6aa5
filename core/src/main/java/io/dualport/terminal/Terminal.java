package io.dualport.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.jline.nativ.CLibrary;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.spi.Pty;
import org.jline.terminal.spi.SystemStream;
import org.jline.utils.Signals;

/**
 * The terminal at standard input and output: its modes, its size, its keys, its signals.
 *
 * <p>Of JLine only what is native: its own terminal takes SIGINT and has a shutdown hook of its
 * own, and with both a stop would no longer be ours. So Control-C stays the signal it is.
 */
public final class Terminal {
  private static final Path OWN_STATUS = Path.of("/proc/self/stat");
  private static final int STANDARD_INPUT = 0;

  private final Pty pty;
  private final Attributes before;
  private final FileInputStream keys = new FileInputStream(FileDescriptor.in);

  private Terminal(Pty pty) throws IOException {
    this.pty = pty;
    this.before = pty.getAttr();
  }

  /**
   * Opens it, and changes nothing yet.
   *
   * @throws IOException if there is none, or no native library for this system
   */
  public static Terminal open() throws IOException {
    try {
      return new Terminal(NativeCalls.loaded().current(SystemStream.Output));
    } catch (UnsupportedOperationException e) {
      throw new IOException("the terminal's modes cannot be set on this system", e);
    }
  }

  /** Each key arrives at once and unseen. Signals stay signals, but for a thread dump's. */
  public void takeKeys() throws IOException {
    Attributes raw = new Attributes(before);
    raw.setLocalFlags(EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.IEXTEN), false);
    raw.setInputFlags(EnumSet.of(InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR), false);
    raw.setControlChar(ControlChar.VMIN, 1);
    raw.setControlChar(ControlChar.VTIME, 0);
    raw.setControlChar(ControlChar.VQUIT, 0); // the JVM would print its threads on the screen
    pty.setAttr(raw);
  }

  /** Sets every mode as it was; does not wait for output, so it works on a terminal that hangs. */
  public void giveKeysBack() throws IOException {
    pty.setAttr(before);
  }

  /** How much it shows now. */
  public Size size() {
    try {
      return size(pty);
    } catch (IOException e) {
      return Size.USUAL;
    }
  }

  static Size size(Pty pty) throws IOException {
    org.jline.terminal.Size size = pty.getSize();
    return size.getColumns() > 0 && size.getRows() > 0
        ? new Size(size.getColumns(), size.getRows())
        : Size.USUAL;
  }

  /** Waits for a key. */
  public boolean hasInput(int timeoutMillis) {
    return CLibrary.pollForInput(STANDARD_INPUT, timeoutMillis) != 0;
  }

  /**
   * Reads what was typed, at least a byte.
   *
   * @return how many bytes, or -1 when the terminal is gone
   */
  public int read(byte[] bytes) throws IOException {
    return keys.read(bytes);
  }

  /**
   * Whether we are the terminal's foreground job (proc_pid_stat(5): pgrp is tpgid). Any other one
   * is stopped by the kernel when it sets modes or reads keys. Where it cannot be told, we are.
   */
  public static boolean isOurs() {
    try {
      String[] fields = ownStatus();
      return fields[2].equals(fields[5]);
    } catch (IOException | RuntimeException e) {
      return true;
    }
  }

  /**
   * Whether our session has a terminal whose keys can send us signals (proc_pid_stat(5): tty_nr is
   * not 0); standard input may be a terminal all the same. Where it cannot be told, it has.
   */
  public static boolean isControlling() {
    try {
      return !ownStatus()[4].equals("0");
    } catch (IOException | RuntimeException e) {
      return true;
    }
  }

  /** The fields from the state on: after the name, in parentheses, which may hold anything. */
  private static String[] ownStatus() throws IOException {
    String status = Files.readString(OWN_STATUS);
    return status.substring(status.lastIndexOf(')') + 2).split(" ");
  }

  /**
   * Calls something whenever a signal comes, on a thread of the JVM's.
   *
   * @param signal without SIG: {@code WINCH}
   * @return what was there before, for {@link #unhandle}
   */
  public static Object handle(String signal, Runnable handler) {
    return Signals.register(signal, handler);
  }

  /** Leaves a signal to what handled it before. */
  public static void unhandle(String signal, Object previous) {
    Signals.unregister(signal, previous);
  }

  /** Leaves a signal to the kernel. */
  public static void handleByDefault(String signal) {
    Signals.registerDefault(signal);
  }
}
