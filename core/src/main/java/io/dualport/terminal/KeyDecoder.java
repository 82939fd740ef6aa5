package io.dualport.terminal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes keys of the bytes that a terminal sends: UTF-8, and the sequences of xterm and its kin
 * (ctlseqs, "PC-Style Function Keys", "Bracketed Paste Mode"). Of pasted text only characters are
 * left, as text. Not for several threads.
 */
public final class KeyDecoder {
  private static final int ESCAPE = 0x1b;
  private static final String PASTE_BEGINS = "200~";
  private static final String PASTE_ENDS = "201~";

  /** Longer sequences are no keys; what is kept of one ends here. */
  private static final int MAX_SEQUENCE = 16;

  private enum State {
    GROUND,
    AFTER_ESCAPE,
    /** After ESC O: one more byte. */
    SINGLE_SHIFT,
    /** After ESC [: parameters, then one final byte from @ to ~. */
    CONTROL_SEQUENCE,
    UTF_8
  }

  private State state = State.GROUND;
  private final StringBuilder parameters = new StringBuilder();
  private final ByteArrayOutputStream character = new ByteArrayOutputStream();
  private int missing;
  private boolean isPasting;

  /** Whether the next byte decides what the last ones were. */
  public boolean isWaiting() {
    return state != State.GROUND;
  }

  /** Nothing followed for a while: an ESC alone was the key Esc, anything else is nothing. */
  public List<Key> timedOut() {
    boolean escape = state == State.AFTER_ESCAPE && !isPasting;
    state = State.GROUND;
    return escape ? List.of(Key.of(Key.Kind.ESCAPE)) : List.of();
  }

  /** The keys that are complete with these bytes. */
  public List<Key> decode(byte[] bytes, int length) {
    List<Key> keys = new ArrayList<>();
    List<Key> decoded = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      boolean wasPasting = isPasting;
      decode(bytes[i] & 0xff, decoded);
      for (Key key : decoded) {
        if (!wasPasting) {
          keys.add(key);
        } else if (key.kind() == Key.Kind.CHARACTER) {
          keys.add(new Key(Key.Kind.PASTED, key.character()));
        }
      }
      decoded.clear();
    }
    return keys;
  }

  private void decode(int octet, List<Key> keys) {
    switch (state) {
      case GROUND -> ground(octet, keys);
      case AFTER_ESCAPE -> afterEscape(octet, keys);
      case SINGLE_SHIFT -> {
        state = State.GROUND;
        keys.add(Key.of(byFinal(octet, "")));
      }
      case CONTROL_SEQUENCE -> controlSequence(octet, keys);
      case UTF_8 -> utf8(octet, keys);
    }
  }

  private void ground(int octet, List<Key> keys) {
    if (octet == ESCAPE) {
      state = State.AFTER_ESCAPE;
    } else if (octet >= 0xc2 && octet <= 0xf4) {
      missing = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
      character.reset();
      character.write(octet);
      state = State.UTF_8;
    } else if (octet >= 0x20 && octet < 0x7f) {
      keys.add(Key.of(octet));
    } else {
      keys.add(Key.of(control(octet)));
    }
  }

  private static Key.Kind control(int octet) {
    return switch (octet) {
      case '\r', '\n' -> Key.Kind.ENTER;
      case 0x08, 0x7f -> Key.Kind.BACKSPACE;
      case 0x0c -> Key.Kind.REDRAW;
      case 0x15 -> Key.Kind.ERASE_LINE;
      default -> Key.Kind.OTHER;
    };
  }

  private void afterEscape(int octet, List<Key> keys) {
    switch (octet) {
      case '[' -> {
        parameters.setLength(0);
        state = State.CONTROL_SEQUENCE;
      }
      case 'O' -> state = State.SINGLE_SHIFT;
      case ESCAPE -> keys.add(Key.of(Key.Kind.ESCAPE)); // and this one may begin a sequence
      default -> {
        state = State.GROUND;
        keys.add(Key.of(Key.Kind.OTHER)); // Alt and a key
      }
    }
  }

  private void controlSequence(int octet, List<Key> keys) {
    if (octet >= 0x40 && octet <= 0x7e) {
      state = State.GROUND;
      String sequence = parameters.toString() + (char) octet;
      if (sequence.equals(PASTE_BEGINS) || sequence.equals(PASTE_ENDS)) {
        isPasting = sequence.equals(PASTE_BEGINS);
      } else {
        keys.add(Key.of(byFinal(octet, parameters.toString())));
      }
    } else if (octet < 0x20 || octet > 0x7e || parameters.length() == MAX_SEQUENCE) {
      state = State.GROUND;
    } else {
      parameters.append((char) octet);
    }
  }

  private static Key.Kind byFinal(int octet, String parameters) {
    return switch (octet) {
      case 'A' -> Key.Kind.UP;
      case 'B' -> Key.Kind.DOWN;
      case 'C' -> Key.Kind.RIGHT;
      case 'D' -> Key.Kind.LEFT;
      case 'H' -> Key.Kind.HOME;
      case 'F' -> Key.Kind.END;
      case 'M' -> Key.Kind.ENTER; // of the keypad
      case '~' ->
          switch (parameters) {
            case "1", "7" -> Key.Kind.HOME;
            case "4", "8" -> Key.Kind.END;
            case "5" -> Key.Kind.PAGE_UP;
            case "6" -> Key.Kind.PAGE_DOWN;
            default -> Key.Kind.OTHER;
          };
      default -> Key.Kind.OTHER;
    };
  }

  private void utf8(int octet, List<Key> keys) {
    if ((octet & 0xc0) != 0x80) {
      state = State.GROUND;
      ground(octet, keys);
      return;
    }
    character.write(octet);
    if (--missing == 0) {
      state = State.GROUND;
      keys.add(Key.of(character.toString(StandardCharsets.UTF_8).codePointAt(0)));
    }
  }
}
