package io.dualport.server.live;

import io.dualport.flow.FlowFilter;
import io.dualport.terminal.Key;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What the keys have set. Immutable; each key makes new ones.
 *
 * @param column the order of the five-tuples
 * @param isReversed whether the order is turned around
 * @param filter only what matches each of its words is listed; empty for all
 * @param offset five-tuples above the page
 * @param isPaused whether the picture stands still
 * @param mode what the next key means
 */
public record Controls(
    FlowColumn column, boolean isReversed, String filter, int offset, boolean isPaused, Mode mode) {
  /** What keys mean, and what covers the list. */
  public enum Mode {
    /** They scroll and order the list. */
    LIST,
    /** They go to the filter. */
    TYPING,
    /** The explanation covers the list. */
    HELP,
    /** To stop with open connections was asked, and not answered yet. */
    ASKING,
    /** The server was asked to stop. */
    QUIT
  }

  /** Characters of a filter; an address and its port have fewer. */
  static final int MAX_FILTER = 80;

  /** The busiest first, by what every stream has; everything shown. */
  public static final Controls INITIAL =
      new Controls(FlowColumn.BYTE_RATE, false, "", 0, false, Mode.LIST);

  /**
   * What a key makes of them.
   *
   * @param page five-tuples on a page
   * @param open connections, which to stop would end
   */
  public Controls on(Key key, int page, long open) {
    if (mode == Mode.ASKING && key.kind() != Key.Kind.PASTED) {
      return in(isQuit(key) ? Mode.QUIT : Mode.LIST);
    }
    if (mode == Mode.TYPING) {
      return typing(key);
    }
    return switch (key.kind()) {
      case CHARACTER -> isQuit(key) ? quitOrAsk(open) : onCharacter(key.character());
      case UP -> scrolled(-1);
      case DOWN -> scrolled(1);
      case PAGE_UP -> scrolled(-Math.max(1, page));
      case PAGE_DOWN -> scrolled(Math.max(1, page));
      case HOME -> scrolled(-offset);
      case END -> scrolled(FlowSelection.MAX_LISTED);
      case LEFT -> sorted(column.next(-1));
      case RIGHT -> sorted(column.next(1));
      case ESCAPE -> mode == Mode.HELP ? in(Mode.LIST) : filtered("", mode);
      case ENTER, BACKSPACE, ERASE_LINE, REDRAW, PASTED, OTHER -> this;
    };
  }

  private Controls onCharacter(int character) {
    if (character >= '1' && character <= '9') {
      return sorted(FlowColumn.values()[character - '1']);
    }
    return switch (character) {
      case 'p', 'P', ' ' -> paused(!isPaused);
      case 's', '>' -> sorted(column.next(1));
      case 'S', '<' -> sorted(column.next(-1));
      case 'r', 'R' -> reversed(!isReversed);
      case '/' -> in(Mode.TYPING);
      case 't', 'T' -> twins();
      case '?', 'h', 'H' -> in(mode == Mode.HELP ? Mode.LIST : Mode.HELP);
      case 'k' -> scrolled(-1);
      case 'j' -> scrolled(1);
      default -> this;
    };
  }

  private Controls typing(Key key) {
    return switch (key.kind()) {
      case CHARACTER, PASTED ->
          filter.length() < MAX_FILTER
              ? filtered(filter + Character.toString(key.character()), mode)
              : this;
      case BACKSPACE ->
          filtered(
              filter.isEmpty()
                  ? ""
                  : filter.substring(0, filter.offsetByCodePoints(filter.length(), -1)),
              mode);
      case ERASE_LINE -> filtered("", mode);
      case ENTER -> in(Mode.LIST);
      case ESCAPE -> filtered("", Mode.LIST);
      default -> this;
    };
  }

  private Controls sorted(FlowColumn by) {
    return new Controls(by, by == column && isReversed, filter, 0, isPaused, mode);
  }

  private Controls reversed(boolean reversed) {
    return new Controls(column, reversed, filter, 0, isPaused, mode);
  }

  private Controls filtered(String by, Mode then) {
    return new Controls(column, isReversed, by, by.equals(filter) ? offset : 0, isPaused, then);
  }

  /** Twins alone, side by side, beside whatever else is filtered; or no longer. */
  private Controls twins() {
    if (!FlowFilter.of(filter).wantsTwins()) {
      return sorted(FlowColumn.SOURCE).filtered((FlowFilter.TWINS + " " + filter).trim(), mode);
    }
    String rest =
        Arrays.stream(filter.split("\\s+"))
            .filter(word -> !word.equalsIgnoreCase(FlowFilter.TWINS))
            .collect(Collectors.joining(" "));
    return filtered(rest, mode);
  }

  private Controls scrolled(int by) {
    return scrolledTo(Math.max(0, offset + by));
  }

  /** At the place where the list could be scrolled to. */
  public Controls scrolledTo(int place) {
    return new Controls(column, isReversed, filter, place, isPaused, mode);
  }

  private Controls paused(boolean paused) {
    return new Controls(column, isReversed, filter, offset, paused, mode);
  }

  private Controls in(Mode other) {
    return new Controls(column, isReversed, filter, offset, isPaused, other);
  }

  /** Whether it is the key that stops the server. */
  public static boolean isQuit(Key key) {
    return key.kind() == Key.Kind.CHARACTER && (key.character() == 'q' || key.character() == 'Q');
  }

  /** One letter is soon typed into the wrong window; stopping already, there is nothing to ask. */
  private Controls quitOrAsk(long open) {
    return in(open == 0 || mode == Mode.QUIT ? Mode.QUIT : Mode.ASKING);
  }

  /** Once nothing is open any more there is nothing to ask. */
  public Controls after(long open) {
    return mode == Mode.ASKING && open == 0 ? in(Mode.QUIT) : this;
  }
}
