package io.dualport.client.check;

import io.dualport.client.command.ClientVersion;
import io.dualport.client.command.CommonOptions;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.SocketOptions;
import io.dualport.client.command.Subcommand;
import io.dualport.client.target.Target;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code check}; none has a default here, as in {@link CommonOptions}. */
@Command(
    name = "check",
    header = "Tells whether a port is open on each protocol, and why not.",
    versionProvider = ClientVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-client check [OPTIONS] HOST:PORT",
    sortOptions = false,
    parameterListHeading = "%n",
    optionListHeading =
        "%nOptions (command line > DUAL_CLIENT_CHECK_... environment > --config > default;%n"
            + "TIME is 500ms, 5s, 5m or a number of seconds):%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every asked protocol is open at every address",
      "1:at least one is not; its verdict says why; or --same-server is not met",
      "2:bad command line or configuration"
    },
    footerHeading = "%nVerdicts:%n",
    footer = {
      Subcommand.VERDICTS,
      "",
      "Examples:",
      "  dual-client check lb.example:8888                 both protocols, every address",
      "  dual-client check lb.example:8888 --size 1200     what QUIC needs, no fragments",
      "  dual-client check [::1]:8888 --protocol udp --timeout 500ms --format json",
      "  dual-client check host:8888 >/dev/null && echo ok  in a shell, a CI job, a probe",
      "",
      "JSON: {title, rows: [one object for each address and protocol], notes: [conclusion]};",
      "what is not known is null, every ...Nanos is a number of nanoseconds.",
    })
public final class CheckCommand implements Subcommand {
  @Mixin private SocketOptions sockets;
  @Mixin private CommonOptions common;

  @Parameters(
      arity = "0..2",
      hideParamSyntax = true,
      paramLabel = "HOST:PORT",
      description =
          "The server, or HOST PORT; IPv6 as [::1]:8888. Of a name, every address is checked.")
  private List<String> target;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description =
          "The largest message that must come back, 1 to 65507. Default: 65507."
              + " Lower it to what your protocol sends: 1200 for QUIC, 512 for plain DNS.")
  private String size;

  @Option(
      names = "--as",
      paramLabel = "auto|echo|list|dns|kerberos|rpc|ldap|https|nfs|stun|sip|memcached",
      description =
          "What is asked for; list shows what that is. auto goes by"
              + " the port's number, and takes it for an echo where no service has it."
              + " Default: auto.")
  private String as;

  @Option(
      names = "--send",
      paramLabel = "DATA",
      description =
          "What is sent instead: text, hex:0d0a or @FILE. Once over TCP, up to three times over"
              + " UDP. Default: \"\".")
  private String send;

  @Option(
      names = "--send-tcp",
      paramLabel = "DATA",
      description = "What is sent over TCP, where that is something else. Default: \"\".")
  private String sendTcp;

  @Option(
      names = "--send-udp",
      paramLabel = "DATA",
      description = "What is sent over UDP, where that is something else. Default: \"\".")
  private String sendUdp;

  @Option(
      names = "--expect",
      paramLabel = "DATA",
      description = "How the answer to --send must begin. Default: \"\".")
  private String expect;

  @Option(names = "--expect-any", description = "Any answer to --send will do. Default: off.")
  private boolean expectAny;

  @Option(
      names = "--family",
      paramLabel = "any|ipv4|ipv6",
      description = "Which of a name's addresses are checked. Default: any.")
  private String family;

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public ExitStatus run(Settings settings, PrintStream out, PrintStream err) {
    CheckSettings asked = CheckSettings.of(settings);
    if (asked.service().isList()) {
      out.print(ServiceList.render(asked.format()));
      out.flush();
      return ExitStatus.OPEN;
    }
    if (target == null) {
      throw new SettingException("HOST:PORT is missing, as in localhost:8888");
    }
    CheckResult result = new CheckRun(Target.parse(target), asked).run();
    out.print(new CheckReport(result).render(asked.format()));
    out.flush();
    return result.exitStatus();
  }
}
