package io.dualport.acceptance;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs test classes without Maven, whose repository another user cannot read. */
final class TestRun {
  private TestRun() {}

  /**
   * @param args names of classes, or of single tests as in {@code Class#method}; the exit code is 0
   *     if at least one ran and none failed
   */
  public static void main(String... args) {
    TestExecutionSummary summary = run(args);
    summary.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    System.out.printf(
        "%d passed, %d failed, %d skipped, in %.1f s%n",
        summary.getTestsSucceededCount(),
        summary.getTotalFailureCount(),
        summary.getTestsSkippedCount() + summary.getTestsAbortedCount(),
        (summary.getTimeFinished() - summary.getTimeStarted()) / 1e3);
    boolean isGood = summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0;
    System.exit(isGood ? 0 : 1);
  }

  static TestExecutionSummary run(String... names) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    Launcher launcher = LauncherFactory.create();
    launcher.execute(
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(names).map(TestRun::select).toList())
            .build(),
        summary);
    return summary.getSummary();
  }

  private static DiscoverySelector select(String name) {
    return name.contains("#")
        ? DiscoverySelectors.selectMethod(name)
        : DiscoverySelectors.selectClass(name);
  }
}
