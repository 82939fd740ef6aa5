package io.dualport.client.verify;

import java.util.HashMap;
import java.util.Map;

/**
 * Which messages of one five-tuple were asked, and which echoed: a byte for each, half of it for
 * each direction, that tells where it was first seen.
 */
final class MessageSet {
  /** What a sighting is. */
  enum Sighting {
    FIRST,
    /** Once more, at the place of the first. */
    REPEATED,
    /** The same packet, captured at another place. */
    ELSEWHERE,
    /** There is no room to remember it. */
    BEYOND
  }

  private static final int PAGE_BITS = 6;
  private static final int LOW = 0x0f;

  private final Map<Long, byte[]> pages = new HashMap<>();
  private final Room room;
  private long both;

  /** Pages that may still be taken, by all five-tuples together. */
  static final class Room {
    private long pages;

    /**
     * @param messages how many can be told apart, if their numbers follow each other
     */
    Room(long messages) {
      pages = messages >> PAGE_BITS;
    }

    private boolean take() {
      return pages-- > 0;
    }
  }

  MessageSet(Room room) {
    this.room = room;
  }

  Sighting asked(long sequence, int vantage) {
    return seen(sequence, vantage, 0);
  }

  Sighting echoed(long sequence, int vantage) {
    return seen(sequence, vantage, 4);
  }

  private Sighting seen(long sequence, int vantage, int shift) {
    byte[] page = pages.get(sequence >>> PAGE_BITS);
    if (page == null) {
      if (!room.take()) {
        return Sighting.BEYOND;
      }
      page = new byte[1 << PAGE_BITS];
      pages.put(sequence >>> PAGE_BITS, page);
    }
    int index = (int) sequence & page.length - 1;
    int before = page[index] >>> shift & LOW;
    if (before != 0) {
      return before == vantage ? Sighting.REPEATED : Sighting.ELSEWHERE;
    }
    page[index] |= (byte) (vantage << shift);
    if ((page[index] & LOW) != 0 && (page[index] >>> 4 & LOW) != 0) {
      both++;
    }
    return Sighting.FIRST;
  }

  /** Messages that were asked and echoed. */
  long both() {
    return both;
  }
}
