package io.dualport.completion;

import io.dualport.report.ControlCharacters;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code completion} of every program: it prints a script made from its commands. */
@Command(
    name = "completion",
    header = "Prints a script that makes a shell complete commands, options and values.",
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "${ROOT-COMMAND-NAME} completion bash|zsh",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the script is printed", "2:bad command line"},
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(${ROOT-COMMAND-NAME} completion bash)   in ~/.bashrc; with zsh in ~/.zshrc",
      "  ${ROOT-COMMAND-NAME} completion zsh > ~/.zfunc/_${ROOT-COMMAND-NAME}   in a folder of"
          + " fpath",
      "",
      "./dual completion prints one script for ./dual and all programs. For the jar alone, make a",
      "function (zsh completes no alias of java): ${ROOT-COMMAND-NAME}() { java -jar JAR \"$@\"; }",
    })
public final class CompletionCommand implements Runnable {
  private final String fallback;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "bash|zsh", description = "The shell that is to read the script.")
  private String shell;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  private boolean help;

  /** For a program that takes its options without a command, or shows its help then. */
  public CompletionCommand() {
    this("");
  }

  /**
   * @param fallback the command that is meant where none is typed
   */
  public CompletionCommand(String fallback) {
    this.fallback = fallback;
  }

  @Override
  public void run() {
    Shell asked =
        Shell.named(shell)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "no completion for '"
                            + ControlCharacters.escaped(shell)
                            + "': must be bash or zsh"));
    PrintWriter out = spec.commandLine().getOut();
    out.print(asked.script(Completions.of(spec.root(), fallback)));
    out.flush();
  }
}
