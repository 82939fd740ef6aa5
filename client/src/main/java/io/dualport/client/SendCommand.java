package io.dualport.client;

import io.dualport.config.SettingException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The options of {@code send}. None has a default here, so that environment and file win where the
 * user typed nothing; the descriptions name the defaults of reference.conf.
 */
@Command(
    name = "send",
    header = "Sends a few messages on both protocols and compares every byte that comes back.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client [send] [OPTIONS] HOST:PORT",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading =
        "%nOptions (command line > DUAL_CLIENT_... environment > --config > default):%n",
    exitCodeListHeading = "%nExit codes:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-client localhost:8888                      both, from one source port",
      "  dual-client [::1]:8888 --size 9000              larger than most links carry whole",
      "  dual-client lb.example:443 --protocol udp       does UDP pass the load balancer?",
      "  dual-client host:8888 --count 1000 --interval 0 as fast as 32 in flight allow",
      "  dual-client host:8888 --format json             keys with their unit, times in ns",
      "",
      "JSON: {title, rows: [one object for each protocol], notes: [the conclusion]};",
      "missing values are null, every ...Nanos is a number of nanoseconds.",
    })
final class SendCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "HOST:PORT",
      description = "The server; IPv6 as [::1]:8888. Of a name, the first address is taken.")
  private String target;

  @Option(
      names = "--protocol",
      paramLabel = "both|tcp|udp",
      description = "Which of the two. Default: both.")
  private String protocol;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Messages for each protocol, 1 to 1000000. Default: 5.")
  private String count;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description =
          "Bytes of a message, 0 to 65507; with --protocol tcp to 16777216. Default: 128."
              + " From 96 on they carry a header that the server can stamp.")
  private String size;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      description =
          "From one message to the next, 0 to 1h; never more than 32 unanswered. Default: 10ms.")
  private String interval;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long any answer is waited for, 1ms to 1h. Default: 2s.")
  private String timeout;

  @Option(
      names = "--source-port",
      paramLabel = "N",
      description = "The port both sockets are bound to; 0 for any free on both. Default: 0.")
  private String sourcePort;

  @Option(
      names = "--stamp",
      paramLabel = "on|off",
      description = "Ask the server for the five-tuple it sees. Default: on.")
  private String stamp;

  @Option(
      names = "--format",
      paramLabel = "text|json|markdown",
      description = "How the result is written. Default: text.")
  private String format;

  @Option(
      names = "--transport",
      paramLabel = "auto|epoll|io_uring|kqueue|nio",
      description = "What drives the sockets. Default: auto.")
  private String transport;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "HOCON file with client { ... }; conf/client.conf explains every key.")
  private Path config;

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

  /**
   * Runs and prints the result.
   *
   * @throws SettingException if an option, a key or the target is refused
   */
  ExitStatus run(Map<String, String> environment, PrintStream out) {
    ClientSettings settings = ClientSettings.load(typed(), environment, config);
    SendResult result = new SendRun(Target.parse(target), settings).run();
    out.print(new SendReport(result).render(settings.format()));
    out.flush();
    return result.exitStatus();
  }

  /** The options that are configuration keys, as typed. */
  private Map<String, String> typed() {
    Map<String, String> typed = new LinkedHashMap<>();
    for (OptionSpec option : spec.options()) {
      if (option.getValue() instanceof String value) {
        typed.put(option.longestName().substring(2), value);
      }
    }
    return typed;
  }
}
