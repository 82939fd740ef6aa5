package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Language;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
    String who = newcomer.name() + in(Bilingual.of(" beside ")) + holder.name();
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
    Columns<AddressKind> columns =
        new Columns<AddressKind>().column("", "holder", AddressKind::label);
    for (AddressKind kind : kinds) {
      columns.column(
          kind.label(),
          kind.label(),
          held -> letters.get(byAddresses.get(new AddressPair(held, kind))));
    }
    String title = who + in(Bilingual.of(": pattern by address (holder down, newcomer across)"));
    tables.add(columns.table(title, kinds).build());
  }

  private void pattern(
      String who, Bilingual what, Map<String, Map<String, String>> pattern, char letter) {
    String title =
        who
            + in(Bilingual.of(", pattern "))
            + letter
            + in(Bilingual.of(": "))
            + in(what)
            + in(Bilingual.of(" (holder down, newcomer across)"));
    Map<String, String> first = pattern.values().iterator().next();
    if (pattern.values().stream().flatMap(row -> row.values().stream()).distinct().count() == 1) {
      tables.add(
          new Columns<String>()
              .column("", "holder", answer -> in(Bilingual.of("in whatever state")))
              .column(in(Bilingual.of("whatever is set")), "any", answer -> answer)
              .table(title, List.of(first.values().iterator().next()))
              .build());
      return;
    }
    Columns<Map.Entry<String, Map<String, String>>> columns =
        new Columns<Map.Entry<String, Map<String, String>>>()
            .column("", "holder", Map.Entry::getKey);
    for (String option : first.keySet()) {
      columns.column(option, option, holder -> holder.getValue().get(option));
    }
    tables.add(columns.table(title, pattern.entrySet()).build());
  }

  private void rules() {
    tables.add(
        new Columns<BindRule>()
            .column(in(Bilingual.of("rule")), "rule", BindRule::label)
            .numbers(in(Bilingual.of("cells")), "cells", rule -> under(rule).count())
            .numbers(
                in(Bilingual.of("surprises")),
                "surprises",
                rule -> under(rule).filter(BindPair::isSurprise).count())
            .column(in(Bilingual.of("meaning")), "meaning", rule -> in(rule.meaning()))
            .table(in(Bilingual.of("The rules, the first that fits")), List.of(BindRule.values()))
            .note(
                in(
                    Bilingual.of(
                        "%d pairs asked, %d surprises.",
                        cells.size(), cells.stream().filter(BindPair::isSurprise).count())))
            .build());
  }

  private Stream<BindPair> under(BindRule rule) {
    return cells.stream().filter(cell -> cell.rule() == rule);
  }

  private void surprises() {
    List<BindPair> surprises = cells.stream().filter(BindPair::isSurprise).toList();
    if (!surprises.isEmpty()) {
      tables.add(
          new Columns<BindPair>()
              .column(
                  in(Bilingual.of("holder")),
                  "holder",
                  cell -> text(cell.holder().socket()) + ", " + state(cell.holder()))
              .column(in(Bilingual.of("newcomer")), "newcomer", cell -> text(cell.newcomer()))
              .column(in(Bilingual.of("predicted")), "predicted", BindPair::predicted)
              .column(in(Bilingual.of("observed")), "observed", BindPair::observed)
              .column(in(Bilingual.of("rule")), "rule", cell -> cell.rule().label())
              .table("SURPRISE", surprises)
              .build());
    }
  }

  private String in(Bilingual text) {
    return text.in(language);
  }

  private String options(ReuseOptions options) {
    return switch (options) {
      case NONE -> in(Bilingual.of("none"));
      case BOTH -> in(Bilingual.of("both"));
      default -> options.label();
    };
  }

  private String state(Holder holder) {
    return in(holder.listening() ? Bilingual.of("listening") : Bilingual.of("bound"));
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
