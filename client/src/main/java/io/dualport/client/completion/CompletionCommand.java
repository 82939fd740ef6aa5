package io.dualport.client.completion;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.Subcommand;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.report.ControlCharacters;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code completion}, which has no settings. */
@Command(
    name = "completion",
    header = "Prints a script that makes a shell complete commands, options and values.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client completion bash|zsh",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the script is printed", "2:bad command line or configuration"},
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(dual-client completion bash)                       in ~/.bashrc",
      "  source <(dual-client completion zsh)                        in ~/.zshrc",
      "  dual-client completion zsh > ~/.zfunc/_dual-client          in a folder of fpath",
      "",
      "It completes dual-client, and the client commands of ./dual and dual. For the jar alone, make",
      "a function (zsh completes no alias of java): dual-client() { java -jar JAR \"$@\"; }",
    })
public final class CompletionCommand implements Subcommand {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "bash|zsh", description = "The shell that is to read the script.")
  private String shell;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  private boolean version;

  @Override
  public CommonOptions common() {
    return new CommonOptions();
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    Shell asked =
        Shell.named(shell)
            .orElseThrow(
                () ->
                    new SettingException(
                        "no completion for '"
                            + ControlCharacters.escaped(shell)
                            + "': must be bash or zsh"));
    out.print(asked.script(Completions.of(spec.root())));
    out.flush();
    return ExitStatus.OPEN;
  }
}
