package io.dualport.client.merge;

import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;

/**
 * Many logs into one result. The intervals are added to one histogram for each protocol as they are
 * read, so memory grows with the number of files alone.
 */
final class Merge {
  static final int MAX_FILES = 10_000;
  private static final int SIGNIFICANT_DIGITS = 3;

  private final Map<Protocol, Histogram> histograms = new EnumMap<>(Protocol.class);
  private final Map<String, String> fileOfLog = new HashMap<>();
  private final Map<String, Admitted> firstOfRun = new HashMap<>();
  private Admitted first;

  private Merge() {}

  /**
   * Reads and merges; the order of the files makes no difference.
   *
   * @throws RefusedLogException for the first file that is damaged or does not belong to the others
   */
  static MergeResult of(List<Path> files) throws RefusedLogException {
    if (files.size() > MAX_FILES) {
      throw new RefusedLogException(
          files.size() + " files are more than merge takes at once, " + MAX_FILES);
    }
    Merge merge = new Merge();
    List<LogSummary> logs = new ArrayList<>();
    for (Path file : files) {
      logs.add(LogReader.read(file, merge));
    }
    logs.sort(Comparator.comparing(LogSummary::file).thenComparing(log -> log.header().log()));
    TreeSet<Protocol> protocols = new TreeSet<>();
    logs.forEach(log -> protocols.addAll(log.protocols()));
    return new MergeResult(
        List.copyOf(logs),
        protocols.stream()
            .map(
                protocol ->
                    new ProtocolMerge(
                        protocol,
                        merge.first.header.unit(),
                        merge.histograms.getOrDefault(protocol, empty()),
                        logs.stream().filter(log -> log.protocols().contains(protocol)).toList()))
            .toList());
  }

  /** Takes a log in, unless it does not belong to those before it. */
  void admit(String file, LogHeader header) throws RefusedLogException {
    String same = fileOfLog.putIfAbsent(header.log(), file);
    if (same != null) {
      throw new RefusedLogException(
          Words.format("%s and %s are the same log (%s); name it once", same, file, header.log()));
    }
    Admitted log = new Admitted(file, header);
    if (first == null) {
      first = log;
    }
    if (first.header.unit() != header.unit()) {
      throw new RefusedLogException(
          Words.format(
              "%s holds %s and %s holds %s; merge those of one unit at a time",
              first.file, first.header.unit().label(), file, header.unit().label()));
    }
    Admitted run = firstOfRun.putIfAbsent(header.run(), log);
    if (run != null && !run.header.target().equals(header.target())) {
      throw new RefusedLogException(
          Words.format(
              "%s and %s are of one run (%s) but of different targets, %s and %s; merge the logs of"
                  + " each target by themselves",
              run.file, file, header.run(), run.header.target(), header.target()));
    }
  }

  /** Adds one interval of an admitted log. */
  void add(String file, Interval interval) throws RefusedLogException {
    Histogram merged = histograms.computeIfAbsent(interval.protocol(), protocol -> empty());
    Histogram added = interval.histogram();
    long unitNanos = first.header.unit().nanos();
    if (added.getMaxValue() > Long.MAX_VALUE / unitNanos
        || added.getTotalCount() > Long.MAX_VALUE - merged.getTotalCount()) {
      throw new RefusedLogException(
          file + " holds values that are too large or too many; leave it out");
    }
    merged.add(added);
  }

  private static Histogram empty() {
    return new Histogram(SIGNIFICANT_DIGITS);
  }

  private record Admitted(String file, LogHeader header) {}
}
