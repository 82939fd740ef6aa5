package io.dualport.server.admin;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.concurrent.TimeUnit;

/** What every exporter says of its own process, under the names that dashboards expect. */
final class ProcessMetrics {
  private ProcessMetrics() {}

  static void add(MetricSnapshots.Builder all) {
    Metrics.gauge(
        all,
        "process_start_time_seconds",
        "When the process started, in Unix time.",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0);
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(
            cpu ->
                Metrics.counter(
                    all,
                    "process_cpu_seconds",
                    "CPU time of the process, user and system.",
                    cpu.toNanos() / (double) TimeUnit.SECONDS.toNanos(1)));
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    Metrics.gauge(all, "jvm_memory_heap_used_bytes", "Heap in use.", heap.getUsed());
    Metrics.gauge(all, "jvm_memory_heap_max_bytes", "Heap at most; -1 = no limit.", heap.getMax());
    CounterSnapshot.Builder seconds =
        CounterSnapshot.builder()
            .name("jvm_gc_collection_seconds")
            .help("Time spent in garbage collection, by collector.");
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      seconds.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(Labels.of("collector", collector.getName()))
              .value(Math.max(0, collector.getCollectionTime()) / 1000.0)
              .build());
    }
    all.metricSnapshot(seconds.build());
  }
}
