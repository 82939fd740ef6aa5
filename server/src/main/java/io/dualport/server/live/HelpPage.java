package io.dualport.server.live;

import io.dualport.terminal.Line;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.List;

/** What the keys do and what the columns mean, the most useful first: a small screen ends early. */
final class HelpPage {
  private static final List<List<String>> KEYS =
      List.of(
          List.of("? h Esc", "back to the picture"),
          List.of("q Ctrl-C", "stop: drain (again: at once), then the final tables"),
          List.of("p space", "pause the picture, and go on; counting never pauses"),
          List.of("s > S <", "order by the next column, or the one before"),
          List.of("1 to 9", "order by that column, proto is 1"),
          List.of("r", "turn the order around"),
          List.of("t", "list twins alone, side by side; again: all"),
          List.of("/", "list only what has every word: udp 127 :40001 10.0.0.0/8 twins"),
          List.of("Esc", "clear the filter"),
          List.of("arrows", "scroll by one; also k and j"),
          List.of("PgUp PgDn", "scroll by a page; Home and End"),
          List.of("Ctrl-L", "draw the screen anew"),
          List.of("Ctrl-Z", "suspend; nothing is echoed until fg"));

  private static final List<List<String>> WORDS =
      List.of(
          List.of("message", "UDP: a datagram; TCP: one of the client's probe, else -"),
          List.of("reads", "TCP: how often bytes were read, whatever messages are in them"),
          List.of("twins", "two five-tuples that differ in the protocol alone"),
          List.of("dropped", "datagrams without a reply, by reason"),
          List.of("kernel rtt", "smoothed round-trip time of TCP"),
          List.of("loop", "the event loop that serves it, from 0"),
          List.of("accept queue", "connections that wait to be accepted, of how many"),
          List.of("drops", "datagrams the kernel threw away: receive queue full"));

  private static final int TAB = 14;

  private HelpPage() {}

  static List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    KEYS.forEach(key -> lines.add(line(key)));
    lines.add(Line.EMPTY);
    WORDS.forEach(word -> lines.add(line(word)));
    return lines;
  }

  private static Line line(List<String> pair) {
    return Line.builder().add(pair.get(0), Style.STRONG).to(TAB).add(pair.get(1)).build();
  }
}
