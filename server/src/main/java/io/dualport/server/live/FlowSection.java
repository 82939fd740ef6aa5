package io.dualport.server.live;

import io.dualport.flow.FlowFilter;
import io.dualport.flow.Protocol;
import io.dualport.report.Quantities;
import io.dualport.terminal.Grid;
import io.dualport.terminal.Grid.Cell;
import io.dualport.terminal.Grid.Heading;
import io.dualport.terminal.Line;
import io.dualport.terminal.Look;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.List;

/** The five-tuples. */
final class FlowSection {
  private final Model model;
  private final Controls controls;
  private final FlowSelection selection;
  private final int columns;
  private final Look look;

  FlowSection(Model model, Controls controls, FlowSelection selection, int columns, Look look) {
    this.model = model;
    this.controls = controls;
    this.selection = selection;
    this.columns = columns;
    this.look = look;
  }

  int offset() {
    return selection.offset();
  }

  Line heading() {
    Line.Builder line = Line.builder().add("five-tuples", Style.STRONG);
    if (selection.matching() > 0) {
      line.add(
          "  "
              + Quantities.count(selection.offset() + 1)
              + " to "
              + Quantities.count(selection.offset() + selection.page().size())
              + " of "
              + Quantities.count(selection.matching())
              + (selection.matching() > FlowSelection.MAX_LISTED
                  ? " (the list ends at " + Quantities.count(FlowSelection.MAX_LISTED) + ")"
                  : ""),
          Style.FAINT);
    }
    if (!controls.filter().isEmpty()) {
      line.add("  with ", Style.FAINT).add("\"" + controls.filter() + "\"", Style.CHOSEN);
    }
    line.add(
        "  by " + controls.column().heading() + (controls.isReversed() ? " reversed" : ""),
        Style.FAINT);
    if (!selection.twins().isEmpty()) {
      line.add("   " + mark(), Style.STRONG).add(" twins: only the protocol differs", Style.FAINT);
    }
    return line.build();
  }

  List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    lines.addAll(
        new Grid(headings(), selection.page().stream().map(this::cells).toList()).lines(columns));
    if (selection.matching() == 0) {
      lines.add(
          Line.of(
              model.flows().isEmpty() || controls.filter().equals(FlowFilter.TWINS)
                  ? hint()
                  : "none matches \"" + controls.filter() + "\"",
              Style.FAINT));
    }
    return lines;
  }

  private String hint() {
    return "none yet; try: ./dual client send HOST:" + model.facts().port();
  }

  private List<Heading> headings() {
    List<Heading> headings = new ArrayList<>();
    for (FlowColumn column : FlowColumn.values()) {
      boolean chosen = column == controls.column();
      headings.add(
          new Heading(
              column.heading() + (chosen ? arrow(column) : ""),
              column.isNumber(),
              chosen ? Math.min(2, column.rank()) : column.rank(),
              column.leastWidth(),
              chosen ? Style.CHOSEN : Style.FAINT));
      if (column == FlowColumn.PROTOCOL) {
        headings.add(new Heading("", false, 2, 1, Style.PLAIN));
      }
    }
    return headings;
  }

  private String arrow(FlowColumn column) {
    boolean falls = column.isNumber() != controls.isReversed();
    return look.blocks() ? falls ? "▼" : "▲" : falls ? "v" : "^";
  }

  private String mark() {
    return look.blocks() ? "⇄" : "=";
  }

  private List<Cell> cells(FlowRow row) {
    List<Cell> cells = new ArrayList<>();
    for (FlowColumn column : FlowColumn.values()) {
      cells.add(new Cell(column.text(row), style(column, row)));
      if (column == FlowColumn.PROTOCOL) {
        boolean isTwin = selection.twins().contains(row.flow().tuple());
        cells.add(new Cell(isTwin ? mark() : "", Style.STRONG));
      }
    }
    return cells;
  }

  private static Style style(FlowColumn column, FlowRow row) {
    if (column == FlowColumn.PROTOCOL) {
      return row.flow().tuple().protocol() == Protocol.TCP ? Style.TCP : Style.UDP;
    }
    if (column == FlowColumn.DROPPED && row.dropped() > 0) {
      return Style.ALARM;
    }
    return row.flow().endedBy() == null ? Style.PLAIN : Style.FAINT;
  }
}
