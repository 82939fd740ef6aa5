package io.dualport.server.admin;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FlowFilter;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolTotals;
import io.dualport.log.StandardErrorLog;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The counters as Prometheus text or OpenMetrics. Every label has a fixed set of values, except the
 * five-tuples of the busiest flows, of which there are none unless {@code admin-metrics-flows} asks
 * for some.
 */
final class Metrics {
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final ObservedServer subject;
  private final int listedFlows;

  /**
   * @param listedFlows the busiest five-tuples that get metrics of their own
   */
  Metrics(ObservedServer subject, int listedFlows) {
    this.subject = subject;
    this.listedFlows = listedFlows;
  }

  /** Everything, in the format that the client's Accept header asks for. */
  HttpAnswer answer(Frame frame, KernelReading kernel, AdminCounters admin, String accept) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    identity(all);
    traffic(all, frame.readings());
    connections(all, frame.readings().get(Protocol.TCP));
    KernelMetrics.add(all, kernel);
    admin(all, admin);
    ProcessMetrics.add(all);
    if (listedFlows > 0) {
      flows(all);
    }
    // Prometheus may prefer protobuf, whose library is a megabyte for nothing we need.
    ExpositionFormatWriter writer =
        accept != null && accept.contains("application/openmetrics-text")
            ? formats.getOpenMetricsTextFormatWriter()
            : formats.getPrometheusTextFormatWriter();
    ByteArrayOutputStream text = new ByteArrayOutputStream(16384);
    try {
      writer.write(text, all.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new HttpAnswer(
        HttpResponseStatus.OK,
        writer.getContentType(),
        text.toByteArray(),
        Map.of("Cache-Control", "no-store"));
  }

  private void identity(MetricSnapshots.Builder all) {
    all.metricSnapshot(
        InfoSnapshot.builder()
            .name("dualport")
            .help(
                "The server: which start of it, as in its stamps; its version, the port both"
                    + " protocols share, the transport.")
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            // "instance" is Prometheus' own label for the target.
                            "instance_id", subject.facts().instance(),
                            "version", subject.facts().version(),
                            "port", String.valueOf(subject.facts().port()),
                            "transport", subject.facts().transport()))
                    .build())
            .build());
    gauge(
        all,
        "dualport_start_time_seconds",
        "When the port was bound, in Unix time.",
        subject.facts().started().toEpochMilli() / 1000.0);
    gauge(
        all,
        "dualport_draining",
        "1 once a stop was asked for.",
        subject.draining().getAsBoolean() ? 1 : 0);
  }

  private static void traffic(MetricSnapshots.Builder all, Map<Protocol, ProtocolTotals> readings) {
    perProtocol(all, readings, "dualport_received_messages", Counter.MESSAGES_IN);
    perProtocol(all, readings, "dualport_sent_messages", Counter.MESSAGES_OUT);
    perProtocol(all, readings, "dualport_reads", Counter.READS);
    perProtocol(all, readings, "dualport_writes", Counter.WRITES);
    perProtocol(all, readings, "dualport_shared_receives", Counter.RECEIVES_SHARED);
    perProtocol(all, readings, "dualport_shared_sends", Counter.SENDS_SHARED);
    perProtocol(all, readings, "dualport_missed_sightings", Counter.SIGHTINGS_MISSED);
    perProtocol(all, readings, "dualport_received_bytes", Counter.BYTES_IN);
    perProtocol(all, readings, "dualport_sent_bytes", Counter.BYTES_OUT);
    counters(
        all,
        readings,
        "dualport_ended_flows",
        "five-tuples whose entry ended",
        ProtocolTotals::endedFlows);
    withoutEntry(all, readings, "dualport_messages_without_entry", Counter.MESSAGES_IN);
    withoutEntry(all, readings, "dualport_reads_without_entry", Counter.READS);
    GaugeSnapshot.Builder live =
        GaugeSnapshot.builder().name("dualport_flows").help("five-tuples with an entry now");
    readings.forEach(
        (protocol, reading) ->
            live.dataPoint(gaugePoint(reading.liveFlows(), "protocol", protocol.label())));
    all.metricSnapshot(live.build());
    CounterSnapshot.Builder dropped =
        CounterSnapshot.builder()
            .name("dualport_dropped_datagrams")
            .help("datagrams that got no reply, by the reason");
    for (Counter reason : Counter.drops()) {
      dropped.dataPoint(
          point(readings.get(Protocol.UDP).totals().get(reason), "reason", label(reason)));
    }
    all.metricSnapshot(dropped.build());
  }

  private void connections(MetricSnapshots.Builder all, ProtocolTotals tcp) {
    CounterValues totals = tcp.totals();
    counter(
        all,
        "dualport_accepted_connections",
        Counter.CONNECTIONS_ACCEPTED.meaning(),
        totals.get(Counter.CONNECTIONS_ACCEPTED));
    counter(
        all,
        "dualport_accept_failures",
        Counter.ACCEPT_FAILURES.meaning(),
        totals.get(Counter.ACCEPT_FAILURES));
    gauge(
        all,
        "dualport_pending_bytes",
        "held for peers that do not read",
        subject.pendingBytes().getAsLong());
    gauge(
        all,
        "dualport_pending_bytes_max",
        "of those at most, as max-pending-bytes has it",
        subject.facts().limits().maxPendingBytes());
    gauge(
        all,
        "dualport_open_connections",
        "TCP connections accepted and not yet closed",
        totals.connectionsOpen());
    CounterSnapshot.Builder closed =
        CounterSnapshot.builder()
            .name("dualport_closed_connections")
            .help("TCP connections that ended, by the cause");
    for (Counter cause : Counter.closes()) {
      closed.dataPoint(point(totals.get(cause), "cause", label(cause)));
    }
    all.metricSnapshot(closed.build());
  }

  private static void admin(MetricSnapshots.Builder all, AdminCounters admin) {
    gauge(
        all,
        "dualport_admin_connections",
        "connections to the admin side now",
        admin.connections());
    gauge(all, "dualport_admin_event_streams", "readers of the event stream now", admin.streams());
    counter(
        all,
        "dualport_admin_requests",
        "requests to the admin side, refused ones included",
        admin.requests());
    counter(
        all,
        "dualport_admin_lost_frames",
        "frames that slow readers of the event stream missed",
        admin.framesLost());
    counter(
        all,
        "dualport_admin_accept_failures",
        "accepts on the admin port that failed, as with a full descriptor table",
        admin.acceptFailures());
    counter(
        all,
        "dualport_lost_log_lines",
        "log lines that were lost because standard error took none",
        StandardErrorLog.lostLines());
    CounterSnapshot.Builder refused =
        CounterSnapshot.builder()
            .name("dualport_admin_refused")
            .help("what the admin side refused, by the reason");
    admin
        .refused()
        .forEach((refusal, count) -> refused.dataPoint(point(count, "reason", label(refusal))));
    all.metricSnapshot(refused.build());
  }

  private void flows(MetricSnapshots.Builder all) {
    FlowQuery busiest =
        new FlowQuery(
            null, null, FlowFilter.of(""), "live", FlowOrder.BYTES_IN, true, 0, listedFlows);
    List<FlowSnapshot> flows = FlowPage.of(subject.tables(), busiest).flows();
    // A stream that is no probe has no messages, and a series that stays at 0 would look like loss.
    flowCounter(
        all,
        flows.stream().filter(FlowSnapshot::hasMessages).toList(),
        "dualport_flow_received_messages",
        Counter.MESSAGES_IN);
    flowCounter(
        all,
        flows.stream().filter(flow -> flow.tuple().protocol() == Protocol.TCP).toList(),
        "dualport_flow_reads",
        Counter.READS);
    flowCounter(all, flows, "dualport_flow_received_bytes", Counter.BYTES_IN);
    flowCounter(all, flows, "dualport_flow_sent_bytes", Counter.BYTES_OUT);
  }

  private static void flowCounter(
      MetricSnapshots.Builder all, List<FlowSnapshot> flows, String name, Counter counter) {
    CounterSnapshot.Builder metric =
        CounterSnapshot.builder()
            .name(name)
            .help(counter.meaning() + "; the busiest five-tuples alone, see admin-metrics-flows");
    for (FlowSnapshot flow : flows) {
      metric.dataPoint(
          point(
              flow.counters().get(counter),
              "protocol",
              flow.tuple().protocol().label(),
              "source",
              Endpoint.text(flow.tuple().source()),
              "destination",
              Endpoint.text(flow.tuple().destination())));
    }
    all.metricSnapshot(metric.build());
  }

  private static void perProtocol(
      MetricSnapshots.Builder all,
      Map<Protocol, ProtocolTotals> readings,
      String name,
      Counter counter) {
    counters(
        all,
        counting(readings, counter),
        name,
        counter.meaning(),
        reading -> reading.totals().get(counter));
  }

  private static void withoutEntry(
      MetricSnapshots.Builder all,
      Map<Protocol, ProtocolTotals> readings,
      String name,
      Counter counter) {
    counters(
        all,
        counting(readings, counter),
        name,
        counter.label()
            + " that are counted in the totals alone: beyond max-flows, or refused before they got"
            + " an entry",
        reading -> reading.withoutEntry().get(counter));
  }

  /** The protocols that count such a thing. */
  private static Map<Protocol, ProtocolTotals> counting(
      Map<Protocol, ProtocolTotals> readings, Counter counter) {
    Map<Protocol, ProtocolTotals> counting = new EnumMap<>(readings);
    counting.keySet().removeIf(protocol -> !counter.appliesTo(protocol));
    return counting;
  }

  private static void counters(
      MetricSnapshots.Builder all,
      Map<Protocol, ProtocolTotals> readings,
      String name,
      String help,
      ToLongFunction<ProtocolTotals> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    readings.forEach(
        (protocol, reading) ->
            counter.dataPoint(point(value.applyAsLong(reading), "protocol", protocol.label())));
    all.metricSnapshot(counter.build());
  }

  static void counter(MetricSnapshots.Builder all, String name, String help, double value) {
    all.metricSnapshot(
        CounterSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
            .build());
  }

  static void gauge(MetricSnapshots.Builder all, String name, String help, double value) {
    all.metricSnapshot(
        GaugeSnapshot.builder().name(name).help(help).dataPoint(gaugePoint(value)).build());
  }

  static CounterDataPointSnapshot point(double value, String... labels) {
    return CounterDataPointSnapshot.builder().value(value).labels(Labels.of(labels)).build();
  }

  static GaugeDataPointSnapshot gaugePoint(double value, String... labels) {
    return GaugeDataPointSnapshot.builder().value(value).labels(Labels.of(labels)).build();
  }

  private static String label(HttpRefusal refusal) {
    return refusal.name().toLowerCase(Locale.ROOT);
  }

  private static String label(Counter counter) {
    return counter.reason().toLowerCase(Locale.ROOT).replace(' ', '_');
  }
}
