package io.dualport.flow;

import java.util.Locale;

/**
 * Whether the bytes of a connection are messages of the probe. Datagrams need none of it: each is a
 * message.
 */
public enum Framing {
  /**
   * No header of a probe message came, so there are no messages to count: reads and writes only.
   */
  NONE,
  /** All bytes so far belong to probe messages, the last of which may not be whole yet. */
  PROBE,
  /** Probe messages came first, then bytes that belong to none: what was counted stands. */
  LEFT;

  /** The word in JSON: {@code none}, {@code probe}, {@code left}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
