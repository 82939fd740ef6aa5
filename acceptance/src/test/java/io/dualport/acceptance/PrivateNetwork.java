package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A network namespace with nothing but loopback, as wide as an Ethernet; it goes when closed. */
final class PrivateNetwork implements AutoCloseable {
  // Without segmentation offload, so that a capture shows segments as a network carries them.
  private static final String SET_UP =
      "ip link set dev lo up mtu 1500 gso_max_segs 1 && echo ready && exec cat";

  private final Process holder;

  PrivateNetwork() throws Exception {
    Tool.require(Tool.IP);
    Tool.requireRoot();
    holder = new ProcessBuilder("unshare", "--net", "sh", "-c", SET_UP).start();
    byte[] ready = holder.getInputStream().readNBytes("ready".length());
    assertThat(new String(ready, StandardCharsets.US_ASCII)).isEqualTo("ready");
  }

  /** A process inside. */
  long pid() {
    return holder.pid();
  }

  /** Words before a command that shall run inside. */
  List<String> inside() {
    return List.of("nsenter", "--net", "--target", String.valueOf(pid()));
  }

  Shell run(String line) throws Exception {
    List<String> command = new ArrayList<>(inside());
    command.addAll(List.of("bash", "-c", line));
    return Shell.run(command);
  }

  @Override
  public void close() throws IOException {
    holder.getOutputStream().close();
    holder.destroy();
  }
}
