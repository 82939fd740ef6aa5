package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Puts packets with any source on the wire between the two hosts of a {@link Lan}. */
final class Forge {
  private final Lan lan;
  private final Path program;

  /** Compiles the program into a folder. */
  Forge(Lan lan, Path folder) throws Exception {
    Tool.require(Tool.GCC);
    this.lan = lan;
    this.program = folder.resolve("forge");
    Shell.succeed("gcc -O2 -std=gnu11 -o %s src/test/c/forge.c".formatted(program));
  }

  /** Sends one datagram to the server's host. */
  void send(String source, int sourcePort, String destination, int port, String payload)
      throws Exception {
    Shell sent = Shell.run(command(source, sourcePort, destination, port, payload));
    assertThat(sent.exitCode()).as(sent.err()).isZero();
  }

  /** Begins to send many, each with a five-tuple of its own, from this source on. */
  Process flood(String source, int sourcePort, String destination, int port, int count)
      throws IOException {
    List<String> command = command(source, sourcePort, destination, port, "forged");
    command.add(String.valueOf(count));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** The same with SYN segments, which nobody will follow up. */
  Process synFlood(String source, int sourcePort, String destination, int port, int count)
      throws IOException {
    List<String> command = command(source, sourcePort, destination, port, "");
    command.add(command.indexOf(program.toString()) + 1, "syn");
    command.add(String.valueOf(count));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private List<String> command(
      String source, int sourcePort, String destination, int port, String payload) {
    List<String> command = new ArrayList<>(lan.onClient());
    command.addAll(
        List.of(
            program.toString(),
            "dpc",
            Lan.SERVER_MAC,
            source,
            String.valueOf(sourcePort),
            destination,
            String.valueOf(port),
            payload));
    return command;
  }
}
