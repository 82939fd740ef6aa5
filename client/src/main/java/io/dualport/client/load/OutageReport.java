package io.dualport.client.load;

import io.dualport.client.load.Outages.Outage;
import io.dualport.report.Cell;
import io.dualport.report.Durations;
import io.dualport.report.Table;
import io.dualport.report.Words;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Tells when nothing came back: in sentences for people, each with its times for programs. */
final class OutageReport {
  private static final int TOLD = 5;
  private static final long SECOND = 1_000_000_000L;

  private final LoadResult result;

  OutageReport(LoadResult result) {
    this.result = result;
  }

  /** As in {@code TCP: nothing came back from 2.1 s to 4.83 s: 11 connections failed.} */
  List<String> notes(ProtocolLoad load) {
    List<String> notes = new ArrayList<>();
    load.outages().stream().limit(TOLD).forEach(outage -> notes.add(sentence(load, outage)));
    int more = load.outages().size() - TOLD;
    if (more > 0) {
      notes.add(
          "%s: nothing came back %s more; --format json lists them."
              .formatted(load.protocol(), Words.count(more, "time")));
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
    return "%s: nothing came back from %s %s: %s."
        .formatted(
            load.protocol(),
            elapsed(outage.fromNanos()),
            outage.isOpen() ? "on, until the end" : "to " + elapsed(outage.toNanos()),
            Words.and(what));
  }

  /** Seconds of the measured time, as the lines of progress count them. */
  private String elapsed(long nanos) {
    long since = nanos - result.beginNanos();
    return since < 0
        ? Durations.text(-since) + " before the measured time"
        : Durations.text(since - since % (SECOND / 1000));
  }

  /** One row for each, of all protocols; times count from the beginning of the measured time. */
  Table table() {
    Table.Builder table =
        Table.titled("")
            .column("protocol", "protocol")
            .numbers("from", "fromNanos")
            .numbers("to", "toNanos")
            .column("began", "began")
            .column("ended", "ended")
            .numbers("failures", "failures")
            .numbers("lost", "lost");
    for (ProtocolLoad load : result.protocols()) {
      for (Outage outage : load.outages()) {
        table.row(
            load.protocol().label(),
            Cell.duration(outage.fromNanos() - result.beginNanos()),
            outage.isOpen() ? null : Cell.duration(outage.toNanos() - result.beginNanos()),
            instant(outage.fromNanos()),
            outage.isOpen() ? null : instant(outage.toNanos()),
            outage.failures(),
            outage.lost());
      }
    }
    return table.build();
  }

  private String instant(long nanos) {
    long epochNanos = result.beginEpochNanos() + nanos - result.beginNanos();
    return Instant.ofEpochSecond(
            Math.floorDiv(epochNanos, SECOND), Math.floorMod(epochNanos, SECOND))
        .truncatedTo(ChronoUnit.MILLIS)
        .toString();
  }
}
