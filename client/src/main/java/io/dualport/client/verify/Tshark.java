package io.dualport.client.verify;

import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Wireshark's command line, which reads every capture format and knows every link layer. */
final class Tshark {
  static final int OLDEST_MAJOR = 4;

  /** Linux' own for VXLAN (drivers/net/vxlan), and flannel's; tshark takes it for OTV. */
  static final int LINUX_VXLAN_PORT = 8472;

  private static final Pattern VERSION =
      Pattern.compile("TShark \\(Wireshark\\) (\\d+)\\.(\\d+)\\S*");
  private static final long VERSION_SECONDS = 30;
  private static final int MAX_SAID_BYTES = 1 << 14;
  private static final String INSTALL =
      "apt-get install tshark (Debian, Ubuntu), brew install wireshark (macOS), winget install"
          + " WiresharkFoundation.Wireshark (Windows), or name the program with --tshark";
  private static final List<String> USUAL_PLACES =
      List.of(
          "/Applications/Wireshark.app/Contents/MacOS/tshark",
          "C:\\Program Files\\Wireshark\\tshark.exe");

  private final Path program;
  private final String version;

  private Tshark(Path program, String version) {
    this.program = program;
    this.version = version;
  }

  /**
   * Finds it and asks for its version.
   *
   * @param name of a file, or to be looked for on the PATH
   */
  static Tshark find(String name, String searchPath) throws RefusedInputException {
    Path program =
        located(name, searchPath)
            .orElseThrow(
                () ->
                    new RefusedInputException(
                        ControlCharacters.escaped(name)
                            + " was not found: verify reads captures with Wireshark's tshark; "
                            + INSTALL));
    String said = ask(program);
    Matcher version = VERSION.matcher(said);
    if (!version.find()) {
      throw new RefusedInputException(program + " --version does not say TShark: " + INSTALL);
    }
    if (version.group(1).length() > 4 || Integer.parseInt(version.group(1)) < OLDEST_MAJOR) {
      throw new RefusedInputException(
          Words.format(
              "%s is version %s.%s; verify needs %d.0 or newer: %s",
              program, version.group(1), version.group(2), OLDEST_MAJOR, INSTALL));
    }
    return new Tshark(program, version.group().replaceFirst(".*\\) ", ""));
  }

  private static Optional<Path> located(String name, String searchPath) {
    try {
      Stream<Path> candidates =
          name.contains("/") || name.contains(File.separator)
              ? Stream.of(Path.of(name))
              : Stream.concat(
                  Arrays.stream(searchPath.split(File.pathSeparator))
                      .filter(folder -> !folder.isEmpty())
                      .flatMap(f -> Stream.of(Path.of(f, name), Path.of(f, name + ".exe"))),
                  name.equals("tshark") ? USUAL_PLACES.stream().map(Path::of) : Stream.empty());
      return candidates.filter(Files::isRegularFile).filter(Files::isExecutable).findFirst();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static String ask(Path program) throws RefusedInputException {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      process
          .onExit()
          .orTimeout(VERSION_SECONDS, TimeUnit.SECONDS)
          .exceptionally(late -> process.destroyForcibly());
      return said(process.getInputStream());
    } catch (IOException e) {
      throw new RefusedInputException(program + " cannot be run: " + e.getMessage());
    }
  }

  String version() {
    return version;
  }

  /**
   * Starts reading a capture. The user's own Wireshark settings and plugins are left out, so that
   * the same file gives the same numbers everywhere.
   *
   * @param looksIntoLinuxVxlan whether {@link #LINUX_VXLAN_PORT} is a tunnel's; false where it is
   *     the run's own
   */
  Reading read(Path capture, boolean looksIntoLinuxVxlan) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(program.toString(), "-n", "-r", capture.toString()));
    for (String setting :
        List.of(
            "ip.defragment:TRUE",
            "ipv6.defragment:TRUE",
            "tcp.desegment_tcp_streams:FALSE",
            "tcp.analyze_sequence_numbers:TRUE")) {
      command.add("-o");
      command.add(setting);
    }
    if (looksIntoLinuxVxlan) {
      command.addAll(List.of("-d", "udp.port==" + LINUX_VXLAN_PORT + ",vxlan"));
    }
    command.addAll(TsharkField.options());
    Path settings = Files.createTempDirectory("dual-client-tshark");
    settings.toFile().deleteOnExit(); // if the program is ended before it has read all
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("WIRESHARK_CONFIG_DIR", settings.toString());
    builder.environment().put("HOME", settings.toString());
    builder.environment().put("LC_ALL", "C");
    return new Reading(builder.start(), settings);
  }

  private static String said(InputStream stream) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    byte[] piece = new byte[1 << 12];
    for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
      kept.write(piece, 0, Math.min(read, MAX_SAID_BYTES - kept.size()));
    }
    return kept.toString(StandardCharsets.UTF_8);
  }

  /** One capture being read. */
  static final class Reading implements AutoCloseable {
    private final Process process;
    private final Path settings;
    private final Thread errors;
    private volatile String said = "";

    private Reading(Process process, Path settings) throws IOException {
      this.process = process;
      this.settings = settings;
      process.getOutputStream().close();
      errors =
          new Thread(
              () -> {
                try {
                  said = said(process.getErrorStream());
                } catch (IOException e) {
                  said = String.valueOf(e.getMessage());
                }
              },
              "tshark-errors");
      errors.setDaemon(true);
      errors.start();
    }

    InputStream lines() {
      return process.getInputStream();
    }

    /** Waits for the end of it, once its lines have ended: its exit code. */
    int exitCode() throws InterruptedException {
      int code = process.waitFor();
      errors.join();
      return code;
    }

    /** What it complained of, remarks on running as root left out. */
    String complaint() {
      return said.lines()
          .filter(line -> !line.isBlank() && !line.startsWith("Running as user"))
          .findFirst()
          .map(
              line ->
                  ControlCharacters.escaped(
                      line.replaceFirst("^tshark: ", "").replaceFirst("\\.$", "")))
          .orElse("it gave no reason");
    }

    @Override
    public void close() throws IOException {
      process.destroyForcibly();
      try (Stream<Path> files = Files.walk(settings)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
