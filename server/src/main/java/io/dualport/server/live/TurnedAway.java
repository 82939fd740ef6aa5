package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.report.Quantities;
import io.dualport.terminal.Line;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What was turned away and what ended, by reason: only reasons that counted, the highest first. */
final class TurnedAway {
  private static final int LABEL = 9;

  private final Model model;
  private final int columns;

  TurnedAway(Model model, int columns) {
    this.model = model;
    this.columns = columns;
  }

  int height() {
    return lines().size();
  }

  List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    lines.add(line("dropped", Protocol.UDP, Counter.drops(), Style.ALARM));
    List<Counter> closes = new ArrayList<>(Counter.closes());
    closes.add(Counter.ACCEPT_FAILURES);
    lines.add(line("closed", Protocol.TCP, closes, Style.PLAIN));
    return lines;
  }

  private Line line(String label, Protocol protocol, List<Counter> reasons, Style style) {
    Lane lane = model.lanes().get(protocol);
    List<Counter> counted =
        reasons.stream()
            .filter(reason -> lane.total(reason) > 0)
            .sorted(Comparator.comparingLong(reason -> -lane.total(reason)))
            .toList();
    Line.Builder line = Line.builder().add(label, Style.FAINT).to(LABEL);
    if (counted.isEmpty()) {
      return line.add("nothing yet", Style.FAINT).build();
    }
    for (int i = 0; i < counted.size(); i++) {
      Counter reason = counted.get(i);
      String text =
          reason.reason()
              + " "
              + Quantities.count(lane.total(reason))
              + (lane.perSecond(reason) > 0
                  ? " (" + Quantities.count(lane.perSecond(reason)) + "/s)"
                  : "");
      if (line.width() + text.length() > columns && i > 0) {
        return line.add("and " + (counted.size() - i) + " more").build();
      }
      line.add(text, isFault(reason) ? Style.ALARM : style).add("   ");
    }
    return line.build();
  }

  private static boolean isFault(Counter reason) {
    return reason == Counter.CLOSED_BY_REFUSAL
        || reason == Counter.CLOSED_BY_ERROR
        || reason == Counter.ACCEPT_FAILURES;
  }
}
