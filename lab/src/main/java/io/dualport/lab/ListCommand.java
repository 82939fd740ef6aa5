package io.dualport.lab;

import io.dualport.lab.report.StoryReport;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code list}. */
@Command(
    name = "list",
    header = "Lists the experiments.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab list [OPTIONS]",
    optionListHeading = "%nOptions:%n")
final class ListCommand implements LabSubcommand {
  @Mixin private LabOptions common;

  @Override
  public LabExit run(Map<String, String> environment, PrintStream out, PrintStream err) {
    common.colours(environment); // refused here as elsewhere, although a list has none
    out.print(StoryReport.list(Experiments.pages(), common.format(), common.language()));
    return LabExit.AS_PREDICTED;
  }
}
