package io.dualport.lab.story;

import io.dualport.kernel.Errno;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Writes down one run of an experiment, as it happens.
 *
 * <p>One thread writes. A part that throws ends there; the parts after it are still tried.
 */
public final class Notebook {
  private final Page page;
  private final UnaryOperator<Prediction> foresight;
  private final List<Part> parts = new ArrayList<>();
  private final SortedSet<Integer> ports = new TreeSet<>();
  private List<Step> steps = new ArrayList<>();

  /**
   * @param foresight what becomes of a prediction before it is compared: nothing in a real run; a
   *     test puts a wrong one in its place, to see that the verdict follows the kernel
   */
  public Notebook(Page page, UnaryOperator<Prediction> foresight) {
    this.page = page;
    this.foresight = foresight;
  }

  /** What a section does. */
  @FunctionalInterface
  public interface Body {
    /** Runs it. */
    void run() throws Exception;
  }

  /**
   * A section of the story. What it throws ends it; the sections after it are still tried.
   *
   * @throws InterruptedException if the run is being stopped
   */
  public void part(Bilingual heading, Body body) throws InterruptedException {
    List<Step> outside = steps;
    steps = new ArrayList<>();
    Bilingual skipped = attempt(body);
    parts.add(new Part(heading, steps, skipped));
    steps = outside;
  }

  /**
   * For a section that builds on those before it.
   *
   * @throws SkippedException if one of them was skipped or failed
   */
  public void requireEarlierParts() throws SkippedException {
    for (Part part : parts) {
      if (part.isIncomplete()) {
        throw new SkippedException(
            Bilingual.of("it builds on \"%s\", which was not completed", part.heading()));
      }
    }
  }

  /**
   * The whole experiment. Calls outside of its sections become a first section of their own.
   *
   * @throws InterruptedException if the run is being stopped
   */
  public void whole(Body body) throws InterruptedException {
    Bilingual skipped = attempt(body);
    if (skipped != null || !steps.isEmpty()) {
      parts.add(0, new Part(Bilingual.of("Preparation"), steps, skipped));
    }
  }

  /** Why the body was skipped, or null. */
  private Bilingual attempt(Body body) throws InterruptedException {
    try {
      body.run();
    } catch (SkippedException e) {
      return e.reason();
    } catch (FailedException e) {
      steps.add(new Step.Failure(e.what()));
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      steps.add(failure(e));
    }
    return null;
  }

  private static Step failure(Exception e) {
    return new Step.Failure(Bilingual.same(e.getMessage() == null ? e.toString() : e.getMessage()));
  }

  /** A remark; the arguments are put in as {@link Bilingual#of} does. */
  public void say(@English String remark, Object... arguments) {
    steps.add(new Step.Remark(Bilingual.of(remark, arguments)));
  }

  /** A call that was made. */
  public void call(String program, String call, String result, Errno errno) {
    steps.add(new Step.Call(program, call, result, errno));
  }

  /** What a table of the kernel, or of ours, shows now. */
  public void observe(@English String caption, Table table) {
    steps.add(new Step.Observation(Bilingual.of(caption), table));
  }

  /** Lines that were seen as they are. */
  public void exhibit(@English String caption, String lines) {
    exhibit(Bilingual.of(caption), lines);
  }

  /** The same, under a caption with values in it. */
  public void exhibit(Bilingual caption, String lines) {
    steps.add(new Step.Exhibit(caption, lines));
  }

  /**
   * Holds a prediction against what was observed.
   *
   * @param observed what the kernel returned; compared as text
   * @throws IllegalArgumentException if the prediction is not on the experiment's page
   */
  public void check(Prediction prediction, Object observed) {
    if (page.predictions().stream().noneMatch(known -> known.name().equals(prediction.name()))) {
      throw new IllegalArgumentException(prediction.name() + " is not on the page of " + page.id());
    }
    steps.add(new Step.Check(foresight.apply(prediction), String.valueOf(observed)));
  }

  /** A port that the run uses: whoever captured it filters by it. */
  public void port(int port) {
    ports.add(port);
  }

  /** What was written so far, as a story. */
  public Story story() {
    return new Story(page, parts, ports);
  }
}
