package io.dualport.lab;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code dual-lab.jar}. */
public final class DualLabMain {
  private DualLabMain() {}

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // digits that other programs can read
    PrintStream out = utf8(FileDescriptor.out);
    PrintStream err = utf8(FileDescriptor.err);
    System.exit(start(args, System.getenv(), out, err).code());
  }

  /**
   * Runs one command.
   *
   * @param args as typed
   * @param environment usually {@link System#getenv()}; NO_COLOR and TERM are looked at
   * @param out the result, and help that was asked for
   * @param err what was refused, and progress
   */
  static ExitStatus start(
      String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    CommandLine program = new CommandLine(new LabCommand());
    program.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    try {
      CommandLine.ParseResult parsed = program.parseArgs(args);
      if (CommandLine.executeHelpRequest(parsed) != null) {
        return ExitStatus.AS_PREDICTED;
      }
      if (!parsed.hasSubcommand()) {
        program.usage(err);
        return ExitStatus.REFUSED_INPUT;
      }
      Subcommand command = (Subcommand) parsed.subcommand().commandSpec().userObject();
      ExitStatus status = command.run(environment, out, err);
      if (out.checkError()) {
        err.println("dual-lab: the result could not be written to standard output");
        return ExitStatus.SURPRISE;
      }
      return status;
    } catch (ParameterException | IllegalArgumentException e) {
      err.println("dual-lab: " + e.getMessage());
      err.println("dual-lab --help shows what is allowed.");
      return ExitStatus.REFUSED_INPUT;
    }
  }

  /** Reports are UTF-8 whatever the locale says. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
