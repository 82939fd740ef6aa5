package io.dualport.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** tcpdump on one interface, from before the first packet of interest to after the last. */
final class ProbeCapture implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  /** The last packet of interest has been written when this one has. */
  private static final String LAST = "the capture ends here";

  /** The port that {@link #LAST} goes to, where nobody listens. */
  static final int DISCARD = 9;

  private final List<String> prefix;
  private final Path file;
  private final Path said;
  private final Process tcpdump;

  private ProbeCapture(List<String> prefix, Path file, Path said, Process tcpdump) {
    this.prefix = prefix;
    this.file = file;
    this.said = said;
    this.tcpdump = tcpdump;
  }

  /**
   * Starts, and waits until packets are taken.
   *
   * @param prefix words before {@code tcpdump}, as in {@code ip netns exec NAME}
   * @param filter of what is captured, in tcpdump's words; must let {@link #DISCARD} pass
   */
  static ProbeCapture start(List<String> prefix, String device, String filter, Path file)
      throws IOException {
    Path said = Files.createTempFile("tcpdump", ".err");
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of("tcpdump", "-i", device, "-U", "-s", "0", "-B", "16384", "-Z", "root", "-w"));
    command.addAll(List.of(file.toString(), filter));
    Process tcpdump = new ProcessBuilder(command).redirectError(said.toFile()).start();
    Awaitility.await("tcpdump on " + device)
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(() -> Files.readString(said).contains("listening on") || !tcpdump.isAlive());
    return new ProbeCapture(prefix, file, said, tcpdump);
  }

  /**
   * Ends it once everything up to now is in the file.
   *
   * @param host an address that is reached through the interface
   */
  void finish(String host) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of("bash", "-c", "printf '%s' '" + LAST + "' >/dev/udp/" + host + "/" + DISCARD));
    Shell.run(command);
    Awaitility.await("the last packet in " + file)
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(
            () -> new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(LAST));
    tcpdump.destroy();
    tcpdump.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    String text = Files.readString(said);
    if (!text.contains("\n0 packets dropped by kernel")) {
      throw new IllegalStateException("the capture has gaps: " + text);
    }
  }

  @Override
  public void close() throws IOException {
    tcpdump.destroyForcibly();
    Files.deleteIfExists(said);
  }
}
