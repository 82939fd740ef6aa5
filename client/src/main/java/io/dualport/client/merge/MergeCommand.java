package io.dualport.client.merge;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonKeys;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.Subcommand;
import io.dualport.config.Settings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The options of {@code merge}. */
@Command(
    name = "merge",
    header = "Makes one result of the logs of many machines, from their merged histograms.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client merge [OPTIONS] FILE...",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading =
        "%nOptions (command line > DUAL_CLIENT_... environment > --config > default):%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the logs are merged",
      "2:bad command line, or logs that cannot be merged; nothing is printed as a result",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-client merge a.hlog b.hlog                 two machines, one result",
      "  dual-client merge pods/*.hlog --format json     times in ns, missing values null",
      "",
      "Percentiles come from all latencies in one histogram. Echoed per second is the sum of each",
      "log's echoes over its own measured seconds; a note tells when the logs did not all run at"
          + " the",
      "same time. Refused: one run with different targets, different units, the same log twice,",
      "logs of other programs, damaged files. A run that was killed is merged, with a note.",
    })
public final class MergeCommand implements Subcommand {
  @Mixin private CommonOptions common;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Logs that dual-client load wrote with --hdr-log, also gzipped; up to "
              + Merge.MAX_FILES
              + ".")
  private List<Path> files;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    try {
      out.print(new MergeReport(Merge.of(files)).render(settings.get(CommonKeys.FORMAT)));
      out.flush();
      return ExitStatus.OPEN;
    } catch (RefusedLogException e) {
      err.println("dual-client: " + e.getMessage());
      return ExitStatus.REFUSED_INPUT;
    }
  }
}
