package io.dualport.lab;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.matrix.MatrixResult;
import io.dualport.lab.report.Colours;
import io.dualport.lab.report.Machine;
import io.dualport.lab.report.StoryReport;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import io.dualport.report.Format;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code docs}: both languages from one run. */
@Command(
    name = "docs",
    header = "Writes EXPERIMENTS.md and EXPERIMENTS.zh-CN.md from one run on this kernel.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab docs FOLDER",
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:written; nothing surprised and nothing was skipped",
      "1:written, with surprises or with parts that could not run here; or not written",
      "2:bad command line",
      "141:nobody reads its output any more, as after head",
    })
final class DocsCommand implements LabSubcommand {
  @Parameters(
      arity = "1",
      paramLabel = "FOLDER",
      description = "Where the two files are put; those that are there are replaced.")
  private Path folder;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  private boolean help;

  @Override
  public LabExit run(Map<String, String> environment, PrintStream out, PrintStream err) {
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new IllegalArgumentException(folder + " is not a folder that can be written to");
    }
    try {
      List<Story> stories = stories(err);
      Optional<MatrixResult> matrix = MatrixCommand.ask();
      for (Language language : Language.values()) {
        Path file = folder.resolve(fileName(language));
        write(file, language, stories, matrix);
        out.println(file);
      }
      boolean complete =
          matrix.isPresent()
              && matrix.get().surprises() == 0
              && stories.stream()
                  .allMatch(
                      story ->
                          story.verdict() == StoryVerdict.AS_PREDICTED && story.skips().isEmpty());
      return complete ? LabExit.AS_PREDICTED : LabExit.SURPRISE;
    } catch (IOException | FailedException e) {
      err.println("dual-lab: " + e.getMessage());
      return LabExit.SURPRISE;
    } catch (InterruptedException e) {
      return LabExit.SURPRISE;
    }
  }

  private static List<Story> stories(PrintStream err) throws InterruptedException {
    List<Story> stories = new ArrayList<>();
    try (StoppableRun run = new StoppableRun()) {
      for (Experiment experiment : Experiments.named(List.of(Experiments.ALL_SHORT))) {
        Story story = run.run(experiment);
        err.println(story.page().id() + " " + story.verdict());
        for (var part : story.skips()) {
          err.println("  SKIPPED: " + part.heading() + ": " + part.skip().orElseThrow());
        }
        stories.add(story);
      }
    }
    return stories;
  }

  private static String fileName(Language language) {
    return switch (language) {
      case EN -> "EXPERIMENTS.md";
      case ZH -> "EXPERIMENTS.zh-CN.md";
    };
  }

  private static void write(
      Path file, Language language, List<Story> stories, Optional<MatrixResult> matrix)
      throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file);
        PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      StoryReport report =
          new StoryReport(out, Format.MARKDOWN, language, new Colours(false), Machine.here());
      report.begin();
      stories.forEach(report::story);
      if (matrix.isPresent()) {
        out.println(Bilingual.of("## Matrix: who may bind beside whom").in(language));
        out.println();
        out.println(matrix.get().render(Format.MARKDOWN, language));
      }
      report.end(stories);
      if (out.checkError()) {
        throw new IOException(file + " could not be written");
      }
    }
  }
}
