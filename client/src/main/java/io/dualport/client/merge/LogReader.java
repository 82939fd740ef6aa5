package io.dualport.client.merge;

import io.dualport.client.input.ForeignFormatException;
import io.dualport.client.input.TextInput;
import io.dualport.client.merge.Lines.LineTooLongException;
import io.dualport.flow.Protocol;
import io.dualport.report.ControlCharacters;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one log from its first line to its last, once, so that it may also come through a pipe.
 * Every line is understood, is a comment, or is a fault; the last line alone may be cut short, as a
 * killed run leaves it.
 */
final class LogReader {
  private static final String VERSION = "#[Dualport load log, version ";
  private static final Pattern TIME =
      Pattern.compile("#\\[(StartTime|BaseTime): (\\d{1,12}(?:\\.\\d{1,9})?) .*]");
  private static final String LEGEND = "\"StartTimestamp\",";
  private static final double YEAR_SECONDS = 365 * 24 * 3600.0;

  private final String file;
  private final Merge merge;
  private final Map<Protocol, Long> intervals = new EnumMap<>(Protocol.class);
  private final Map<Protocol, LoggedCounts> counts = new EnumMap<>(Protocol.class);
  private LogHeader header;
  private Double startSeconds;
  private Double baseSeconds;
  private double firstSeconds = Double.POSITIVE_INFINITY;
  private double lastSeconds = Double.NEGATIVE_INFINITY;

  private LogReader(String file, Merge merge) {
    this.file = file;
    this.merge = merge;
  }

  /** Reads the file and hands its header and every interval to the merge. */
  static LogSummary read(Path path, Merge merge) throws RefusedLogException {
    String file = ControlCharacters.escaped(path.toString());
    if (Files.isDirectory(path)) {
      throw new RefusedLogException(file + " is a directory; name the logs in it");
    }
    try (Lines lines = new Lines(TextInput.open(path))) {
      return new LogReader(file, merge).read(lines);
    } catch (NoSuchFileException e) {
      throw new RefusedLogException(file + " does not exist");
    } catch (AccessDeniedException e) {
      throw new RefusedLogException(file + " may not be read by this user");
    } catch (ForeignFormatException e) {
      throw new RefusedLogException(file + " " + e.getMessage());
    } catch (IOException e) {
      throw new RefusedLogException(file + " cannot be read: " + e.getMessage());
    }
  }

  private LogSummary read(Lines lines) throws IOException, RefusedLogException {
    long cutLine = 0;
    String line;
    while ((line = next(lines)) != null) {
      try {
        take(line);
        if (lines.isCut() && line.startsWith("#") && !line.endsWith("]")) {
          cutLine = lines.number();
        }
      } catch (IllegalArgumentException e) {
        if (header == null || !lines.isCut()) {
          throw RefusedLogException.at(file, lines.number(), readable(line, e));
        }
        cutLine = lines.number();
      }
    }
    requireContent(lines);
    return log(cutLine);
  }

  private String next(Lines lines) throws IOException, RefusedLogException {
    try {
      return lines.next();
    } catch (LineTooLongException e) {
      throw RefusedLogException.at(
          file,
          lines.number(),
          "is longer than " + Lines.MAX_BYTES + " bytes, which no line of a load log is");
    }
  }

  private void take(String line) throws RefusedLogException {
    if (line.startsWith("#")) {
      takeComment(line);
    } else if (header == null) {
      throw line.startsWith("{") ? json() : unknownUnit();
    } else if (!line.isEmpty() && !line.startsWith(LEGEND)) {
      takeInterval(Interval.parse(line));
    }
  }

  private void takeComment(String line) throws RefusedLogException {
    if (line.startsWith(VERSION)) {
      if (!line.equals(VERSION + "1]")) {
        throw new IllegalArgumentException("is of a version that this program does not read");
      }
    } else if (line.startsWith(LogHeader.PREFIX)) {
      if (header != null) {
        throw new IllegalArgumentException("begins another log; give each log as its own file");
      }
      header = LogHeader.parse(line);
      merge.admit(file, header);
    } else if (line.startsWith(LoggedCounts.PREFIX)) {
      LoggedCounts read = LoggedCounts.parse(line);
      if (counts.put(read.protocol(), read) != null) {
        throw new IllegalArgumentException(
            "has the counts of " + read.protocol().label() + " again");
      }
    } else if (line.startsWith("#[StartTime:") || line.startsWith("#[BaseTime:")) {
      takeTime(line);
    } else if (line.startsWith("#[Dualport ")) {
      throw new IllegalArgumentException("is no line that this program knows");
    }
  }

  private void takeTime(String line) {
    Matcher matcher = TIME.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("has no time");
    }
    double seconds = Double.parseDouble(matcher.group(2));
    if (matcher.group(1).equals("StartTime")) {
      startSeconds = seconds;
    } else {
      baseSeconds = seconds;
    }
  }

  private void takeInterval(Interval interval) throws RefusedLogException {
    double start = baseSeconds(interval.startSeconds()) + interval.startSeconds();
    merge.add(file, interval);
    intervals.merge(interval.protocol(), 1L, Long::sum);
    firstSeconds = Math.min(firstSeconds, start);
    lastSeconds = Math.max(lastSeconds, start + interval.lengthSeconds());
  }

  /** As HdrHistogram's log format has it: times that cannot be absolute begin at the start time. */
  private double baseSeconds(double intervalStart) {
    if (baseSeconds == null) {
      double start = startSeconds == null ? header.startMillis() / 1000.0 : startSeconds;
      baseSeconds = intervalStart < start - YEAR_SECONDS ? start : 0;
    }
    return baseSeconds;
  }

  private void requireContent(Lines lines) throws RefusedLogException {
    if (lines.number() == 0) {
      throw new RefusedLogException(
          file + " is empty; its run ended before it wrote anything: leave it out");
    }
    if (header == null) {
      throw unknownUnit();
    }
    if (intervals.isEmpty() && counts.isEmpty()) {
      throw new RefusedLogException(
          file
              + " has neither intervals nor counts after line "
              + lines.number()
              + "; its run ended before the first interval: leave it out");
    }
  }

  private LogSummary log(long cutLine) {
    boolean timed = !intervals.isEmpty();
    double longest =
        counts.values().stream().mapToDouble(c -> c.seconds().doubleValue()).max().orElse(0);
    long start = timed ? Math.round(firstSeconds * 1000) : header.startMillis();
    long end = timed ? Math.round(lastSeconds * 1000) : start + Math.round(longest * 1000);
    return new LogSummary(file, header, intervals, counts, start, end, cutLine);
  }

  private RefusedLogException unknownUnit() {
    return new RefusedLogException(
        file
            + " has no Dualport header, so the unit of its values is unknown; merge takes the logs"
            + " that dual-client load wrote with --hdr-log");
  }

  private RefusedLogException json() {
    return new RefusedLogException(
        file
            + " is JSON, as --format json prints a result; merge takes the logs that dual-client"
            + " load wrote with --hdr-log");
  }

  private static String readable(String line, IllegalArgumentException fault) {
    int shown = 40;
    String begin = line.length() > shown ? line.substring(0, shown) + "..." : line;
    String message = fault.getMessage();
    String brief = message.length() > 200 ? message.substring(0, 200) + "..." : message;
    return ControlCharacters.escaped("'" + begin + "' " + brief);
  }
}
