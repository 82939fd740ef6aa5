package io.dualport.terminal;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Reads keys as long as they are wanted and the terminal is ours. */
public final class KeyReader {
  /** How long after an ESC the rest of a key's sequence may come. */
  private static final int ESCAPE_MILLIS = 60;

  /** How soon the end is seen, or that the terminal is ours again. */
  private static final int LOOK_UP_MILLIS = 250;

  private final Terminal terminal;
  private final BooleanSupplier isWanted;
  private final Consumer<List<Key>> pressed;

  /**
   * @param isWanted asked again and again; false ends the reading
   * @param pressed gets what was typed at once together, and nothing if that made no key
   */
  public KeyReader(Terminal terminal, BooleanSupplier isWanted, Consumer<List<Key>> pressed) {
    this.terminal = terminal;
    this.isWanted = isWanted;
    this.pressed = pressed;
  }

  /**
   * Reads until keys are no longer wanted or the terminal is gone. Blocks.
   *
   * @throws IOException if the terminal cannot be read
   */
  public void run() throws IOException {
    KeyDecoder decoder = new KeyDecoder();
    byte[] bytes = new byte[256];
    while (isWanted.getAsBoolean()) {
      if (!terminal.hasInput(decoder.isWaiting() ? ESCAPE_MILLIS : LOOK_UP_MILLIS)) {
        pressed.accept(decoder.timedOut());
      } else if (isWanted.getAsBoolean() && Terminal.isOurs()) {
        int length = terminal.read(bytes);
        if (length < 0) {
          return;
        }
        pressed.accept(decoder.decode(bytes, length));
      } else {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_UP_MILLIS));
      }
    }
  }
}
