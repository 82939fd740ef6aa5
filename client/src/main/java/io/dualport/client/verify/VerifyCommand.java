package io.dualport.client.verify;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonKeys;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.Subcommand;
import io.dualport.config.Setting;
import io.dualport.config.Settings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code verify}. */
@Command(
    name = "verify",
    header = "Holds the client's and the server's counters against captured packets.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client verify [OPTIONS] CAPTURE --run RESULT.json [--server FILE]...",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading =
        "%nOptions (command line > DUAL_CLIENT_VERIFY_... environment > --config > default):%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all counters that are known agree with the packets, number for number",
      "1:some do not; the verdicts say which side is right",
      "2:bad command line, or files that nothing can be judged with",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dual-client load host:8888 --format json > run.json        beside a running capture",
      "  dual-client verify run.pcapng --run run.json               client against packets",
      "  dual-client verify run.pcapng --run run.json --server server.json",
      "",
      "server.json: what dual-server --view json printed until it stopped, or answers of",
      "/api/flows?state=all. Messages are told by run id and sequence number, so other traffic, NAT"
          + " and",
      "any port do no harm. Needs Wireshark's tshark, 4.0 or newer.",
      "JSON: {title, rows: [one object for each five-tuple], notes}; null is not known.",
    })
public final class VerifyCommand implements Subcommand {
  private static final Setting<String> TSHARK =
      new Setting<>(
          "verify.tshark",
          "the name of a program",
          value -> {
            String name = String.valueOf(value.unwrapped()).trim();
            if (name.isEmpty()) {
              throw new IllegalArgumentException("no name");
            }
            return name;
          });

  /** The keys of this command alone. */
  public static final List<Setting<?>> KEYS = List.of(TSHARK);

  @Mixin private CommonOptions common;

  @Parameters(
      paramLabel = "FILE",
      description = "The capture: pcap, pcapng, or what else tshark reads, also compressed.")
  private Path capture;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "FILE",
      description = "What dual-client send or load printed with --format json, also gzipped.")
  private Path run;

  @Option(
      names = "--server",
      paramLabel = "FILE",
      description = "The server's counters; several times for several pages or readings.")
  private List<Path> server;

  @Option(
      names = "--tshark",
      paramLabel = "PROGRAM",
      description = "The program that reads captures, a name or a file. Default: tshark.")
  private String tshark;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    try {
      RunResult result = RunReader.read(run);
      ServerCounts counts = ServerReader.read(server == null ? List.of() : server);
      Tshark reader = Tshark.find(settings.get(TSHARK), System.getenv().getOrDefault("PATH", ""));
      Verification verification =
          Verification.of(result, CaptureReader.read(capture, result, reader), counts);
      out.print(new VerifyReport(verification).render(settings.get(CommonKeys.FORMAT)));
      out.flush();
      return verification.isAgreed() ? ExitStatus.OPEN : ExitStatus.NOT_OPEN;
    } catch (RefusedInputException e) {
      err.println("dual-client: " + e.getMessage());
      return ExitStatus.REFUSED_INPUT;
    } catch (OutOfMemoryError e) {
      err.println(
          "dual-client: the files are too large for Java's heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB; give it more: java -Xmx2g -jar ...");
      return ExitStatus.REFUSED_INPUT;
    }
  }
}
