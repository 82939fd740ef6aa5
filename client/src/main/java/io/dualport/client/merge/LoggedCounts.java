package io.dualport.client.merge;

import io.dualport.client.load.count.Count;
import io.dualport.flow.Protocol;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What one log counted for one protocol, written when its run ended.
 *
 * @param seconds measured, warm-up left out
 * @param connections how many sent
 */
record LoggedCounts(
    Protocol protocol, BigDecimal seconds, long connections, Map<Count, Long> values) {
  static final String PREFIX = "#[Dualport counts ";
  private static final Pattern TAG = Pattern.compile("tcp|udp");

  /**
   * Reads {@code #[Dualport counts tag=tcp seconds=.. sent=.. ...]}.
   *
   * @throws IllegalArgumentException saying what is wrong with the line
   */
  static LoggedCounts parse(String line) {
    Fields fields = new Fields(line, PREFIX);
    Map<Count, Long> values = new EnumMap<>(Count.class);
    for (Count count : Count.values()) {
      values.put(
          count,
          // Logs of the first version counted such messages as sent and lost.
          count == Count.NOT_OPENED ? fields.wholeOrZero(count.key()) : fields.whole(count.key()));
    }
    BigDecimal seconds = fields.seconds("seconds");
    if (seconds.signum() == 0 && values.get(Count.ECHOED) > 0) {
      throw new IllegalArgumentException("has echoes in no time");
    }
    return new LoggedCounts(
        tagged(fields.text("tag", TAG)), seconds, fields.whole("connections"), values);
  }

  /** The protocol with this tag. */
  static Protocol tagged(String tag) {
    return Arrays.stream(Protocol.values())
        .filter(protocol -> protocol.label().equals(tag))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("has the tag " + tag + ", not tcp or udp"));
  }
}
