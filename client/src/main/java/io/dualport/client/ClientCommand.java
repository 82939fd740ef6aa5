package io.dualport.client;

import io.dualport.client.check.CheckCommand;
import io.dualport.client.command.ClientVersion;
import io.dualport.client.load.LoadCommand;
import io.dualport.client.merge.MergeCommand;
import io.dualport.client.send.SendCommand;
import io.dualport.client.verify.VerifyCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program itself: its commands, and what a newcomer types first. */
@Command(
    name = "dual-client",
    header = "Drives TCP and UDP on one port, from one source port.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client [COMMAND] [OPTIONS] HOST:PORT",
    commandListHeading = "%nCommands (each has its own --help):%n",
    exitCodeListHeading = "%nExit codes:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-client localhost:8888        send, the default command",
      "  dual-client send --help           its options",
      "  dual-client check host:8888       is the port open on both, and if not, why",
      "  dual-client load --help           both protocols under load",
    },
    subcommands = {
      SendCommand.class,
      CheckCommand.class,
      LoadCommand.class,
      MergeCommand.class,
      VerifyCommand.class
    })
final class ClientCommand {
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
