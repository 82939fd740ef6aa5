package io.dualport.client.load;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.SocketOptions;
import io.dualport.client.command.StopSignal;
import io.dualport.client.command.Subcommand;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.load.report.LoadReport;
import io.dualport.client.load.report.LoadResult;
import io.dualport.client.target.Target;
import io.dualport.config.Setting;
import io.dualport.config.Settings;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The options of {@code load}. None has a default here, so that environment and file win where the
 * user typed nothing; the descriptions name the defaults of reference.conf.
 */
@Command(
    name = "load",
    header = "Keeps both protocols busy at once and measures rate, latency and loss.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client load [OPTIONS] HOST:PORT",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading =
        "%nOptions (command line > DUAL_CLIENT_LOAD_... environment > --config > default;%n"
            + "TIME is 500ms, 5s, 5m or a number of seconds):%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every message came back whole",
      "1:loss, damage, errors or unsent messages, or it could not begin; the notes say why",
      "2:bad command line or configuration"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-client load localhost:8888                               as fast as the echoes come",
      "  dual-client load host:8888 --connections 64 --depth 16        more in flight",
      "  dual-client load host:8888 --rate 20000 --connections 16      open loop: shows stalls",
      "  dual-client load host:8888 --size 64..1400 --verify all       every byte compared",
      "  dual-client load host:8888 --protocol tcp --connect-per-message --close rst",
      "  dual-client load host:8888 --rate 1000 --duration 10m --hdr-log run.hlog --format json",
      "",
      "--timeout: a datagram without echo by then is lost. TCP gives no message up before the end.",
      "The result goes to standard output, progress to standard error. SIGINT (Ctrl-C) and SIGTERM"
          + " end",
      "the run early with the result so far; it waits at most a second for what is in flight.",
      "JSON: {title, rows: [one object for each protocol], notes,",
      "flows: [one object for each five-tuple, warm-up included], flowsLeftOut,",
      "outages: [from when to when no echo came back]}; ...Nanos is nanoseconds.",
    })
public final class LoadCommand implements Subcommand {
  /** The keys of this command alone. */
  public static final List<Setting<?>> KEYS = LoadSettings.KEYS;

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
      names = "--connections",
      paramLabel = "N",
      description =
          "TCP connections, and as many UDP sockets, in pairs with one source port where it is free"
              + " on both, 1 to 1000000. Default: 1.")
  private String connections;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "Closed loop: messages in flight on each connection, 1 to 1048576. Default: 1.")
  private String depth;

  @Option(
      names = "--rate",
      paramLabel = "off|N",
      description =
          "Open loop: so many messages a second for each protocol, whatever comes back; latency"
              + " counts from the intended send time. Default: off.")
  private String rate;

  @Option(
      names = "--arrivals",
      paramLabel = "poisson|constant",
      description = "Open loop: gaps between messages, random or equal. Default: poisson.")
  private String arrivals;

  @Option(
      names = "--max-in-flight",
      paramLabel = "N",
      description =
          "Open loop: beyond so many on one connection a message waits, and its latency counts on."
              + " Default: 1024.")
  private String maxInFlight;

  @Option(
      names = "--size",
      paramLabel = "BYTES|MIN..MAX",
      description =
          "Bytes of a message, 8 to 65507; with --protocol tcp to 16777216. Default: 128.")
  private String size;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      description = "How long is measured, 100ms to 1d. Default: 10s.")
  private String duration;

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      description = "How long before that is sent and not counted, 0 to 1h. Default: 2s.")
  private String warmup;

  @Option(
      names = "--verify",
      paramLabel = "all|sample|off",
      description = "Compare every byte, those of one message in 16, none. Default: all.")
  private String verify;

  @Option(
      names = "--connect-per-message",
      description =
          "TCP: connect, one message, echo, close; a new five-tuple each time. Default: off.")
  private Boolean connectPerMessage;

  @Option(
      names = "--close",
      paramLabel = "fin|rst",
      description =
          "With --connect-per-message: close orderly, which keeps the port in TIME_WAIT, or reset."
              + " Default: fin.")
  private String close;

  @Option(
      names = "--sources",
      paramLabel = "auto|A,B,...",
      description =
          "Addresses to send from in turn; auto is the kernel's choice, spread over 127.0.0.x where"
              + " one has too few ports. Default: auto.")
  private String sources;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Event loops; 0 is one for each core. Default: 0.")
  private String threads;

  @Option(
      names = "--udp-gso",
      paramLabel = "auto|on|off",
      description =
          "UDP: messages of one size that are due together leave as one segmented datagram (Linux,"
              + " epoll); auto: in a closed loop, unless somebody captures here. Default: auto.")
  private String udpGso;

  @Option(
      names = "--hdr-log",
      paramLabel = "off|FILE",
      description = "HdrHistogram interval log, tagged tcp and udp. Default: off.")
  private String hdrLog;

  @Option(
      names = "--report-every",
      paramLabel = "TIME",
      description = "Interval of progress and log, 100ms to 1h. Default: 1s.")
  private String reportEvery;

  @Option(
      names = "--report-flows",
      paramLabel = "N",
      description =
          "JSON: five-tuples listed for each protocol, 0 to 100000; the others are summed up."
              + " Default: 1000.")
  private String reportFlows;

  @Option(
      names = "--progress",
      paramLabel = "auto|quiet",
      description = "Progress on standard error: redrawn on a terminal, else lines. Default: auto.")
  private String progress;

  @Option(
      names = "--run-id",
      paramLabel = "random|HEX",
      description = "16 hexadecimal digits that several machines share. Default: random.")
  private String runId;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    LoadSettings asked = LoadSettings.of(settings);
    Target server = Target.parse(target);
    try (StopSignal signal = new StopSignal()) {
      ExitStatus status;
      try {
        LoadResult result = new LoadRun(server, asked, err).run(signal.asked());
        out.print(new LoadReport(result).render(asked.format()));
        out.flush();
        status = result.exitStatus();
      } catch (LoadFailure e) {
        err.println("dual-client: " + e.getMessage());
        err.flush();
        status = ExitStatus.NOT_OPEN;
      }
      return signal.ended(status); // not before all is said: the hook ends the process
    }
  }
}
