package io.dualport.server;

import io.dualport.commandline.ProgramStart;
import io.dualport.commandline.Refusal;
import io.dualport.completion.CompletionCommand;
import io.dualport.config.SettingException;
import io.dualport.server.settings.ServerSettings;
import io.dualport.server.view.StopRequest;
import io.dualport.terminal.WatchedOutput;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line. Its options have no defaults and are passed on as they were typed: what is not
 * typed comes from the layers below, and one place checks all of them.
 */
@Command(
    name = "dual-server",
    header = "Echoes TCP and UDP on one port number, and shows how the kernel keeps them apart.%n",
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-server [OPTIONS]",
    optionListHeading =
        "%nOptions (each is a key of the configuration as well, and DUAL_SERVER_KEY in the"
            + " environment;%nTIME is 500ms, 5s, 5m or a number of seconds):%n",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = ServerVersion.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped cleanly; a second signal ends the drain at once",
      "1:anything else; a stop that did not end",
      "2:bad command line or configuration",
      "3:could not bind the port on both protocols",
      "141:nobody reads standard output any more, as after head; stopped in order"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-server                           port 8888 on loopback",
      "  dual-server --port 0 --view json      any port free on both, one JSON object a line",
      "  dual-server --host any --udp-rate 100 open to the network, with a limit",
      "  dual-server --config conf/server.conf",
      "  dual-server completion bash           a script for bash or zsh"
    })
final class ServerCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServerCommand.class);

  private static final int USAGE_COLUMNS = 100;

  @Spec CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "HOCON file with a server { } section; see conf/server.conf")
  Path config;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "One number for both protocols; 0 = any that is free on both. Default: 8888.")
  String port;

  @Option(
      names = "--host",
      paramLabel = "any|LIST",
      description = "Addresses, comma between; any is 0.0.0.0 and ::. Default: 127.0.0.1.")
  String host;

  @Option(
      names = "--transport",
      paramLabel = "auto|epoll|io_uring|kqueue|nio",
      description = "What drives the sockets. Default: auto = epoll, else kqueue, else nio.")
  String transport;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Event loops; 0 = one a core. Default: 0.")
  String threads;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description =
          "Datagram sockets for each address, on as many loops. Default: auto, one for each loop on"
              + " epoll.")
  String shards;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "TCP connections at once; the next is closed at once and counted. Default: 10000.")
  String maxConnections;

  @Option(
      names = "--max-connections-per-source",
      paramLabel = "off|N",
      description = "Of those, from one source address. Default: off.")
  String maxConnectionsPerSource;

  @Option(
      names = "--max-pending-bytes",
      paramLabel = "auto|BYTES",
      description =
          "Held for peers that do not read, all together, as in 64m. Default: auto, half of the"
              + " JVM's direct memory.")
  String maxPendingBytes;

  @Option(
      names = "--max-flows",
      paramLabel = "N",
      description =
          "Five-tuples with an entry; others are echoed and counted in the totals. Default:"
              + " 100000.")
  String maxFlows;

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      description = "Ends a TCP connection and a UDP entry on which nothing moves. Default: 5m.")
  String idleTimeout;

  @Option(
      names = "--udp-rate",
      paramLabel = "off|N",
      description = "Replies a second and source address. Default: off.")
  String udpRate;

  @Option(
      names = "--guard",
      paramLabel = "on|off",
      description = "No UDP reply to likely reflectors; off for experiments only. Default: on.")
  String guard;

  @Option(
      names = "--stamp",
      paramLabel = "on|off",
      description = "Write into probe messages how they arrived. Default: on.")
  String stamp;

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      description = "How long a stop waits for open connections. Default: 5s.")
  String drain;

  @Option(
      names = "--admin",
      paramLabel = "off|auto|ADDRESS:PORT",
      description = "Dashboard, JSON, /metrics. Default: auto = 127.0.0.1:8889.")
  String admin;

  @Option(
      names = "--view",
      paramLabel = "auto|live|log|json|quiet",
      description =
          "live is like top, log has lines, json objects. Default: auto = live on a terminal, else"
              + " log.")
  String view;

  @Option(
      names = "--report-every",
      paramLabel = "TIME",
      description =
          "Between progress lines; 0s = none. Default: auto = 10s, with the live view 1s.")
  String reportEvery;

  private final Map<String, String> environment;
  private final WatchedOutput out;
  private final PrintStream err;
  private final StopRequest stop;

  private ServerCommand(
      Map<String, String> environment, WatchedOutput out, PrintStream err, StopRequest stop) {
    this.environment = environment;
    this.out = out;
    this.err = err;
    this.stop = stop;
  }

  /**
   * Runs the program.
   *
   * @param args as typed
   * @param environment usually {@link System#getenv()}
   * @param stop asked by whoever wants the server to stop
   */
  static ExitCode run(
      String[] args,
      Map<String, String> environment,
      WatchedOutput out,
      PrintStream err,
      StopRequest stop) {
    CommandLine command =
        new CommandLine(new ServerCommand(environment, out, err, stop))
            .addSubcommand(completion())
            .setUsageHelpWidth(USAGE_COLUMNS)
            .setOut(ProgramStart.writer(out.printer()))
            .setErr(ProgramStart.writer(err))
            .setParameterExceptionHandler(
                (fault, arguments) -> {
                  DualServerMain.PROGRAM.refuse(err, Refusal.text(fault));
                  return ExitCode.REFUSED.number();
                })
            .setExecutionExceptionHandler(
                (fault, failed, parsed) -> {
                  LOG.error("unexpected fault", fault);
                  return ExitCode.FAILED.number();
                });
    return ExitCode.of(command.execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      ServerSettings settings = ServerSettings.load(ProgramStart.typed(spec), environment, config);
      return new ServerRun(settings, out, err, environment).until(stop).number();
    } catch (SettingException e) {
      err.println("dual-server: " + e.getMessage());
      return ExitCode.REFUSED.number();
    }
  }

  /** Not offered among the options; the examples name it. */
  private static CommandLine completion() {
    CommandLine completion = new CommandLine(new CompletionCommand());
    completion.getCommandSpec().usageMessage().hidden(true);
    return completion;
  }
}
