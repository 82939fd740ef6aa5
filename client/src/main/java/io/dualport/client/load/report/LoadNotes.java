package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.EchoComparison;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.message.Servers;
import io.dualport.client.message.SizeRange;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What belongs below the table: what was run, what the numbers cannot say, what went wrong. */
final class LoadNotes {
  private static final long NOTABLE_BACKLOG_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LoadResult result;
  private final LoadPlan plan;
  private final LoadSettings settings;

  LoadNotes(LoadResult result) {
    this.result = result;
    this.plan = result.plan();
    this.settings = plan.settings();
  }

  List<String> all() {
    List<String> notes = new ArrayList<>();
    notes.add(whatWasRun());
    notes.add(settings.isOpenLoop() ? openLoop() : closedLoop());
    if (result.interrupted()) {
      notes.add(
          result.seconds() <= 0
              ? "Interrupted in the warm-up: nothing was measured."
              : Words.format(
                  "Interrupted after %s of measuring: this is the result so far.",
                  Durations.text(Math.round(result.seconds() * 1e9))));
    }
    backlog().ifPresent(notes::add);
    result.protocols().forEach(load -> unsent(load).ifPresent(notes::add));
    result.protocols().forEach(load -> leftOut(load).ifPresent(notes::add));
    result.protocols().forEach(load -> stranger(load).ifPresent(notes::add));
    String servers = result.servers().text(settings.sameServer(), whyNoStamp());
    if (!servers.isEmpty()) {
      notes.add(servers);
    }
    result.protocols().forEach(load -> notes.addAll(new OutageReport(result).notes(load)));
    lesson().ifPresent(notes::add);
    result.protocols().forEach(load -> notes.addAll(new CauseNotes(plan, load).all()));
    result.protocols().forEach(load -> warmup(load).ifPresent(notes::add));
    result.protocols().forEach(load -> shared(load).ifPresent(notes::add));
    result.protocols().forEach(load -> imbalance(load).ifPresent(notes::add));
    if (settings.hdrLog() != null) {
      notes.add(
          result.logFailed()
              ? "The interval log " + settings.hdrLog() + " could not be written to the end."
              : "Interval log: " + settings.hdrLog() + " (tags tcp and udp, nanoseconds).");
    }
    return notes;
  }

  private String whatWasRun() {
    String measured =
        result.seconds() <= 0
            ? "nothing measured"
            : "measured "
                + Durations.text(Math.round(result.seconds() * 1e9))
                + (result.backlogNanos() < NOTABLE_BACKLOG_NANOS
                    ? ""
                    : Words.format(
                        " (%s of it after the end of --duration)",
                        Durations.text(result.backlogNanos())));
    String warmup =
        settings.warmup().isZero()
            ? " without warm-up"
            : " after " + Durations.text(settings.warmup()) + " of warm-up";
    String connections =
        Words.count(settings.connections(), "connection")
            + (result.protocols().size() > 1 ? " for each protocol" : "")
            + pairs();
    String load =
        settings.isOpenLoop()
            ? Words.format(
                "Open loop: %s/s (%s) on %s, at most %d in flight on each",
                Words.count(settings.rate(), "message"),
                lower(settings.arrivals()),
                connections,
                settings.maxInFlight())
            : Words.format(
                "Closed loop: %s, %s in flight on each",
                connections, Words.count(settings.depth(), "message"));
    return Words.format(
        "%s%s; %s bytes; %s%s; %s; %s.",
        load,
        settings.connectPerMessage() ? ", a new TCP connection for each message" : "",
        settings.size(),
        measured,
        warmup,
        verified(),
        Words.count(plan.threads(), "thread"));
  }

  private String whyNoStamp() {
    SizeRange size = settings.size();
    String tooSmall = Servers.whyNoStamp(true, size.max());
    return tooSmall.isEmpty() && size.min() < Probe.HEADER_BYTES
        ? "only the first message of a flow asks for one, if it has "
            + Words.count(Probe.HEADER_BYTES, "byte")
        : tooSmall;
  }

  /** The twins: five-tuples that differ in the protocol alone. */
  private String pairs() {
    if (result.protocols().size() > 1 && settings.connectPerMessage()) {
      return " (no pairs with one source port: each TCP connection has a new one)";
    }
    if (!plan.hasPairs()) {
      return "";
    }
    long apart = settings.connections() - result.pairs();
    if (apart > 0) {
      return Words.format(
          " (%s with one source port; %s port was taken on UDP)",
          Words.count(result.pairs(), "pair"),
          apart == 1 ? "once the" : Words.format("%d times the", apart));
    }
    // A connection that is opened again has a new port.
    String begun = of(Protocol.TCP).causes().isEmpty() ? "" : ", as they were opened";
    return (settings.connections() == 1 ? " (with" : " (in pairs with")
        + " one source port"
        + begun
        + ")";
  }

  private String verified() {
    return switch (settings.verify()) {
      case ALL -> "every byte compared";
      case SAMPLE -> "every byte of one message in " + EchoComparison.SAMPLE_OF + " compared";
      case OFF -> "bytes not compared";
    };
  }

  private static String openLoop() {
    return "Latency counts from the intended send time: a stall counts for every message that was"
        + " due in it.";
  }

  private static String closedLoop() {
    return "A closed loop waits for its echoes, so a stall counts once for each message in flight"
        + " and not for those that would have been sent meanwhile: p99 can hide it"
        + " (coordinated omission). Use --rate to see it in full.";
  }

  private Optional<String> unsent(ProtocolLoad load) {
    long unsent = load.count(Count.UNSENT);
    if (unsent == 0) {
      return Optional.empty();
    }
    String due = Words.count(unsent, "message was", "messages were") + " due and never sent";
    if (load.waitedForConnections()) {
      return Optional.of(
          Words.format(
              "%s: %s: what was due waited for connections that failed (below: why). Their latency"
                  + " is in no percentile.",
              load.protocol(), due));
    }
    double asked = settings.rate();
    double sent = result.seconds() <= 0 ? 0 : load.count(Count.SENT) / result.seconds();
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s: %s: the generator or the path could not keep up:"
                + " asked %.0f/s, sent %.0f/s. Their latency is in no percentile. Lower --rate, or"
                + " raise --connections, --max-in-flight or --threads.",
            load.protocol(),
            due,
            asked,
            sent));
  }

  private static Optional<String> stranger(ProtocolLoad load) {
    return Optional.ofNullable(load.stranger())
        .map(
            stranger ->
                Words.sentences(
                    load.protocol() + ": " + stranger.evidence(),
                    "Look for: " + stranger.advice()));
  }

  /** Both on one path without an outage, and only one of them lost something. */
  private Optional<String> lesson() {
    ProtocolLoad tcp = of(Protocol.TCP);
    ProtocolLoad udp = of(Protocol.UDP);
    if (tcp == null
        || udp == null
        || udp.count(Count.LOST) == 0
        || udp.count(Count.LATE) > 0
        || tcp.count(Count.LOST) > 0
        || !tcp.causes().isEmpty()
        || !udp.outages().isEmpty()
        || result.backlogNanos() >= NOTABLE_BACKLOG_NANOS
        || tcp.latencies().getTotalCount() == 0
        || udp.latencies().getTotalCount() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "On the same path UDP lost %s %% of its messages, and TCP none%s. Of those that came"
                + " back: p99 %s over UDP, %s over TCP; max %s and %s.",
            udp.lostPercent(),
            tcp.retransmitted() <= 0
                ? ""
                : ": it sent " + Words.count(tcp.retransmitted(), "segment") + " again",
            Durations.text(udp.latencies().getValueAtPercentile(99)),
            Durations.text(tcp.latencies().getValueAtPercentile(99)),
            Durations.text(udp.latencies().getMaxValue()),
            Durations.text(tcp.latencies().getMaxValue())));
  }

  /** Percentiles are of what came back; what did not would be at their far end. */
  private Optional<String> leftOut(ProtocolLoad load) {
    long lost = load.count(Count.LOST);
    if (lost == 0) {
      return Optional.empty();
    }
    long late = load.count(Count.LATE);
    String when =
        load.protocol() == Protocol.UDP
            ? "within " + Durations.text(settings.timeout())
            : Words.format(
                "before %s connection or the run ended", Words.form(lost, "its", "their"));
    return Optional.of(
        Words.sentences(
            Words.format(
                "%s: %s no echo %s and %s in no percentile",
                load.protocol(),
                Words.count(lost, "message had", "messages had"),
                when,
                Words.form(lost, "is", "are")),
            late == 0
                ? ""
                : Words.format(
                    "%s later: with a larger --timeout %s not count as lost",
                    Words.count(late, "echo came", "echoes came"),
                    Words.form(late, "its message would", "their messages would"))));
  }

  /** Behind its timetable at the end: the rate that was asked for did not happen. */
  private Optional<String> backlog() {
    if (result.backlogNanos() < NOTABLE_BACKLOG_NANOS) {
      return Optional.empty();
    }
    boolean waited = result.protocols().stream().anyMatch(ProtocolLoad::waitedForConnections);
    return Optional.of(
        Words.sentences(
            waited
                ? "What was due by the end waited for connections that failed (below: why), and was"
                    + Words.format(" tried for %s more", Durations.text(result.backlogNanos()))
                : Words.format(
                        "The generator or the path could not keep up with %s/s: what was due by the"
                            + " end took",
                        Words.count(settings.rate(), "message"))
                    + Words.format(" %s more to be sent", Durations.text(result.backlogNanos())),
            "Rates are over all of that time"));
  }

  private ProtocolLoad of(Protocol protocol) {
    return result.protocols().stream()
        .filter(load -> load.protocol() == protocol)
        .findFirst()
        .orElse(null);
  }

  private Optional<String> warmup(ProtocolLoad load) {
    long bad =
        load.warmup().get(Count.LOST)
            + load.warmup().get(Count.CORRUPTED)
            + load.warmup().get(Count.TRUNCATED);
    return bad == 0
        ? Optional.empty()
        : Optional.of(
            Words.format(
                "%s: in the warm-up, which no count above includes, %d of %s %s lost, corrupted or"
                    + " truncated.",
                load.protocol(),
                bad,
                Words.count(load.warmup().get(Count.SENT), "message"),
                Words.form(bad, "was", "were")));
  }

  /** What the kernel counts, and a capture on this machine shows. */
  private static Optional<String> shared(ProtocolLoad load) {
    long sent = load.count(Count.SENT) + load.warmup().get(Count.SENT);
    return load.sendsShared() == 0
        ? Optional.empty()
        : Optional.of(
            Words.format(
                    "%s: of %s, warm-up included, %d left with the one before in a segmented"
                        + " datagram, which",
                    load.protocol(), Words.count(sent, "message"), load.sendsShared())
                + " the kernel counts once.");
  }

  private static Optional<String> imbalance(ProtocolLoad load) {
    return load.isBalanced()
        ? Optional.empty()
        : Optional.of(
            Words.format(
                "BUG of dual-client: the %s counts do not add up; please report this output.",
                load.protocol()));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
