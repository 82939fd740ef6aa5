package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The matrix for people. Pairs of addresses that the kernel treated alike, whatever the options,
 * are one pattern with a letter: first a grid of letters, then each pattern once. Nothing here
 * looks at the rules to group; only at what was observed.
 */
final class MatrixReport {
  private final List<BindPair> cells;
  private final Language language;
  private final List<Table> tables = new ArrayList<>();

  private MatrixReport(List<BindPair> cells, Language language) {
    this.cells = cells;
    this.language = language;
  }

  /** Every table, in reading order: grids and patterns, the rules, the surprises. */
  static String render(List<BindPair> cells, Format format, Language language) {
    MatrixReport report = new MatrixReport(cells, language);
    for (Protocol holder : Protocol.values()) {
      for (Protocol newcomer : Protocol.values()) {
        report.protocols(holder, newcomer);
      }
    }
    report.rules();
    report.surprises();
    return format.render(report.tables);
  }

  private void protocols(Protocol holder, Protocol newcomer) {
    Map<AddressPair, Map<String, Map<String, String>>> byAddresses = new LinkedHashMap<>();
    for (BindPair cell : cells) {
      Binder held = cell.holder().socket();
      if (held.protocol() == holder && cell.newcomer().protocol() == newcomer) {
        byAddresses
            .computeIfAbsent(
                new AddressPair(held.address(), cell.newcomer().address()),
                pair -> new LinkedHashMap<>())
            .computeIfAbsent(
                options(held.options()) + ", " + state(cell.holder()),
                state -> new LinkedHashMap<>())
            .put(options(cell.newcomer().options()), cell.observed().toString());
      }
    }
    Map<Map<String, Map<String, String>>, Character> letters = new LinkedHashMap<>();
    for (Map<String, Map<String, String>> pattern : byAddresses.values()) {
      letters.computeIfAbsent(pattern, unseen -> (char) ('A' + letters.size()));
    }
    String who = newcomer.name() + Bilingual.of(" beside ").in(language) + holder.name();
    grid(who, byAddresses, letters);
    Bilingual what =
        newcomer == Protocol.TCP
            ? Bilingual.of("what bind, then listen return")
            : Bilingual.of("what bind returns");
    letters.forEach((pattern, letter) -> pattern(who, what, pattern, letter));
  }

  private void grid(
      String who,
      Map<AddressPair, Map<String, Map<String, String>>> byAddresses,
      Map<Map<String, Map<String, String>>, Character> letters) {
    List<AddressKind> kinds =
        Arrays.stream(AddressKind.values())
            .filter(kind -> byAddresses.containsKey(new AddressPair(kind, kind)))
            .toList();
    Table.Builder table =
        Table.titled(
                who
                    + Bilingual.of(": pattern by address (holder down, newcomer across)")
                        .in(language))
            .column("", "holder");
    kinds.forEach(kind -> table.column(kind.label(), kind.label()));
    for (AddressKind held : kinds) {
      List<Object> row = new ArrayList<>(List.of(held.label()));
      kinds.forEach(kind -> row.add(letters.get(byAddresses.get(new AddressPair(held, kind)))));
      table.row(row.toArray());
    }
    tables.add(table.build());
  }

  private void pattern(
      String who, Bilingual what, Map<String, Map<String, String>> pattern, char letter) {
    Table.Builder table =
        Table.titled(
                who
                    + Bilingual.of(", pattern ").in(language)
                    + letter
                    + Bilingual.of(": ").in(language)
                    + what.in(language)
                    + Bilingual.of(" (holder down, newcomer across)").in(language))
            .column("", "holder");
    if (pattern.values().stream().flatMap(row -> row.values().stream()).distinct().count() == 1) {
      table.column(Bilingual.of("whatever is set").in(language), "any");
      table.row(
          Bilingual.of("in whatever state").in(language),
          pattern.values().iterator().next().values().iterator().next());
    } else {
      pattern.values().iterator().next().keySet().forEach(option -> table.column(option, option));
      pattern.forEach(
          (holder, answers) -> {
            List<Object> row = new ArrayList<>(List.of(holder));
            row.addAll(answers.values());
            table.row(row.toArray());
          });
    }
    tables.add(table.build());
  }

  private void rules() {
    Table.Builder table =
        Table.titled(Bilingual.of("The rules, the first that fits").in(language))
            .column(Bilingual.of("rule").in(language), "rule")
            .numbers(Bilingual.of("cells").in(language), "cells")
            .numbers(Bilingual.of("surprises").in(language), "surprises")
            .column(Bilingual.of("meaning").in(language), "meaning");
    for (BindRule rule : BindRule.values()) {
      List<BindPair> under = cells.stream().filter(cell -> cell.rule() == rule).toList();
      table.row(
          rule.label(),
          under.size(),
          under.stream().filter(BindPair::isSurprise).count(),
          rule.meaning().in(language));
    }
    table.note(
        Bilingual.of(
                "%d pairs asked, %d surprises.",
                cells.size(), cells.stream().filter(BindPair::isSurprise).count())
            .in(language));
    tables.add(table.build());
  }

  private void surprises() {
    List<BindPair> surprises = cells.stream().filter(BindPair::isSurprise).toList();
    if (surprises.isEmpty()) {
      return;
    }
    Table.Builder table =
        Table.titled("SURPRISE")
            .column(Bilingual.of("holder").in(language), "holder")
            .column(Bilingual.of("newcomer").in(language), "newcomer")
            .column(Bilingual.of("predicted").in(language), "predicted")
            .column(Bilingual.of("observed").in(language), "observed")
            .column(Bilingual.of("rule").in(language), "rule");
    for (BindPair cell : surprises) {
      table.row(
          text(cell.holder().socket()) + ", " + state(cell.holder()),
          text(cell.newcomer()),
          cell.predicted(),
          cell.observed(),
          cell.rule().label());
    }
    tables.add(table.build());
  }

  private String options(ReuseOptions options) {
    return switch (options) {
      case NONE -> Bilingual.of("none").in(language);
      case BOTH -> Bilingual.of("both").in(language);
      default -> options.label();
    };
  }

  private String state(Holder holder) {
    return (holder.listening() ? Bilingual.of("listening") : Bilingual.of("bound")).in(language);
  }

  private String text(Binder socket) {
    return socket.protocol().label()
        + " "
        + socket.address().label()
        + ", "
        + options(socket.options());
  }

  /** Holder's and newcomer's address. */
  private record AddressPair(AddressKind holder, AddressKind newcomer) {}
}
