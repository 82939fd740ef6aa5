package io.dualport.lab;

import io.dualport.lab.report.QuestionsReport;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code questions}. */
@Command(
    name = "questions",
    header = "Lists every question and claim of the articles, and the chapter that answers it.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab questions [OPTIONS]",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "right: so it is. conditional: so it is where something else holds as well. wrong today:"
          + " this",
      "kernel does otherwise. dual-lab run ID shows it, and dual-lab run WORDS finds the chapter.",
    })
final class QuestionsCommand implements LabSubcommand {
  @Mixin private LabOptions common;

  @Override
  public LabExit run(Map<String, String> environment, PrintStream out, PrintStream err) {
    out.print(
        new QuestionsReport(Experiments.pages(), common.language())
            .render(common.format(), common.colours(environment)));
    return LabExit.AS_PREDICTED;
  }
}
