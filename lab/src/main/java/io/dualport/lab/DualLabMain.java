package io.dualport.lab;

import io.dualport.commandline.ProgramStart;
import io.dualport.commandline.Refusal;
import io.dualport.completion.CompletionCommand;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code dual-lab.jar}. */
public final class DualLabMain {
  private static final ProgramStart PROGRAM = new ProgramStart("dual-lab");

  private DualLabMain() {}

  public static void main(String[] args) {
    PROGRAM.begin();
    PrintStream err = PROGRAM.standardError();
    PrintStream out = PROGRAM.standardOutput(ProgramStart.endingAsSigpipe(), err).printer();
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
  static LabExit start(
      String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    CommandLine program = new CommandLine(new LabCommand());
    program.addSubcommand(new CompletionCommand());
    program.setOut(ProgramStart.writer(out));
    try {
      CommandLine.ParseResult parsed = program.parseArgs(args);
      if (CommandLine.executeHelpRequest(parsed) != null) {
        return out.checkError() ? LabExit.SURPRISE : LabExit.AS_PREDICTED;
      }
      if (!parsed.hasSubcommand()) {
        program.usage(err);
        return LabExit.REFUSED_INPUT;
      }
      Object chosen = parsed.subcommand().commandSpec().userObject();
      if (chosen instanceof CompletionCommand completion) {
        completion.run();
        return out.checkError() ? LabExit.SURPRISE : LabExit.AS_PREDICTED;
      }
      LabSubcommand command = (LabSubcommand) chosen;
      LabExit status = command.run(environment, out, err);
      return out.checkError() ? LabExit.SURPRISE : status;
    } catch (ParameterException e) {
      return refused(err, Refusal.text(e));
    } catch (IllegalArgumentException e) {
      return refused(err, e.getMessage());
    }
  }

  private static LabExit refused(PrintStream err, String why) {
    PROGRAM.refuse(err, why);
    return LabExit.REFUSED_INPUT;
  }
}
