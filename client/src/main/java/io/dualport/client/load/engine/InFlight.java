package io.dualport.client.load.engine;

/**
 * The datagrams of one socket that nothing was heard of yet: a hash table without objects, from
 * message number to the times that belong to it. Numbers follow each other, so they hardly collide.
 */
final class InFlight {
  /** What {@link #expire} finds. */
  interface Expired {
    void lost(long n, long sentNanos);
  }

  static final int ABSENT = -1;

  private static final int SMALLEST = 4;
  private static final long EMPTY = -1;

  private long[] numbers;
  private long[] intended;
  private long[] sent;
  private int size;

  InFlight() {
    allocate(SMALLEST);
  }

  int size() {
    return size;
  }

  /** Adds a number that is not there yet; grows when half full. */
  void add(long n, long intendedNanos, long sentNanos) {
    if (2 * size >= numbers.length) {
      grow();
    }
    place(n, intendedNanos, sentNanos);
    size++;
  }

  /** Where a number stands until the next change, or {@link #ABSENT}. */
  int find(long n) {
    int mask = numbers.length - 1;
    for (int i = (int) n & mask; numbers[i] != EMPTY; i = i + 1 & mask) {
      if (numbers[i] == n) {
        return i;
      }
    }
    return ABSENT;
  }

  long intendedNanos(int place) {
    return intended[place];
  }

  /** Empties a place and moves up what had to step aside for it (Knuth 6.4, algorithm R). */
  void remove(int place) {
    int mask = numbers.length - 1;
    int hole = place;
    for (int i = hole + 1 & mask; numbers[i] != EMPTY; i = i + 1 & mask) {
      int home = (int) numbers[i] & mask;
      if ((i - home & mask) >= (i - hole & mask)) {
        numbers[hole] = numbers[i];
        intended[hole] = intended[i];
        sent[hole] = sent[i];
        hole = i;
      }
    }
    numbers[hole] = EMPTY;
    size--;
  }

  /** Removes what was sent at or before a time. */
  void expire(long sentNanos, Expired expired) {
    for (int i = 0; i < numbers.length && size > 0; i++) {
      while (numbers[i] != EMPTY && sent[i] - sentNanos <= 0) {
        long n = numbers[i];
        long when = sent[i];
        remove(i);
        expired.lost(n, when);
      }
    }
  }

  /** The lowest number, or -1 if there is none. Looks at all of them. */
  long oldest() {
    long oldest = EMPTY;
    for (long n : numbers) {
      if (n != EMPTY && (oldest == EMPTY || n < oldest)) {
        oldest = n;
      }
    }
    return oldest;
  }

  private void place(long n, long intendedNanos, long sentNanos) {
    int mask = numbers.length - 1;
    int i = (int) n & mask;
    while (numbers[i] != EMPTY) {
      i = i + 1 & mask;
    }
    numbers[i] = n;
    intended[i] = intendedNanos;
    sent[i] = sentNanos;
  }

  private void grow() {
    long[] oldNumbers = numbers;
    long[] oldIntended = intended;
    long[] oldSent = sent;
    allocate(2 * oldNumbers.length);
    for (int i = 0; i < oldNumbers.length; i++) {
      if (oldNumbers[i] != EMPTY) {
        place(oldNumbers[i], oldIntended[i], oldSent[i]);
      }
    }
  }

  private void allocate(int capacity) {
    numbers = new long[capacity];
    java.util.Arrays.fill(numbers, EMPTY);
    intended = new long[capacity];
    sent = new long[capacity];
  }
}
