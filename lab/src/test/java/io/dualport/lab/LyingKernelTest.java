package io.dualport.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.kernel.Errno;
import io.dualport.lab.experiment.E08SharedByRule;
import io.dualport.lab.experiment.E21SpreadAndClosed;
import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Step;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The other half of the proof that verdicts are computed: between the experiments and the kernel
 * stands something that answers wrongly. A result written by hand would still be as predicted.
 */
@Tag("kernel")
class LyingKernelTest {
  /** "Not yet" makes the experiments wait and ask again, so it stays true. */
  private static final Set<Errno> NOT_YET = Set.of(Errno.EAGAIN, Errno.EINPROGRESS);

  private static final Pattern ERRNO = Pattern.compile("\\bE[A-Z]{4,}\\b");
  private static final Set<String> NO_ERRNO = Set.of("EAGAIN", "EINPROGRESS", "ESTABLISHED");

  /** Without 20, whose bytes are too many for calls through a pipe. */
  static Stream<Named<Experiment>> throughCalls() {
    return Experiments.all().stream()
        .filter(experiment -> !experiment.page().isLong() && !experiment.page().id().equals("20"))
        .map(experiment -> Named.of(experiment.getClass().getSimpleName(), experiment));
  }

  @ParameterizedTest
  @MethodSource("throughCalls")
  void shouldFindNoErrorThatTheKernelDidNotReturn(Experiment experiment) throws Exception {
    Story story = run(experiment, LyingKernelTest::withOtherErrors);

    assertThat(fulfilled(story)).filteredOn(LyingKernelTest::predictsAnError).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("throughCalls")
  void shouldFindNoSuccessThatTheKernelDidNotReturn(Experiment experiment) throws Exception {
    Story story = run(experiment, LyingKernelTest::refusingEverything);

    assertThat(fulfilled(story))
        .filteredOn(check -> check.prediction().expected().toString().contains("OK"))
        .isEmpty();
  }

  /** Some calls return nothing of note: whether they were made shows in what others return. */
  @Test
  void shouldFindNoEffectOfWhatWasNotSet() throws Exception {
    Story story = run(new E21SpreadAndClosed(), LyingKernelTest::withoutRuleAndClearing);

    assertThat(fulfilled(story))
        .extracting(check -> check.prediction().name())
        .contains("misplaced-guard")
        .isSubsetOf(
            "all-with-the-option",
            "another-program-joins",
            "guarded-members-share",
            "misplaced-guard",
            "other-user");
  }

  @Test
  void shouldFindNoRuleThatWasNotAttached() throws Exception {
    Story story = run(new E08SharedByRule(), LyingKernelTest::withoutRuleAndClearing);

    assertThat(story.checks()).isNotEmpty();
    assertThat(fulfilled(story)).isEmpty();
  }

  private static SystemCalls withoutRuleAndClearing(SystemCalls kernel) {
    return words -> {
      boolean rule = words.get(0).equals("spread");
      boolean clearing =
          words.get(0).equals("setsockopt")
              && words.get(2).equals("SO_REUSEPORT")
              && words.get(3).equals("0");
      return rule || clearing ? Reply.ok() : kernel.call(words);
    };
  }

  private static Story run(Experiment experiment, UnaryOperator<SystemCalls> kernel)
      throws Exception {
    return new ExperimentRunner(UnaryOperator.identity(), kernel).run(experiment);
  }

  private static SystemCalls withOtherErrors(SystemCalls kernel) {
    return words -> {
      Reply reply = kernel.call(words);
      boolean kept = reply.isOk() || !reply.isHere() || NOT_YET.contains(reply.errno());
      return kept ? reply : Reply.error(Errno.EPERM);
    };
  }

  private static SystemCalls refusingEverything(SystemCalls kernel) {
    Set<String> refused = Set.of("bind", "listen", "connect");
    return words -> refused.contains(words.get(0)) ? Reply.error(Errno.EPERM) : kernel.call(words);
  }

  private static List<Step.Check> fulfilled(Story story) {
    return story.checks().stream()
        .filter(check -> check.verdict() == StoryVerdict.AS_PREDICTED)
        .toList();
  }

  private static boolean predictsAnError(Step.Check check) {
    return ERRNO
        .matcher(check.prediction().expected().toString())
        .results()
        .anyMatch(match -> !NO_ERRNO.contains(match.group()));
  }
}
