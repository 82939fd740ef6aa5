package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.flow.Protocol;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read is refused by name, or understood; nothing ends in a stack trace. */
class InputTest {
  private static final String ROW =
      """
      {"rows": [{"target": "h:8888", "address": "127.0.0.1:8888", "runId": "0123456789abcdef",
       "protocol": "udp", "sizeMinBytes": 128, "sizeMaxBytes": 128, "timeoutNanos": 2000000000,
       "interrupted": "no", "sent": 3, "echoed": 3, "warmupSent": 2, "warmupEchoed": 2}],
       "flows": [%s], "flowsLeftOut": []}
      """;
  private static final String FLOW =
      """
      {"protocol": "udp", "source": "127.0.0.1:40000", "destination": "127.0.0.1:8888",
       "firstSequence": 0, "sent": 5, "echoed": 5, "lost": 0, "duplicated": 0, "late": 0,
       "corrupted": 0, "truncated": 0, "stray": 0, "bytesOut": 640, "bytesIn": 640}
      """;

  @TempDir private Path folder;

  @Test
  void shouldReadAResult() throws Exception {
    RunResult run = RunReader.read(file(ROW.formatted(FLOW)));
    assertThat(run.contradictions()).isEmpty();
    assertThat(run.runIdText()).isEqualTo("0123456789abcdef");
    assertThat(run.byTuple().keySet().toString()).contains("udp 127.0.0.1:40000 -> 127.0.0.1:8888");
  }

  @Test
  void shouldReadAResultHoweverItIsHandedOn() throws Exception {
    String result = ROW.formatted(FLOW);
    Path gzipped = folder.resolve("run.json.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzipped))) {
      out.write(result.getBytes(StandardCharsets.UTF_8));
    }
    Path redirected = folder.resolve("powershell.json");
    Files.writeString(redirected, "\ufeff" + result, StandardCharsets.UTF_16LE);
    for (Path file : List.of(file("\ufeff" + result), gzipped, redirected)) {
      assertThat(RunReader.read(file).runIdText()).as("%s", file).isEqualTo("0123456789abcdef");
    }
    Path capture = Files.write(folder.resolve("run.pcapng"), new byte[] {10, 13, 13, 10, 28, 0, 0});
    assertThatThrownBy(() -> RunReader.read(capture))
        .hasMessageStartingWith(
            capture + " is a packet capture; name what dual-client send or load");
  }

  @Test
  void shouldSeeThatTheFlowsAndTheProtocolAddUpToDifferentNumbers() throws Exception {
    RunResult run = RunReader.read(file(ROW.formatted(FLOW.replace("\"sent\": 5", "\"sent\": 6"))));
    assertThat(run.contradictions())
        .containsExactly("udp: sent 5 with the warm-up, and 6 over its five-tuples");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"sent\": 5 | \"sent\": -5 | flows[0]: sent = -5, where a whole number",
        "\"sent\": 5 | \"sent\": 5.5 | flows[0]: sent = 5.5, where a whole number",
        "\"sent\": 5 | \"sent\": 99999999999999999999 | sent = 99999999999999999999",
        "\"sent\": 5 | \"was\": 5 | flows[0]: sent = nothing",
        "127.0.0.1:40000 | nowhere | source = \"nowhere\", where an address and a port",
        "127.0.0.1:40000 | 127.0.0.1:70000 | source = \"127.0.0.1:70000\"",
        "\"udp\" | \"sctp\" | protocol = \"sctp\", where tcp or udp belongs",
        "0123456789abcdef | xyz | runId = \"xyz\", where 16 hexadecimal digits",
        "\"timeoutNanos\": 2000000000, | '' | an older dual-client wrote it; run it again",
        "\"sizeMinBytes\": 128, | '' | is no result of send or load",
        "{\"rows\" | {{\"rows\" | line 1: no JSON",
        "\"rows\" | \"lines\" | has no rows; name what dual-client send or load printed",
      })
  void shouldRefuseAResultByNameAndPlace(String part, String instead, String said)
      throws Exception {
    Path file = file(ROW.formatted(FLOW).replace(part, instead));
    assertThatThrownBy(() -> RunReader.read(file))
        .isInstanceOf(RefusedInputException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[1, 2]", "{\"flows\": 5}", "null"})
  void shouldRefuseServerCountersThatListNothing(String text) throws Exception {
    Path file = file(text);
    assertThatThrownBy(() -> ServerReader.read(List.of(file)))
        .isInstanceOf(RefusedInputException.class)
        .hasMessageContaining("lists no five-tuples; name what dual-server --view json");
  }

  /** Reads are no messages, and half a stream of messages is no account of them. */
  @Test
  void shouldTakeMessagesOfTcpOnlyWhereAllOfTheStreamAreMessages() throws Exception {
    String flow =
        "{\"protocol\": \"tcp\", \"source\": \"127.0.0.1:%d\", \"destination\":"
            + " \"127.0.0.1:8888\",%s \"messagesIn\": %s, \"messagesOut\": %s, \"bytesIn\": 5,"
            + " \"bytesOut\": 5}";
    Path file =
        file(
            "{\"flows\": [%s, %s, %s, %s]}"
                .formatted(
                    flow.formatted(1, " \"framing\": \"probe\",", 9, 8),
                    flow.formatted(2, " \"framing\": \"none\",", null, null),
                    flow.formatted(3, " \"framing\": \"left\",", 9, 9),
                    flow.formatted(4, "", 94, 94)));
    Map<FlowKey, ServerFlow> flows = ServerReader.read(List.of(file)).flows();
    for (int port = 1; port <= 4; port++) {
      ServerFlow read = flows.get(new FlowKey(Protocol.TCP, "127.0.0.1:" + port, "127.0.0.1:8888"));
      assertThat(read.areMessagesKnown()).as("port %d", port).isEqualTo(port == 1);
      assertThat(read.messagesIn()).isEqualTo(port == 1 ? 9 : ServerFlow.UNKNOWN);
      assertThat(read.bytesIn()).isEqualTo(5);
    }
    assertThat(flows.values().stream().reduce(ServerFlow::plus).orElseThrow().areMessagesKnown())
        .isFalse();
  }

  @Test
  void shouldAddUpTwoUsesOfAFiveTupleAndTakeTheLaterReadingOfOne() throws Exception {
    String flow =
        "{\"protocol\": \"udp\", \"source\": \"[fe80::1%%2]:40000\", \"destination\":"
            + " \"[fe80::2]:8888\", \"messagesIn\": %d, \"messagesOut\": 1, \"bytesIn\": 5,"
            + " \"bytesOut\": 5, \"firstSeen\": \"%s\"}";
    String first = flow.formatted(1, "a");
    String later = flow.formatted(3, "a");
    String other = flow.formatted(10, "b");
    Path page = file("{\"event\": \"started\"}\n{\"flows\": [%s, %s]}".formatted(later, other));
    Path earlier = file("{\"flows\": [%s]}".formatted(first));
    ServerCounts counts = ServerReader.read(List.of(page, earlier));
    assertThat(counts.flows().values()).extracting(ServerFlow::messagesIn).containsExactly(13L);
    assertThat(counts.isComplete()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\t", "a\tb\tc"})
  void shouldRefuseLinesThatTsharkWasNotAskedFor(String line) {
    Packet packet = new Packet();
    PacketLines lines =
        new PacketLines(new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> lines.next(packet)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldReadTheDropsOfPcapngStatistics() throws Exception {
    Path file = folder.resolve("drops.pcapng");
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      ByteBuffer blocks = ByteBuffer.allocate(28 + 40).order(order);
      blocks
          .putInt(0x0a0d0d0a)
          .putInt(28)
          .putInt(0x1a2b3c4d)
          .putShort((short) 1)
          .putShort((short) 0);
      blocks.putLong(-1).putInt(28);
      blocks.putInt(5).putInt(40).putInt(0).putLong(0).putShort((short) 5).putShort((short) 8);
      blocks.putLong(7).putInt(0).putInt(40);
      Files.write(file, blocks.array());
      assertThat(PcapngDrops.of(file)).as(order.toString()).isEqualTo(OptionalLong.of(7));
    }
    Files.write(file, new byte[100]);
    assertThat(PcapngDrops.of(file)).isEmpty();
  }

  @Test
  void shouldSayHowToInstallTsharkWhereItIsMissing() {
    assertThatThrownBy(() -> Tshark.find("tshark-of-nobody", "/nowhere"))
        .isInstanceOf(RefusedInputException.class)
        .hasMessageContaining("tshark-of-nobody was not found")
        .hasMessageContaining("apt-get install tshark")
        .hasMessageContaining("brew install")
        .hasMessageContaining("winget install")
        .hasMessageContaining("--tshark");
  }

  @Test
  void shouldRefuseATsharkThatIsTooOldOrNone() throws Exception {
    Path program = folder.resolve("tshark");
    Files.writeString(program, "#!/bin/sh\necho 'TShark (Wireshark) 3.6.2 (Git)'\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> Tshark.find("tshark", folder.toString()))
        .hasMessageContaining("is version 3.6; verify needs 4.0 or newer");
    Files.writeString(program, "#!/bin/sh\necho 'something else'\n");
    assertThatThrownBy(() -> Tshark.find(program.toString(), ""))
        .hasMessageContaining("--version does not say TShark");
  }

  private Path file(String text) throws Exception {
    return Files.writeString(Files.createTempFile(folder, "in", ".json"), text);
  }
}
