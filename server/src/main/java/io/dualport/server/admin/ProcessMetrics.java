package io.dualport.server.admin;

import com.sun.management.UnixOperatingSystemMXBean;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What every exporter says of its own process, under the names that the Prometheus client libraries
 * gave these metrics, so that ready-made dashboards find them.
 */
final class ProcessMetrics {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMetrics() {}

  static void add(MetricSnapshots.Builder all) {
    Metrics.gauge(
        all,
        "process_start_time_seconds",
        "when the process started, in Unix time",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0);
    ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .ifPresent(
            cpu ->
                Metrics.counter(
                    all,
                    "process_cpu_seconds",
                    "processor time, user and system",
                    cpu.toNanos() / (double) TimeUnit.SECONDS.toNanos(1)));
    residentBytes()
        .ifPresent(
            bytes ->
                Metrics.gauge(
                    all, "process_resident_memory_bytes", "memory that is resident", bytes));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      Metrics.gauge(all, "process_open_fds", "open descriptors", unix.getOpenFileDescriptorCount());
      Metrics.gauge(
          all, "process_max_fds", "open descriptors at most", unix.getMaxFileDescriptorCount());
    }
    memory(all);
    collections(all);
  }

  /** As proc_pid_status(5) gives it; empty on other systems. */
  private static OptionalLong residentBytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst();
    } catch (IOException absent) {
      return OptionalLong.empty();
    }
  }

  private static void memory(MetricSnapshots.Builder all) {
    GaugeSnapshot.Builder used =
        GaugeSnapshot.builder().name("jvm_memory_used_bytes").help("memory in use, by area");
    GaugeSnapshot.Builder max =
        GaugeSnapshot.builder()
            .name("jvm_memory_max_bytes")
            .help("memory at most, by area; -1 = no limit");
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    MemoryUsage other = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
    used.dataPoint(Metrics.gaugePoint(heap.getUsed(), "area", "heap"));
    used.dataPoint(Metrics.gaugePoint(other.getUsed(), "area", "nonheap"));
    max.dataPoint(Metrics.gaugePoint(heap.getMax(), "area", "heap"));
    max.dataPoint(Metrics.gaugePoint(other.getMax(), "area", "nonheap"));
    all.metricSnapshot(used.build());
    all.metricSnapshot(max.build());
  }

  private static void collections(MetricSnapshots.Builder all) {
    SummarySnapshot.Builder seconds =
        SummarySnapshot.builder()
            .name("jvm_gc_collection_seconds")
            .help("time spent in garbage collections, and how many there were");
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      seconds.dataPoint(
          SummaryDataPointSnapshot.builder()
              .labels(Labels.of("gc", collector.getName()))
              .count(Math.max(0, collector.getCollectionCount()))
              .sum(Math.max(0, collector.getCollectionTime()) / 1000.0)
              .build());
    }
    all.metricSnapshot(seconds.build());
  }
}
