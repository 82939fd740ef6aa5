package io.dualport.lab;

import io.dualport.lab.matrix.BindMatrix;
import io.dualport.lab.matrix.MatrixResult;
import io.dualport.lab.process.FreePorts;
import io.dualport.lab.report.Colours;
import io.dualport.lab.report.Machine;
import io.dualport.lab.socket.LinuxCalls;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code matrix}. */
@Command(
    name = "matrix",
    header = "Asks who may bind beside whom: every pair, beside what the rules predict.",
    versionProvider = LabVersion.class,
    usageHelpWidth = 100,
    synopsisHeading = "Usage: ",
    customSynopsis = "dual-lab matrix [OPTIONS]",
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every pair as predicted, or the matrix cannot be asked here",
      "1:the kernel returned something else at least once, or the run failed",
      "2:bad command line",
      "141:nobody reads its output any more, as after head",
    },
    footer = {
      "",
      "A pair is a socket that has a port and one that wants it, each TCP or UDP, on 127.0.0.1,",
      "127.0.0.2, 0.0.0.0, ::1, :: or :: with IPV6_V6ONLY, with SO_REUSEADDR, SO_REUSEPORT, both"
          + " or",
      "none; the holder bound or listening. JSON has one object for each.",
    })
final class MatrixCommand implements LabSubcommand {
  @Mixin private LabOptions common;

  @Override
  public LabExit run(Map<String, String> environment, PrintStream out, PrintStream err) {
    Format format = common.format();
    Language language = common.language();
    Colours colours = common.colours(environment);
    try {
      Optional<MatrixResult> result = ask();
      if (result.isEmpty()) {
        err.println(
            "SKIPPED: the matrix needs bind without listen and IPV6_V6ONLY, which Java itself does"
                + " not have: it runs on Linux with the native library");
        out.print(format == Format.JSON ? "[]\n" : "");
        return LabExit.AS_PREDICTED;
      }
      if (format != Format.JSON) {
        out.println(Machine.here().heading().in(language) + "\n");
      }
      String matrix = result.get().render(format, language);
      out.print(format == Format.TEXT ? colours.answers(matrix) : matrix);
      return result.get().surprises() > 0 ? LabExit.SURPRISE : LabExit.AS_PREDICTED;
    } catch (IOException | FailedException e) {
      err.println("dual-lab: " + e.getMessage());
      return LabExit.SURPRISE;
    }
  }

  /** Asks about every pair; empty where the system's own calls cannot be made. */
  static Optional<MatrixResult> ask() throws IOException, FailedException {
    if (!LinuxCalls.available()) {
      return Optional.empty();
    }
    SystemCalls calls = new LinuxCalls();
    return Optional.of(new BindMatrix(calls, new FreePorts().next()).run(hasIpv6(calls)));
  }

  /** Whether a socket can be bound to ::1, which a kernel or container without IPv6 refuses. */
  private static boolean hasIpv6(SystemCalls calls) throws IOException {
    try {
      String descriptor = calls.call(List.of("socket", "inet6", "dgram")).value();
      boolean bound = calls.call(List.of("bind", descriptor, "::1", "0")).isOk();
      calls.call(List.of("close", descriptor));
      return bound;
    } catch (RuntimeException noSuchFamily) {
      return false; // Netty wraps EAFNOSUPPORT of socket(2)
    }
  }
}
