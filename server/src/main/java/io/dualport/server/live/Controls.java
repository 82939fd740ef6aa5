package io.dualport.server.live;

import io.dualport.terminal.Key;

/**
 * What the keys have set. Immutable; each key makes new ones.
 *
 * @param column the order of the five-tuples
 * @param isReversed whether the order is turned around
 * @param filter only what contains it is listed; empty for all
 * @param isTyping whether keys go to the filter
 * @param offset five-tuples above the page
 * @param isPaused whether the picture stands still
 * @param isHelp whether the explanation covers it
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
    boolean isQuit) {
  /** Characters of a filter; an address and its port have fewer. */
  static final int MAX_FILTER = 80;

  /** The busiest first, everything shown. */
  public static final Controls INITIAL =
      new Controls(FlowColumn.RATE, false, "", false, 0, false, false, false);

  /**
   * What a key makes of them.
   *
   * @param page five-tuples on a page
   */
  public Controls on(Key key, int page) {
    if (isTyping) {
      return typing(key);
    }
    return switch (key.kind()) {
      case CHARACTER -> onCharacter(key.character());
      case UP -> scrolled(-1);
      case DOWN -> scrolled(1);
      case PAGE_UP -> scrolled(-Math.max(1, page));
      case PAGE_DOWN -> scrolled(Math.max(1, page));
      case HOME -> scrolled(-offset);
      case END -> scrolled(FlowSelection.MAX_LISTED);
      case LEFT -> sorted(column.next(-1));
      case RIGHT -> sorted(column.next(1));
      case ESCAPE -> isHelp ? helping(false) : filtered("", false);
      case ENTER, BACKSPACE, ERASE_LINE, REDRAW, OTHER -> this;
    };
  }

  private Controls onCharacter(int character) {
    if (character >= '1' && character <= '9') {
      return sorted(FlowColumn.values()[character - '1']);
    }
    return switch (character) {
      case 'q', 'Q' -> quit();
      case 'p', 'P', ' ' -> paused(!isPaused);
      case 's', '>' -> sorted(column.next(1));
      case 'S', '<' -> sorted(column.next(-1));
      case 'r', 'R' -> reversed(!isReversed);
      case '/' -> filtered(filter, true);
      case '?', 'h', 'H' -> helping(!isHelp);
      case 'k' -> scrolled(-1);
      case 'j' -> scrolled(1);
      default -> this;
    };
  }

  private Controls typing(Key key) {
    return switch (key.kind()) {
      case CHARACTER ->
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
        by, by == column && isReversed, filter, isTyping, 0, isPaused, isHelp, isQuit);
  }

  private Controls reversed(boolean reversed) {
    return new Controls(column, reversed, filter, isTyping, 0, isPaused, isHelp, isQuit);
  }

  private Controls filtered(String by, boolean typing) {
    return new Controls(
        column, isReversed, by, typing, by.equals(filter) ? offset : 0, isPaused, isHelp, isQuit);
  }

  private Controls scrolled(int by) {
    return scrolledTo(Math.max(0, offset + by));
  }

  /** At the place where the list could be scrolled to. */
  public Controls scrolledTo(int place) {
    return new Controls(column, isReversed, filter, isTyping, place, isPaused, isHelp, isQuit);
  }

  private Controls paused(boolean paused) {
    return new Controls(column, isReversed, filter, isTyping, offset, paused, isHelp, isQuit);
  }

  private Controls helping(boolean help) {
    return new Controls(column, isReversed, filter, isTyping, offset, isPaused, help, isQuit);
  }

  private Controls quit() {
    return new Controls(column, isReversed, filter, isTyping, offset, isPaused, isHelp, true);
  }
}
