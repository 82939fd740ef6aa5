package io.dualport.lab;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.experiment.Script;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Story;
import java.util.function.UnaryOperator;

/**
 * Runs experiments one after the other, each in a lab of its own that is closed after it. {@link
 * #stop} may come from another thread, at any time, and leaves nothing behind.
 */
final class ExperimentRunner {
  private final UnaryOperator<Prediction> foresight;
  private final UnaryOperator<SystemCalls> kernel;
  private Lab current;
  private boolean stopped;

  /**
   * @param foresight as {@link Notebook} takes it; {@link UnaryOperator#identity()} in earnest
   */
  ExperimentRunner(UnaryOperator<Prediction> foresight) {
    this(foresight, UnaryOperator.identity());
  }

  /**
   * @param kernel as {@link Lab} takes it; {@link UnaryOperator#identity()} in earnest
   */
  ExperimentRunner(UnaryOperator<Prediction> foresight, UnaryOperator<SystemCalls> kernel) {
    this.foresight = foresight;
    this.kernel = kernel;
  }

  /**
   * Runs one to its end, whatever it throws.
   *
   * @throws InterruptedException if the run is being stopped
   */
  Story run(Experiment experiment) throws InterruptedException {
    Script script = experiment.script();
    Notebook notes = new Notebook(script.page(), foresight);
    try (Lab lab = open(notes)) {
      notes.whole(
          () -> {
            Needs.loopback();
            script.run(lab, notes);
          });
    }
    if (isStopped()) {
      throw new InterruptedException("stopped");
    }
    return notes.story();
  }

  private synchronized Lab open(Notebook notes) throws InterruptedException {
    if (stopped) {
      throw new InterruptedException("stopped");
    }
    current = new Lab(notes, kernel);
    return current;
  }

  synchronized boolean isStopped() {
    return stopped;
  }

  /** Ends what runs, and waits until its processes are gone. */
  void stop() {
    Lab running;
    synchronized (this) {
      stopped = true;
      running = current;
    }
    if (running != null) {
      running.close();
    }
  }
}
