package io.dualport.commandline;

import io.dualport.terminal.StandardStream;
import io.dualport.terminal.WatchedOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What all programs of this project have in common from their first line to the command that was
 * typed: digits, streams, what is said of a line that is refused.
 *
 * @param name as users type it, such as {@code dual-client}
 */
public record ProgramStart(String name) {
  /** From here on digits are what other programs can read, whatever the locale. */
  public void begin() {
    Locale.setDefault(Locale.ROOT);
  }

  /**
   * Standard error in UTF-8, whatever the locale says. Never closed: closing waits for a writer
   * whose reader may have gone to sleep.
   */
  public PrintStream standardError() {
    return new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
  }

  /**
   * Standard output in UTF-8, watched.
   *
   * @param unread called once when nobody reads any more
   * @param err is told once why nothing can be written
   */
  public WatchedOutput standardOutput(Runnable unread, PrintStream err) {
    return watched(
        StandardStream.OUTPUT,
        unread,
        why -> err.println(name + ": cannot write to standard output: " + why));
  }

  /** Ends the program as SIGPIPE would, at once and without a word, when nobody reads any more. */
  public static Runnable endingAsSigpipe() {
    return () -> Runtime.getRuntime().halt(WatchedOutput.UNREAD_EXIT_CODE);
  }

  /** A standard stream; {@code failed} is told once why a write failed. */
  public static WatchedOutput watched(
      StandardStream stream, Runnable unread, Consumer<String> failed) {
    return new WatchedOutput(stream, unread, failed);
  }

  /** Says what is not allowed, and where all that is allowed is listed. */
  public void refuse(PrintStream err, String why) {
    err.println(name + ": " + why);
    err.println(name + " --help shows what is allowed.");
  }

  /** Where picocli writes help. */
  public static PrintWriter writer(PrintStream out) {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  /** The options that were typed, by their name without dashes; a switch is {@code on}. */
  public static Map<String, String> typed(CommandSpec command) {
    Map<String, String> typed = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      Object value = option.getValue();
      if (value instanceof String || Boolean.TRUE.equals(value)) {
        typed.put(option.longestName().substring(2), value instanceof String text ? text : "on");
      }
    }
    return typed;
  }

  /** What {@code --version} prints; the number is the one that the jar's manifest names. */
  public abstract static class Version implements IVersionProvider {
    private final String name;

    /**
     * @param name of the program
     */
    protected Version(String name) {
      this.name = name;
    }

    /** As in {@code 0.1.0}; {@code (not from a jar)} when there is no manifest. */
    public final String number() {
      return Optional.ofNullable(getClass().getPackage().getImplementationVersion())
          .orElse("(not from a jar)");
    }

    @Override
    public String[] getVersion() {
      return new String[] {name + " " + number()};
    }
  }
}
