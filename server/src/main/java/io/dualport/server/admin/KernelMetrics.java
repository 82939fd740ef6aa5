package io.dualport.server.admin;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.server.kernel.KernelShare;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;

/** What the kernel says of the port, beside our own counters. */
final class KernelMetrics {
  /** The kernel's counts that tell of lost traffic; it has a hundred others. */
  private static final List<String> KERNEL_EVENTS =
      List.of(
          "Tcp.PassiveOpens",
          "Tcp.RetransSegs",
          "TcpExt.ListenOverflows",
          "TcpExt.ListenDrops",
          "Udp.InDatagrams",
          "Udp.OutDatagrams",
          "Udp.NoPorts",
          "Udp.InErrors",
          "Udp.RcvbufErrors",
          "Udp.SndbufErrors",
          "Udp6.InDatagrams",
          "Udp6.OutDatagrams",
          "Udp6.InErrors",
          "Udp6.RcvbufErrors");

  private KernelMetrics() {}

  static void add(MetricSnapshots.Builder all, KernelReading kernel) {
    GaugeSnapshot.Builder sockets =
        GaugeSnapshot.builder()
            .name("dualport_kernel_sockets")
            .help("sockets on the port in the kernel's table, by protocol and state");
    kernel
        .states()
        .forEach(
            (protocol, states) ->
                states.forEach(
                    (state, count) ->
                        sockets.dataPoint(
                            Metrics.gaugePoint(
                                count, "protocol", protocol.label(), "state", state.name()))));
    all.metricSnapshot(sockets.build());
    List<SocketRow> listeners = kernel.ownListenerRows();
    Metrics.gauge(
        all,
        "dualport_kernel_accept_queue_connections",
        "connections that wait to be accepted at our listeners",
        listeners.stream()
            .filter(row -> row.state() == SocketState.LISTEN)
            .mapToLong(SocketRow::receiveQueueBytes)
            .sum());
    Metrics.gauge(
        all,
        "dualport_kernel_receive_queue_bytes",
        "memory of datagrams that wait to be read at our sockets, overhead included",
        listeners.stream()
            .filter(row -> row.protocol() == Protocol.UDP)
            .mapToLong(SocketRow::receiveQueueBytes)
            .sum());
    Metrics.gauge(
        all,
        "dualport_kernel_dropped_datagrams",
        "datagrams the kernel dropped at our open sockets, mostly for a full receive queue",
        listeners.stream().mapToLong(SocketRow::drops).sum());
    CounterSnapshot.Builder events =
        CounterSnapshot.builder()
            .name("dualport_kernel_events")
            .help("the kernel's own counts since the start, of the whole network namespace");
    for (String key : KERNEL_EVENTS) {
      Long count = kernel.counters().get(key);
      if (count != null) {
        events.dataPoint(Metrics.point(Math.max(0, count), "counter", key));
      }
    }
    all.metricSnapshot(events.build());
    CounterSnapshot.Builder ours =
        CounterSnapshot.builder()
            .name("dualport_kernel_own_events")
            .help(
                "what of dualport_kernel_events is of this port, where it can be told; that of UDP"
                    + " is of IPv4 and IPv6 together, under the name of IPv4");
    for (KernelShare share : kernel.shares()) {
      // A socket's drops are a gauge of their own above: they go when it is closed.
      if (share.ours().isPresent() && !share.counters().contains("Udp.InErrors")) {
        ours.dataPoint(Metrics.point(share.ours().getAsLong(), "counter", share.counters().get(0)));
      }
    }
    all.metricSnapshot(ours.build());
  }
}
