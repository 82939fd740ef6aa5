package io.dualport.acceptance;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Ends what a test class has started and left running: a test that fails half-way may not have come
 * to the line that stops its server. JUnit finds it among the services.
 */
public final class LeftProcesses implements TestExecutionListener {
  @Override
  public void executionFinished(TestIdentifier finished, TestExecutionResult result) {
    if (finished.getSource().filter(ClassSource.class::isInstance).isPresent()) {
      for (ProcessHandle process : ProcessHandle.current().descendants().toList()) {
        process
            .info()
            .commandLine() // none where it has ended meanwhile
            .ifPresent(
                line ->
                    System.out.println(
                        "left running by " + finished.getDisplayName() + ": " + line));
        process.destroyForcibly();
      }
    }
  }
}
