package io.dualport.lab;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.story.Story;
import java.util.function.UnaryOperator;

/** An {@link ExperimentRunner} that SIGINT and SIGTERM stop, for as long as it is open. */
final class StoppableRun implements AutoCloseable {
  private final ExperimentRunner runner = new ExperimentRunner(UnaryOperator.identity());
  private final Thread hook = new Thread(runner::stop, "stop");

  StoppableRun() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * @throws InterruptedException if the program is being stopped
   */
  Story run(Experiment experiment) throws InterruptedException {
    return runner.run(experiment);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyStopping) {
      // Then the hook does its work.
    }
  }
}
