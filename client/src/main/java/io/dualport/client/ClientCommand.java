package io.dualport.client;

import io.dualport.client.check.CheckCommand;
import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.Subcommand;
import io.dualport.client.load.LoadCommand;
import io.dualport.client.merge.MergeCommand;
import io.dualport.client.send.SendCommand;
import io.dualport.client.verify.VerifyCommand;
import io.dualport.completion.CompletionCommand;
import java.util.List;
import picocli.CommandLine;
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
    })
final class ClientCommand {
  /** All commands, in the order of the help. */
  private static final List<String> NAMES = List.of("send", "check", "load", "merge", "verify");

  private static final List<String> WITH_SOCKETS = List.of("send", "check", "load");

  private static final List<String> VERSION = List.of("-V", "--version");

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

  private static Subcommand command(String name) {
    return switch (name) {
      case "send" -> new SendCommand();
      case "check" -> new CheckCommand();
      case "load" -> new LoadCommand();
      case "merge" -> new MergeCommand();
      case "verify" -> new VerifyCommand();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** The program with everything that can be typed. */
  static CommandLine whole() {
    CommandLine program = with(NAMES);
    program.addSubcommand(new CompletionCommand(Subcommand.DEFAULT));
    return program;
  }

  /**
   * The program as far as this command line needs it: to make a command of annotations takes longer
   * than a check takes on the network.
   */
  static CommandLine typed(String[] args) {
    String first = args.length == 0 ? Subcommand.DEFAULT : args[0];
    if (NAMES.contains(first)) {
      return with(List.of(first));
    }
    if (first.contains(":")) {
      return with(List.of(Subcommand.DEFAULT));
    }
    boolean isVersion = args.length == 1 && VERSION.contains(first);
    return isVersion ? with(List.of()) : whole();
  }

  /** Whether this command line, if it is right, drives sockets. */
  static boolean opensSockets(String[] args) {
    return args.length > 0 && (WITH_SOCKETS.contains(args[0]) || args[0].contains(":"));
  }

  private static CommandLine with(List<String> names) {
    CommandLine program = new CommandLine(new ClientCommand());
    program.setExpandAtFiles(false); // --send @FILE names bytes, not words of the command line
    names.forEach(name -> program.addSubcommand(command(name)));
    return program;
  }
}
