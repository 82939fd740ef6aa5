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
 * @param isTyping whether keys go to the filter
 * @param offset five-tuples above the page
 * @param isPaused whether the picture stands still
 * @param isHelp whether the explanation covers it
 * @param isAsking whether to stop with open connections was asked, and not answered yet
 * @param isQuit whether the server was asked to stop
 */
public record Controls(
    FlowColumn column,
    boolean isReversed,
    String filter,
    boolean isTyping,
    int offset,
    boolean isPaused,
    boolean isHelp,
    boolean isAsking,
    boolean isQuit) {
  /** Characters of a filter; an address and its port have fewer. */
  static final int MAX_FILTER = 80;

  /** The busiest first, by what every stream has; everything shown. */
  public static final Controls INITIAL =
      new Controls(FlowColumn.BYTE_RATE, false, "", false, 0, false, false, false, false);

  /**
   * What a key makes of them.
   *
   * @param page five-tuples on a page
   * @param open connections, which to stop would end
   */
  public Controls on(Key key, int page, long open) {
    if (isAsking && key.kind() != Key.Kind.PASTED) {
      return isQuit(key) ? quit() : asking(false);
    }
    if (isTyping) {
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
      case ESCAPE -> isHelp ? helping(false) : filtered("", false);
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
      case '/' -> filtered(filter, true);
      case 't', 'T' -> twins();
      case '?', 'h', 'H' -> helping(!isHelp);
      case 'k' -> scrolled(-1);
      case 'j' -> scrolled(1);
      default -> this;
    };
  }

  private Controls typing(Key key) {
    return switch (key.kind()) {
      case CHARACTER, PASTED ->
          filter.length() < MAX_FILTER
              ? filtered(filter + Character.toString(key.character()), true)
              : this;
      case BACKSPACE ->
          filtered(
              filter.isEmpty()
                  ? ""
                  : filter.substring(0, filter.offsetByCodePoints(filter.length(), -1)),
              true);
      case ERASE_LINE -> filtered("", true);
      case ENTER -> filtered(filter, false);
      case ESCAPE -> filtered("", false);
      default -> this;
    };
  }

  private Controls sorted(FlowColumn by) {
    return new Controls(
        by, by == column && isReversed, filter, isTyping, 0, isPaused, isHelp, isAsking, isQuit);
  }

  private Controls reversed(boolean reversed) {
    return new Controls(column, reversed, filter, isTyping, 0, isPaused, isHelp, isAsking, isQuit);
  }

  private Controls filtered(String by, boolean typing) {
    return new Controls(
        column,
        isReversed,
        by,
        typing,
        by.equals(filter) ? offset : 0,
        isPaused,
        isHelp,
        isAsking,
        isQuit);
  }

  /** Twins alone, side by side, beside whatever else is filtered; or no longer. */
  private Controls twins() {
    if (!FlowFilter.of(filter).wantsTwins()) {
      return sorted(FlowColumn.SOURCE).filtered((FlowFilter.TWINS + " " + filter).trim(), false);
    }
    String rest =
        Arrays.stream(filter.split("\\s+"))
            .filter(word -> !word.equalsIgnoreCase(FlowFilter.TWINS))
            .collect(Collectors.joining(" "));
    return filtered(rest, false);
  }

  private Controls scrolled(int by) {
    return scrolledTo(Math.max(0, offset + by));
  }

  /** At the place where the list could be scrolled to. */
  public Controls scrolledTo(int place) {
    return new Controls(
        column, isReversed, filter, isTyping, place, isPaused, isHelp, isAsking, isQuit);
  }

  private Controls paused(boolean paused) {
    return new Controls(
        column, isReversed, filter, isTyping, offset, paused, isHelp, isAsking, isQuit);
  }

  private Controls helping(boolean help) {
    return new Controls(
        column, isReversed, filter, isTyping, offset, isPaused, help, isAsking, isQuit);
  }

  /** Whether it is the key that stops the server. */
  public static boolean isQuit(Key key) {
    return key.kind() == Key.Kind.CHARACTER && (key.character() == 'q' || key.character() == 'Q');
  }

  /** One letter is soon typed into the wrong window; stopping already, there is nothing to ask. */
  private Controls quitOrAsk(long open) {
    return open == 0 || isQuit ? quit() : asking(true);
  }

  /** Once nothing is open any more there is nothing to ask. */
  public Controls after(long open) {
    return isAsking && open == 0 ? quit() : this;
  }

  private Controls asking(boolean asking) {
    return new Controls(
        column, isReversed, filter, isTyping, offset, isPaused, isHelp, asking, isQuit);
  }

  private Controls quit() {
    return new Controls(
        column, isReversed, filter, isTyping, offset, isPaused, isHelp, false, true);
  }
}
