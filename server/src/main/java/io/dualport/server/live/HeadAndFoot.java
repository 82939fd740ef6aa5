package io.dualport.server.live;

import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import io.dualport.server.facts.ServerFacts;
import io.dualport.terminal.Line;
import io.dualport.terminal.Style;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** The bar above, which says whose picture this is, and the one below with the keys. */
final class HeadAndFoot {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  /** Key and word, the most important first: what does not fit is in the help. */
  private static final List<List<String>> KEYS =
      List.of(
          List.of("q", "quit"),
          List.of("p", "pause"),
          List.of("s", "sort"),
          List.of("/", "filter"),
          List.of("t", "twins"),
          List.of("?", "help"),
          List.of("r", "reverse"),
          List.of("1-9", "column"),
          List.of("PgUp/PgDn", "scroll"));

  private final Model model;
  private final Controls controls;
  private final int columns;

  HeadAndFoot(Model model, Controls controls, int columns) {
    this.model = model;
    this.controls = controls;
    this.columns = columns;
  }

  Line title(boolean isStopping) {
    Line state = state(isStopping);
    int room = columns - state.width() - 1;
    String text =
        titles().stream().filter(title -> title.length() <= room).findFirst().orElse("Dualport");
    Line.Builder title = Line.builder().add(text, Style.STRONG);
    return title.to(columns - state.width()).add(state).build();
  }

  private List<String> titles() {
    ServerFacts facts = model.facts();
    String setup =
        facts.transport()
            + ", "
            + facts.eventLoops()
            + (facts.eventLoops() == 1 ? " event loop" : " event loops")
            + (facts.guard() ? ", guard on" : "");
    String port = "Dualport  port " + facts.port();
    String guard = facts.guard() ? "" : "   guard OFF";
    String up =
        "   up "
            + Durations.text(
                Duration.ofSeconds(Duration.between(facts.started(), model.taken()).toSeconds()));
    String dashboard = model.dashboard().map(url -> "   dashboard " + url).orElse("");
    return List.of(
        port + " on TCP and UDP   " + setup + guard + up + dashboard,
        port + " on TCP and UDP   " + setup + guard + up,
        port + " on TCP and UDP" + guard + up,
        port + " on TCP and UDP" + guard,
        port + guard,
        port);
  }

  private Line state(boolean isStopping) {
    String clock = LocalTime.ofInstant(model.taken(), ZoneId.systemDefault()).format(CLOCK);
    Line.Builder state = Line.builder();
    if (isStopping) {
      state.add(" STOPPING ", Style.CHOSEN).add(" ");
    } else if (controls.isPaused()) {
      state.add(" PAUSED ", Style.CHOSEN).add(" ");
    }
    return state.add(clock, Style.FAINT).build();
  }

  private String connections() {
    long open = model.openConnections();
    return Quantities.count(open) + (open == 1 ? " connection" : " connections");
  }

  /** What a stop waits for; takes the place of the keys. */
  Line stopping() {
    return Line.of(
        "waiting for "
            + connections()
            + " to end, "
            + Durations.text(model.facts().drain())
            + " at most; q or Ctrl-C ends them now",
        Style.STRONG);
  }

  /**
   * The keys that fit.
   *
   * @param isFilterShown whether the picture says what is listed; else this line does
   */
  Line keys(boolean isFilterShown) {
    if (controls.mode() == Controls.Mode.ASKING) {
      return Line.of(connections() + " open: q again to stop, any other key to go on", Style.ALARM);
    }
    if (controls.mode() == Controls.Mode.TYPING) {
      return Line.builder()
          .add("filter: ", Style.STRONG)
          .add(controls.filter())
          .add(" ", Style.CHOSEN)
          .add("   Enter keeps it, Esc clears it", Style.FAINT)
          .build();
    }
    Line.Builder keys = Line.builder();
    for (List<String> key : KEYS) {
      String word = key.get(0).equals("p") && controls.isPaused() ? "go on" : key.get(1);
      int width = key.get(0).length() + 1 + word.length() + (keys.width() > 0 ? 2 : 0);
      if (keys.width() + width > columns) {
        break;
      }
      keys.add(keys.width() > 0 ? "  " : "")
          .add(key.get(0), Style.STRONG)
          .add(" " + word, Style.FAINT);
      if (keys.width() == width && !isFilterShown && !controls.filter().isEmpty()) {
        keys.add("  with ", Style.FAINT).add("\"" + controls.filter() + "\"", Style.CHOSEN);
      }
    }
    return keys.build();
  }
}
