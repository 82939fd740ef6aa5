package io.dualport.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.story.Part;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every experiment, run on the kernel that runs the tests. */
class ExperimentsTest {
  private static final Prediction.Expected WRONG =
      new Prediction.Expected.Exactly("what no kernel returns");

  static Stream<Named<Experiment>> shortOnes() {
    return Experiments.all().stream()
        .filter(experiment -> !experiment.page().isLong())
        .map(experiment -> Named.of(experiment.getClass().getSimpleName(), experiment));
  }

  @Tag("kernel")
  @ParameterizedTest
  @MethodSource("shortOnes")
  void shouldFindTheKernelAsPredicted(Experiment experiment) throws Exception {
    Story story = new ExperimentRunner(UnaryOperator.identity()).run(experiment);

    for (Part part : story.skips()) {
      System.out.println("SKIPPED: " + part.heading() + ": " + part.skip().orElseThrow());
    }
    if (story.verdict() == StoryVerdict.SURPRISE && !isDocumentedKernel()) {
      String otherKernel =
          "SKIPPED: a surprise on a kernel that the documents are not of: " + story;
      System.out.println(otherKernel);
      Assumptions.abort(otherKernel);
    }
    assertThat(story.verdict()).as("%s", story).isNotEqualTo(StoryVerdict.SURPRISE);
    if (story.skips().isEmpty()) {
      assertThat(story.unchecked()).isEmpty();
    }
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  /** The predictions are of this version of Linux; an older one may rightly differ. */
  private static boolean isDocumentedKernel() throws Exception {
    String version = System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1");
    return Files.readString(Path.of("..", "docs", "EXPERIMENTS.md"))
        .contains("this kernel: Linux " + version + ".");
  }

  /** The verdict follows the kernel: with every prediction wrong, none may be fulfilled. */
  @Tag("kernel")
  @ParameterizedTest
  @MethodSource("shortOnes")
  void shouldBeSurprisedWhereThePredictionIsWrong(Experiment experiment) throws Exception {
    Story story = new ExperimentRunner(prediction -> prediction.expecting(WRONG)).run(experiment);

    assertThat(story.checks())
        .allSatisfy(check -> assertThat(check.verdict()).isEqualTo(StoryVerdict.SURPRISE));
    if (!story.checks().isEmpty()) {
      assertThat(story.verdict()).isEqualTo(StoryVerdict.SURPRISE);
    }
  }

  @Test
  void shouldHaveDistinctIdsAndPredictionNames() {
    assertThat(Experiments.all())
        .extracting(experiment -> experiment.page().id())
        .doesNotHaveDuplicates();
    assertThat(Experiments.all())
        .allSatisfy(
            experiment ->
                assertThat(experiment.page().predictions())
                    .extracting(Prediction::name)
                    .doesNotHaveDuplicates()
                    .isNotEmpty())
        .allSatisfy(
            experiment -> {
              assertThat(experiment.page().claims()).isNotEmpty();
              assertThat(experiment.page().filter()).isNotBlank();
            });
  }
}
