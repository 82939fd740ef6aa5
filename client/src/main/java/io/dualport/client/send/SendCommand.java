package io.dualport.client.send;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.ProgressChoice;
import io.dualport.client.command.SocketOptions;
import io.dualport.client.command.StopSignal;
import io.dualport.client.command.Subcommand;
import io.dualport.client.target.Target;
import io.dualport.config.Settings;
import io.dualport.report.Format;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
        "%nOptions (command line > DUAL_CLIENT_... environment > --config > default;%n"
            + "TIME is 500ms, 5s, 5m or a number of seconds):%n",
    exitCodeListHeading = "%nExit codes:%n",
    footerHeading = "%nVerdicts:%n",
    footer = {
      Subcommand.VERDICTS,
      "",
      "Examples:",
      "  dual-client localhost:8888                      both, from one source port",
      "  dual-client [::1]:8888 --size 9000              larger than most links carry whole",
      "  dual-client lb.example:443 --protocol udp       does UDP pass the load balancer?",
      "  dual-client host:8888 --count 1000 --interval 0 as fast as 32 in flight allow",
      "  dual-client host:8888 --format json             keys with their unit, times in ns",
      "",
      "SIGINT (Ctrl-C) and SIGTERM end it early with the result so far.",
      "JSON: {title, rows: [one object for each protocol], notes: [the conclusion]};",
      "missing values are null, every ...Nanos is a number of nanoseconds.",
    })
public final class SendCommand implements Subcommand {
  @Mixin private SocketOptions sockets;
  @Mixin private CommonOptions common;

  @Parameters(
      arity = "1..2",
      hideParamSyntax = true,
      paramLabel = "HOST:PORT",
      description =
          "The server, or HOST PORT; IPv6 as [::1]:8888. Of a name, the first address is taken.")
  private List<String> target;

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
      names = "--stamp",
      paramLabel = "on|off",
      description = "Ask the server for the five-tuple it sees. Default: on.")
  private String stamp;

  @Option(
      names = "--progress",
      paramLabel = "auto|quiet",
      description = "Text: a line for each reply as it comes, before the summary. Default: auto.")
  private String progress;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    SendSettings asked = SendSettings.of(settings);
    Target server = Target.parse(target);
    try (StopSignal signal = new StopSignal()) {
      SendResult result = result(server, asked, signal.asked(), out);
      out.print(new SendReport(result).render(asked.format()));
      out.flush();
      return signal.ended(result.exitStatus()); // the hook ends the process with that
    }
  }

  /** JSON and Markdown are one document each; only text may come bit by bit. */
  private static SendResult result(
      Target server, SendSettings asked, CompletableFuture<Void> stop, PrintStream out) {
    if (asked.format() != Format.TEXT || asked.progress() == ProgressChoice.QUIET) {
      return new SendRun(server, asked, stop, line -> {}).run();
    }
    try (Replies replies = new Replies(out)) {
      return new SendRun(server, asked, stop, replies::say).run();
    }
  }
}
