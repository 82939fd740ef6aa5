package io.dualport.lab;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program itself: its commands, and what a newcomer types first. */
@Command(
    name = "dual-lab",
    header = "Answers every question about sharing ports with real sockets on this kernel.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab COMMAND [OPTIONS]",
    commandListHeading = "%nCommands (each has its own --help):%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-lab list                     what there is to run",
      "  dual-lab questions                what the articles ask, and which experiment answers it",
      "  dual-lab run 10                   \"Address already in use\" after a restart",
      "  dual-lab run \"one port\"           the experiment that speaks of it",
      "  dual-lab run all --lang zh        every experiment, told in Chinese",
      "  dual-lab matrix --format json     who may bind beside whom, every pair",
    },
    subcommands = {
      ListCommand.class,
      QuestionsCommand.class,
      RunCommand.class,
      MatrixCommand.class,
      DocsCommand.class
    })
final class LabCommand {
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
}
