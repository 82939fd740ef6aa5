package io.dualport.server.live;

import io.dualport.terminal.Line;
import io.dualport.terminal.Look;
import io.dualport.terminal.Size;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts the sections on a screen of any size: by importance as long as there is room, and then from
 * top to bottom. What is left belongs to the five-tuples.
 */
public final class Layout {
  /** Five-tuples that stay visible whatever else wants room. */
  private static final int FEW_FLOWS = 3;

  private static final int SOME_FLOWS = 5;
  private static final int ENOUGH_FLOWS = 8;
  private static final int MANY_FLOWS = 14;

  private final Model model;
  private final Controls controls;
  private final Size size;
  private final Look look;
  private int room;

  private Layout(Model model, Controls controls, Size size, Look look) {
    this.model = model;
    this.controls = controls;
    this.size = size;
    this.look = look;
  }

  /**
   * The picture of a model.
   *
   * @param warning the last line that went to standard error
   * @param isStopping whether the server no longer accepts and waits for what is open
   */
  public static Picture of(
      Model model,
      Controls controls,
      Size size,
      Look look,
      Optional<String> warning,
      boolean isStopping) {
    return new Layout(model, controls, size, look).picture(warning, isStopping);
  }

  private Picture picture(Optional<String> warning, boolean isStopping) {
    List<Line> lines = new ArrayList<>();
    HeadAndFoot bars = new HeadAndFoot(model, controls, size.columns());
    lines.add(bars.title(isStopping));
    room = size.rows() - 2;
    Optional<Line> note =
        warning.filter(text -> fits(1, FEW_FLOWS)).map(text -> Line.of(text, Style.ALARM));
    int page = 0;
    int offset = controls.offset();
    if (controls.mode() == Controls.Mode.HELP) {
      lines.addAll(HelpPage.lines().stream().limit(Math.max(0, room)).toList());
    } else if (room > 0) {
      page = body(lines);
      offset = selectedOffset;
    }
    int end = Math.max(1, size.rows() - 1 - note.map(line -> 1).orElse(0));
    while (lines.size() < end) {
      lines.add(Line.EMPTY);
    }
    lines.subList(end, lines.size()).clear();
    note.ifPresent(lines::add);
    lines.add(isStopping ? bars.stopping() : bars.keys(isFilterShown));
    return new Picture(
        lines.stream().limit(size.rows()).map(line -> line.clipped(size.columns())).toList(),
        offset,
        page);
  }

  private int selectedOffset;
  private boolean isFilterShown;

  private int body(List<Line> lines) {
    Lanes lanes = new Lanes(model, size.columns(), look);
    TurnedAway turned = new TurnedAway(model, size.columns());
    KernelSection kernel = new KernelSection(model, size.columns());
    room -= Lanes.RATE_ROWS;
    int chartRows = !lanes.isNarrow() && fits(1, FEW_FLOWS) ? 1 : 0;
    boolean hasTurned = fits(turned.height(), FEW_FLOWS);
    boolean hasKernel = fits(kernel.height(), SOME_FLOWS);
    boolean hasStock = fits(Lanes.STOCK_ROWS, SOME_FLOWS);
    boolean hasHeading = fits(1, SOME_FLOWS);
    boolean hasCalls = hasStock && fits(Lanes.CALL_ROWS, SOME_FLOWS);
    int gaps = 1 + (hasKernel ? 1 : 0) + (hasTurned ? 1 : 0);
    boolean hasGaps = fits(gaps, ENOUGH_FLOWS);
    while (chartRows > 0 && chartRows < Lanes.MAX_CHART_ROWS && fits(1, MANY_FLOWS)) {
      chartRows++;
    }
    gap(lines, hasGaps && fits(1, MANY_FLOWS));
    lines.addAll(lanes.rates());
    lines.addAll(lanes.charts(chartRows));
    if (hasStock) {
      lines.addAll(lanes.stock());
    }
    if (hasCalls) {
      lines.addAll(lanes.calls());
    }
    if (hasTurned) {
      gap(lines, hasGaps);
      lines.addAll(turned.lines());
    }
    if (hasKernel) {
      gap(lines, hasGaps);
      lines.addAll(kernel.lines());
    }
    gap(lines, hasGaps);
    int rows = Math.max(0, room - 1);
    FlowSection flows =
        new FlowSection(
            model, controls, FlowSelection.of(model.flows(), controls, rows), size.columns(), look);
    isFilterShown = hasHeading;
    if (hasHeading) {
      lines.add(flows.heading());
    }
    if (room > 0) {
      lines.addAll(flows.lines());
    }
    selectedOffset = flows.offset();
    return rows;
  }

  /** Takes so many rows if the five-tuples still have some. */
  private boolean fits(int rows, int flowsLeft) {
    if (room - rows < flowsLeft + 1) {
      return false;
    }
    room -= rows;
    return true;
  }

  private static void gap(List<Line> lines, boolean isWanted) {
    if (isWanted) {
      lines.add(Line.EMPTY);
    }
  }
}
