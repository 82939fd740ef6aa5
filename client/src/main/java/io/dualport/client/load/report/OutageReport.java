package io.dualport.client.load.report;

import io.dualport.client.load.count.Outages.Outage;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Durations;
import io.dualport.report.Table;
import io.dualport.report.Words;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Tells when no echo came back: in sentences for people, each with its times for programs. */
final class OutageReport {
  private static final int TOLD = 5;
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLISECOND = SECOND / 1000;

  private final LoadResult result;

  OutageReport(LoadResult result) {
    this.result = result;
  }

  /** As in {@code TCP: no echo came back from 2.1 s to 4.83 s: 11 connections failed.} */
  List<String> notes(ProtocolLoad load) {
    List<String> notes = new ArrayList<>();
    load.outages().stream().limit(TOLD).forEach(outage -> notes.add(sentence(load, outage)));
    int more = load.outages().size() - TOLD;
    if (more > 0) {
      notes.add(
          Words.format(
              "%s: no echo came back %s more; --format json lists them.",
              load.protocol(), Words.count(more, "time")));
    }
    return notes;
  }

  private String sentence(ProtocolLoad load, Outage outage) {
    List<String> what = new ArrayList<>();
    if (outage.failures() > 0) {
      what.add(
          switch (load.protocol()) {
            case TCP -> Words.count(outage.failures(), "connection") + " failed or ended";
            case UDP -> Words.count(outage.failures(), "error was", "errors were") + " reported";
          });
    }
    if (outage.lost() > 0) {
      what.add(
          Words.count(outage.lost(), "message")
              + " sent in that time "
              + Words.form(outage.lost(), "was", "were")
              + " lost");
    }
    return Words.format(
        "%s: no echo came back %s: %s.", load.protocol(), when(outage), Words.and(what));
  }

  /** Within the measured time, as the lines of progress count it, and the warm-up before it. */
  private String when(Outage outage) {
    long from = outage.fromNanos() - result.beginNanos();
    long to = outage.isOpen() ? Long.MAX_VALUE : outage.toNanos() - result.beginNanos();
    long end = Math.round(result.seconds() * SECOND);
    if (from >= end) {
      return "after the end of the measured time";
    }
    long warmup = result.plan().settings().warmup().toNanos();
    String begun = "from " + elapsed(from);
    if (from < MILLISECOND - warmup) {
      begun = "from the start" + (warmup > 0 ? " of the warm-up" : "");
    }
    return begun + (to >= end ? " on, until the end" : " to " + elapsed(to));
  }

  private static String elapsed(long nanos) {
    long since = Math.abs(nanos);
    return Durations.text(since - since % MILLISECOND)
        + (nanos < 0 ? " before the measured time" : "");
  }

  /** One row for each, of all protocols; times count from the beginning of the measured time. */
  Table table() {
    return new Columns<Told>()
        .column("protocol", "protocol", told -> told.load().protocol().label())
        .numbers("from", "fromNanos", told -> sinceBegin(told.outage().fromNanos()))
        .numbers(
            "to", "toNanos", told -> told.isOpen() ? null : sinceBegin(told.outage().toNanos()))
        .column("began", "began", told -> instant(told.outage().fromNanos()))
        .column("ended", "ended", told -> told.isOpen() ? null : instant(told.outage().toNanos()))
        .numbers("failures", "failures", told -> told.outage().failures())
        .numbers("lost", "lost", told -> told.outage().lost())
        .table(
            "",
            result.protocols().stream()
                .flatMap(load -> load.outages().stream().map(outage -> new Told(load, outage)))
                .toList())
        .build();
  }

  /** An outage of one protocol. */
  private record Told(ProtocolLoad load, Outage outage) {
    boolean isOpen() {
      return outage.isOpen();
    }
  }

  private Cell sinceBegin(long nanos) {
    return Cell.duration(nanos - result.beginNanos());
  }

  private String instant(long nanos) {
    long epochNanos = result.beginEpochNanos() + nanos - result.beginNanos();
    return Instant.ofEpochSecond(
            Math.floorDiv(epochNanos, SECOND), Math.floorMod(epochNanos, SECOND))
        .truncatedTo(ChronoUnit.MILLIS)
        .toString();
  }
}
