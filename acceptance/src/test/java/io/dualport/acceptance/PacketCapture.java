package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * tcpdump while it runs. It is stopped behind a datagram of ours, so that nothing before is missed.
 */
final class PacketCapture implements AutoCloseable {
  private static final long BOUND_SECONDS = 30;
  private static final String MARK = "the end of this capture, " + ProcessHandle.current().pid();

  private final Process process;
  private final Path file;
  private int marks;

  private PacketCapture(Process process, Path file) {
    this.process = process;
    this.file = file;
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param prefix words before the command, as in {@code ip netns exec NAME}
   * @param command tcpdump as typed; its file is the last word of {@code -w}
   */
  static PacketCapture start(List<String> prefix, Path folder, String command) throws Exception {
    Path errors = Files.createTempFile(folder, "tcpdump", ".err");
    List<String> words = new ArrayList<>(prefix);
    words.addAll(List.of("bash", "-c", "exec " + command + " -U -B 16384 -Z root"));
    Process process =
        new ProcessBuilder(words).directory(folder.toFile()).redirectError(errors.toFile()).start();
    Awaitility.await(command)
        .atMost(BOUND_SECONDS, TimeUnit.SECONDS)
        .until(() -> Files.readString(errors).contains("listening on") || !process.isAlive());
    assertThat(process.isAlive()).as(Files.readString(errors)).isTrue();
    String name = command.replaceFirst(".* -w ([^ ]+).*", "$1");
    return new PacketCapture(process, folder.resolve(name));
  }

  /**
   * Ends it once all that was sent before is in the file.
   *
   * @param host where a datagram passes the capture and its filter
   */
  void stop(List<String> sender, String host, int port) throws Exception {
    awaitWhatPassed(sender, host, port);
    process.toHandle().destroy();
    assertThat(process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  /** Until what was sent before is in the file: the kernel keeps it for up to a second. */
  void awaitWhatPassed(List<String> sender, String host, int port) throws Exception {
    String words = MARK + " " + ++marks + ".";
    List<String> mark = new ArrayList<>(sender);
    mark.addAll(List.of("bash", "-c", "printf '%s' \"$0\" > /dev/udp/" + host + "/" + port, words));
    Shell sent = Shell.run(mark);
    assertThat(sent.exitCode()).as(sent.err()).isZero();
    Awaitility.await("the mark in the capture")
        .atMost(BOUND_SECONDS, TimeUnit.SECONDS)
        .until(
            () ->
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(words));
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
