package io.dualport.lab;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.report.Machine;
import io.dualport.lab.report.StoryReport;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code run}. */
@Command(
    name = "run",
    header = "Runs experiments on this kernel and holds what it returns against the rules.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab run [OPTIONS] ID...|WORDS",
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing surprised: every answer was the predicted one, or was skipped",
      "1:the kernel returned something else at least once, or a run failed",
      "2:bad command line",
      "141:nobody reads its output any more, as after head",
    },
    footer = {
      "",
      "Traffic stays on loopback. Sysctls are touched in a private network namespace alone, which",
      "ends with the experiment; so does everything else, also when interrupted. What needs root,",
      "another tool or another system is skipped, and the reason is printed.",
    })
final class RunCommand implements LabSubcommand {
  @Mixin private LabOptions common;

  @Parameters(
      arity = "1..*",
      paramLabel = "ID",
      completionCandidates = Experiments.Names.class,
      description =
          "As dual-lab list shows them, or all (which leaves out the long ones); or words that the"
              + " title, the question or a claim of one of them has.")
  private List<String> ids;

  @Override
  public LabExit run(Map<String, String> environment, PrintStream out, PrintStream err) {
    List<Experiment> experiments = Experiments.named(ids);
    StoryReport report =
        new StoryReport(
            out, common.format(), common.language(), common.colours(environment), Machine.here());
    try (StoppableRun run = new StoppableRun()) {
      return tell(experiments, run, report);
    } catch (InterruptedException e) {
      return LabExit.SURPRISE;
    }
  }

  private static LabExit tell(List<Experiment> experiments, StoppableRun run, StoryReport report)
      throws InterruptedException {
    List<Story> stories = new ArrayList<>();
    report.begin();
    for (Experiment experiment : experiments) {
      Story story = run.run(experiment);
      report.story(story);
      stories.add(story);
      if (report.isLost()) {
        return LabExit.SURPRISE;
      }
    }
    report.end(stories);
    return stories.stream().anyMatch(story -> story.verdict() == StoryVerdict.SURPRISE)
        ? LabExit.SURPRISE
        : LabExit.AS_PREDICTED;
  }
}
