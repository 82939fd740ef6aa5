package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.SizeRange;
import io.dualport.client.verify.RunResult.Share;
import io.dualport.flow.Protocol;
import io.dualport.fuzz.FuzzFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file handed to verify as a result, as a server's counters, as a capture's statistics, and as
 * what tshark prints: read, or refused in words that name the file.
 */
public final class VerifyFuzz {
  private static final FuzzFolder FOLDER = FuzzFolder.create();
  private static final RunResult RUN = run();

  private VerifyFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Path file = FOLDER.write("fuzz.json", input);
    read(() -> new CapturedFlows(RunReader.read(file)));
    read(() -> ServerReader.read(List.of(file)));
    assertThat(PcapngDrops.of(file).orElse(0)).isNotNegative();
    read(
        () ->
            new CaptureReader(RUN)
                .lines("fuzz.json", new PacketLines(new ByteArrayInputStream(input))));
  }

  private interface Reading {
    void read() throws IOException, RefusedInputException;
  }

  private static void read(Reading reading) throws IOException {
    try {
      reading.read();
    } catch (RefusedInputException e) {
      assertThat(e.getMessage()).contains("fuzz.json");
    }
  }

  private static RunResult run() {
    Map<Protocol, Share> shares = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      shares.put(protocol, new Share(protocol, new SizeRange(8, 200), new TreeMap<>(), null));
    }
    return new RunResult(
        "run.json",
        "load",
        "192.0.2.2:8888",
        "192.0.2.2:8888",
        0x0123456789abcdefL,
        2_000_000_000L,
        false,
        shares,
        List.of());
  }
}
