package io.dualport.client.load;

import io.dualport.client.load.count.ProtocolCounts;
import io.dualport.client.load.engine.Generator;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.plan.Sources;
import io.dualport.client.load.plan.Timetable;
import io.dualport.client.load.report.LoadLogWriter;
import io.dualport.client.load.report.LoadResult;
import io.dualport.client.load.report.Observation;
import io.dualport.client.load.report.OpenFailure;
import io.dualport.client.load.report.Progress;
import io.dualport.client.target.Target;
import io.dualport.client.target.UnresolvedException;
import io.dualport.report.Words;
import io.dualport.transport.Segmentation;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** One run of {@code load}: open everything, then warm up, measure, drain. */
final class LoadRun {
  /** From the last connection to the first message, so that every thread is there by then. */
  private static final long HEAD_START_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long LOOK_FOR_CAPTURES_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long an interrupted run waits for what is in flight. */
  private static final Duration INTERRUPTED_DRAIN = Duration.ofSeconds(1);

  private final LoadSettings settings;
  private final LoadPlan plan;
  private final PrintStream err;
  private final long epochOffset;
  private final AtomicReference<Timetable> timetable = new AtomicReference<>();
  private final List<Generator> generators = new ArrayList<>();
  private boolean interrupted;

  /**
   * @throws LoadFailure if the target has no address or the sources are none of ours
   */
  LoadRun(Target target, LoadSettings settings, PrintStream err) throws LoadFailure {
    this.settings = settings;
    this.err = err;
    this.epochOffset =
        TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();
    InetSocketAddress remote = resolve(target);
    int cores =
        settings.threads() > 0 ? settings.threads() : Runtime.getRuntime().availableProcessors();
    long runId = settings.runId().orElseGet(ThreadLocalRandom.current()::nextLong);
    this.plan =
        new LoadPlan(
            settings,
            target,
            remote,
            runId,
            ThreadLocalRandom.current().nextLong(),
            Math.min(cores, settings.connections()),
            new MessageBytes(runId, settings.size(), epochOffset),
            Sources.of(settings, remote),
            new Segmentation(settings.segments(), settings.transport()));
    for (int i = 0; i < plan.threads(); i++) {
      generators.add(new Generator(plan, i, timetable));
    }
  }

  private InetSocketAddress resolve(Target target) throws LoadFailure {
    try {
      return new InetSocketAddress(target.resolve(settings.timeout()), target.port());
    } catch (UnresolvedException e) {
      throw new LoadFailure(Words.sentences(e.getMessage(), "Try: " + e.advice()), e);
    }
  }

  /**
   * Runs to the end, or until asked to stop. Blocks.
   *
   * @throws LoadFailure if nothing could be measured
   */
  LoadResult run(CompletableFuture<Void> stop) throws LoadFailure {
    try {
      for (int i = 0; i < generators.size(); i++) {
        new Thread(generators.get(i), "load-" + i).start();
      }
      awaitOpened(stop);
      // Not before: a run that cannot begin leaves an earlier log alone.
      try (LoadLogWriter log =
          settings.hdrLog() == null ? null : new LoadLogWriter(settings.hdrLog())) {
        return measure(stop, log);
      }
    } finally {
      generators.forEach(Generator::cancel);
    }
  }

  private List<ProtocolCounts> books() {
    return settings.protocol().protocols().stream()
        .map(
            protocol ->
                new ProtocolCounts(
                    protocol,
                    generators.stream().map(g -> g.ledger(protocol)).toList(),
                    generators.stream().map(g -> g.accounts(protocol)).toList()))
        .toList();
  }

  private void awaitOpened(CompletableFuture<Void> stop) throws LoadFailure {
    CompletableFuture<Void> opened = allOf(generators.stream().map(Generator::opened).toList());
    // One that cannot is enough to give up; all the others still say how far they came.
    CompletableFuture<Object> first = CompletableFuture.anyOf(opened, stop);
    AtomicReference<OpenFailure> failure = new AtomicReference<>();
    generators.forEach(
        generator ->
            generator
                .opened()
                .whenComplete(
                    (nothing, e) -> {
                      if (e != null) {
                        // Counts at once: what is closed from here on leaves its port to others.
                        failure.compareAndSet(null, OpenFailure.of(plan, books()));
                        generators.forEach(Generator::cancel);
                      }
                    }));
    try {
      first.join();
      opened.getNow(null);
    } catch (RuntimeException e) {
      generators.forEach(Generator::cancel);
      OpenFailure counted = failure.get();
      throw (counted == null ? OpenFailure.of(plan, books()) : counted).explained(e);
    }
    if (!opened.isDone()) {
      throw new LoadFailure("interrupted before all connections were open", null);
    }
  }

  private LoadResult measure(CompletableFuture<Void> stop, LoadLogWriter log) throws LoadFailure {
    Timetable times = times(System.nanoTime() + HEAD_START_NANOS);
    Observation observation =
        new Observation(
            books(), Progress.on(err, settings.progress(), System.getenv()), log, epochOffset);
    observation.begin(plan, times);
    timetable.set(times);
    CompletableFuture<Void> done = allOf(generators.stream().map(Generator::done).toList());
    long next = times.measureNanos() + settings.reportEvery().toNanos();
    while (!awaited(done, stop, Math.min(next - System.nanoTime(), LOOK_FOR_CAPTURES_NANOS))) {
      plan.segmentation().look();
      if (stop.isDone() && !interrupted) {
        interrupted = true;
        timetable.updateAndGet(t -> t.stoppedAt(System.nanoTime(), interruptedDrainNanos()));
      } else if (System.nanoTime() - next >= 0) {
        observation.interval(next);
        next += settings.reportEvery().toNanos();
      }
    }
    rethrow(done);
    long backlogNanos = generators.stream().mapToLong(Generator::backlogNanos).max().orElse(0);
    return observation.end(plan, timetable.get(), backlogNanos, interrupted);
  }

  private Timetable times(long begin) {
    long measure = begin + settings.warmup().toNanos();
    long end = measure + settings.duration().toNanos();
    long lastSend = settings.isOpenLoop() ? end + plan.timeoutNanos() : end;
    // A message sent at the very last is found lost with the second tick after its timeout.
    long drained = lastSend + plan.timeoutNanos() + 2 * Generator.tickNanos(plan.timeoutNanos());
    return new Timetable(begin, measure, end, lastSend, drained);
  }

  private long interruptedDrainNanos() {
    return Math.min(plan.timeoutNanos(), INTERRUPTED_DRAIN.toNanos());
  }

  /** Waits for the end, a wish to stop that is new, or the time. */
  private boolean awaited(
      CompletableFuture<Void> done, CompletableFuture<Void> stop, long waitNanos) {
    CompletableFuture<?> event = interrupted ? done : CompletableFuture.anyOf(done, stop);
    try {
      event.get(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return done.isDone();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop.complete(null);
    }
    return done.isDone();
  }

  private static void rethrow(CompletableFuture<Void> done) throws LoadFailure {
    try {
      done.join();
    } catch (RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new LoadFailure("the run broke off: " + cause, cause);
    }
  }

  private static CompletableFuture<Void> allOf(List<CompletableFuture<Void>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
  }
}
