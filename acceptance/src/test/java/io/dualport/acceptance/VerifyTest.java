package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code dual-client verify}: captured packets, the client's result and the server's counters of
 * one and the same run. The commands are those of docs/verify.md.
 */
@Tag("kernel")
class VerifyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;

  private static int port;
  private static List<String> commands;

  /** One server, one capture, five runs: send and load, IPv4 and IPv6. */
  @BeforeAll
  static void capture() throws Exception {
    Tool.requireIpv6(); // half of the runs are over it
    Tool.require(Tool.TCPDUMP, Tool.TSHARK);
    Tool.requireRoot();
    commands =
        PrintedCommand.inConsoleBlocksOf("docs/verify.md").stream()
            .map(command -> command.line().replaceFirst(" +# .*", ""))
            .toList();
    try (ServerProcess server =
        ServerProcess.start(Transport.automatic(), "--host", "127.0.0.1,::1")) {
      port = server.port();
      try (PacketCapture capture =
          PacketCapture.start(List.of(), folder, typed(command("tcpdump")))) {
        String load = typed(command("client load")) + " --warmup 200ms --progress quiet";
        client(load.replace("--duration 5s", "--duration 300ms"));
        client(
            load.replace("--duration 5s", "--duration 300ms --size 8..1400 --depth 4")
                .replace("127.0.0.1", "[::1]")
                .replace("run.json", "load6.json"));
        client(
            load.replace("--rate 500 --duration 5s", "--depth 16 --duration 100ms --udp-gso on")
                .replace("--warmup 200ms", "--warmup 0")
                .replace("run.json", "together.json"));
        String send = "send 127.0.0.1:" + port + " --format json --interval 0 ";
        client(send + "--size 65507 > send.json");
        client(send.replace("127.0.0.1", "[::1]") + "--count 40 --size 5 > send6.json");
        capture.stop(List.of(), "127.0.0.1", port);
      }
      Files.writeString(folder.resolve("server.json"), server.stop().toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "load6.json", "together.json", "send.json", "send6.json"})
  void shouldAgreeNumberForNumber(String result) throws Exception {
    Shell said =
        shell(typed(command("client verify")).replace("run.json", result) + " --format json");
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();

    List<JsonNode> rows = rows(said);
    assertThat(rows).extracting(row -> row.get("protocol").asText()).containsOnly("tcp", "udp");
    String address = result.contains("6") ? "[::1]:" : "127.0.0.1:";
    for (JsonNode row : rows) {
      assertThat(row.get("source").asText()).startsWith(address);
      assertThat(row.get("verdict").asText()).isEqualTo("agree");
      assertSame(row, "clientBytesOut", "capturedBytesOut", "serverBytesIn");
      assertSame(row, "clientBytesBack", "capturedBytesBack", "serverBytesOut");
      if (row.get("protocol").asText().equals("udp") || !result.contains("6")) {
        assertSame(row, "clientSent", "capturedAsked", "serverMessagesIn");
        assertSame(row, "clientReceived", "capturedEchoed", "serverMessagesOut");
      } else { // the short messages have no header for the server to follow
        assertThat(row.get("serverMessagesIn").isNull()).isTrue();
        assertThat(row.get("serverMessagesOut").isNull()).isTrue();
        assertThat(row.get("capturedAsked").isNull()).isEqualTo(result.equals("send6.json"));
      }
    }
  }

  /** Inside of a tunnel, the addresses that the run knows are not the first of a packet. */
  @ParameterizedTest
  @EnumSource(Tunnel.class)
  void shouldAgreeOnACaptureOfATunnel(Tunnel tunnel) throws Exception {
    String wrapped = tunnel + ".pcap";
    String result = tunnel.ordinal() % 2 == 0 ? "run.json" : "load6.json";
    String source = JSON.readTree(folder.resolve(result).toFile()).at("/flows/0/source").asText();
    int clientPort = Integer.parseInt(source.substring(source.lastIndexOf(':') + 1));
    tunnel.wrap(folder.resolve("run.pcap"), folder.resolve(wrapped), clientPort);
    Shell said =
        shell(
            typed(command("client verify"))
                .replace("run.pcap", wrapped)
                .replace("run.json", result));
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
    assertThat(said.out())
        .contains("Client, capture and server agree, number for number, on all 2 five-tuples");
  }

  /** Cut inside of the inner addresses, and of the inner ports; then both are known again. */
  @ParameterizedTest
  @CsvSource({"44, true", "56, true", "120, false"})
  void shouldSayThatATunnelIsCutBeforeItsMessages(int kept, boolean isCut) throws Exception {
    String run = Files.readString(folder.resolve("run.json"));
    String source = JSON.readTree(run).at("/flows/0/source").asText();
    String port = source.substring(source.lastIndexOf(':'));
    Tunnel.IP_IN_IPV4.wrap(
        folder.resolve("run.pcap"),
        folder.resolve("inside.pcap"),
        Integer.parseInt(port.substring(1)));
    Shell.succeed("cd %s && editcap -s %d inside.pcap stub.pcap".formatted(folder, kept));
    String id = JSON.readTree(run).at("/rows/0/runId").asText();
    Files.writeString(
        folder.resolve("another.json"),
        run.replace(id, "00000000000000aa").replace(port + "\"", ":9\""));

    Shell said =
        shell(
            typed(command("client verify"))
                .replace("run.pcap", "stub.pcap")
                .replace("run.json", "another.json")
                .replaceAll(" --server [^ ]+", ""));
    assertThat(said.exitCode()).as(said.out() + said.err()).isEqualTo(1);
    assertThat(said.out().contains("cut (snaplen) within the headers")).isEqualTo(isCut);
    assertThat(said.out().contains("filtered, or cut off")).isEqualTo(isCut);
    assertThat(said.out()).contains("The capture holds no message of run").doesNotContain("wrong");
  }

  /** A mirror port, or the captures of both ends merged; other runs' messages are in it as well. */
  @ParameterizedTest
  @ValueSource(strings = {"run.json", "load6.json", "together.json"})
  void shouldSayThatPacketsWereCapturedTwice(String result) throws Exception {
    Path twice = folder.resolve("twice.pcap");
    Tunnel.rewrite(folder.resolve("run.pcap"), twice, frame -> new byte[][] {frame, frame});
    String line = typed(command("client verify")).replace("run.json", result) + " --format json";
    List<JsonNode> once = rows(shell(line));
    Shell said = shell(line.replace("run.pcap", "twice.pcap"));
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
    assertThat(said.out())
        .contains("packets are in the capture twice or more, and counted once")
        .doesNotContain("the network");
    // A busy machine does send a segment again now and then.
    assertThat(rows(said)).isEqualTo(once);
  }

  @Test
  void shouldTakeApartInWiresharkWhatLeftTogether() throws Exception {
    Dissector.require();
    JsonNode run = JSON.readTree(folder.resolve("together.json").toFile());
    JsonNode udp = run.get("rows").get(1);
    assertThat(udp.get("sendsShared").asLong()).isPositive();

    Path capture = folder.resolve("run.pcap");
    String ofRun = "udp && dual.run == 0x" + udp.get("runId").asText();
    assertThat(Dissector.values(capture, ofRun + " && dual.expert.malformed", "frame.number"))
        .isEmpty();
    assertThat(Dissector.values(capture, ofRun, "dual.seq"))
        .hasSize(2 * (int) udp.get("sent").asLong()); // without warm-up: requests and echoes
  }

  @Test
  void shouldCatchASingleChangedCounter() throws Exception {
    ObjectNode result = (ObjectNode) JSON.readTree(folder.resolve("run.json").toFile());
    ObjectNode flow = (ObjectNode) result.get("flows").get(0);
    flow.put("bytesOut", flow.get("bytesOut").asLong() - 1);
    JSON.writeValue(folder.resolve("changed.json").toFile(), result);

    Shell said = shell(typed(command("client verify")).replace("run.json", "changed.json"));
    assertThat(said.exitCode()).as(said.err()).isEqualTo(1);
    assertThat(said.out())
        .contains("client wrong: the capture holds 1 byte more than the client says it sent")
        .contains("Right: capture and server.");
  }

  /** The first 200 packets of the file are gone, those of TCP and of UDP. */
  @Test
  void shouldSayThatACaptureLacksPackets() throws Exception {
    Shell.succeed("cd %s && editcap run.pcap less.pcap 1-200".formatted(folder));
    Shell said = shell(typed(command("client verify")).replace("run.pcap", "less.pcap"));
    assertThat(said.exitCode()).as(said.err()).isEqualTo(1);
    assertThat(said.out())
        .contains("capture incomplete", "Right: client and server.", "differ on 2 of 2")
        .doesNotContain("wrong");
  }

  /**
   * Another server's list, or one that has no room for the run: neither agrees, neither is loss.
   */
  @Test
  void shouldNotTakeAnotherServersCountersForAgreementOrLoss() throws Exception {
    ObjectNode counters = (ObjectNode) JSON.readTree(folder.resolve("server.json").toFile());
    counters.putArray("flows");
    for (int notListed : List.of(3, 0)) {
      counters.put("flowsNotListed", notListed);
      JSON.writeValue(folder.resolve("other.json").toFile(), counters);
      Shell said = shell(typed(command("client verify")).replace("server.json", "other.json"));
      assertThat(said.exitCode()).as(said.out() + said.err()).isEqualTo(1);
      assertThat(said.out())
          .contains(
              notListed > 0
                  ? "on all 2 five-tuples, and the server's counters have none of them"
                  : "of an earlier moment or of another server, or wrong. Right: capture and"
                      + " client.")
          .doesNotContain("Client, capture and server agree", "lost on the way");
    }
  }

  @Test
  void shouldCompareBytesWhereTheCaptureCutTheMessagesNames() throws Exception {
    Shell.succeed("cd %s && editcap -s 64 run.pcap short.pcap".formatted(folder));
    Shell said = shell(typed(command("client verify")).replace("run.pcap", "short.pcap"));
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
    assertThat(said.out()).contains("packets are cut (snaplen)", "on all 2 five-tuples");
  }

  @Test
  void shouldRefuseWhatIsNoCaptureAndSayHowToGetTshark() throws Exception {
    Shell none = shell(typed(command("client verify")) + " --tshark tshark-of-nobody");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("tshark-of-nobody was not found", "apt-get install tshark");

    Shell.succeed("mkfifo %s/pipe.pcap".formatted(folder));
    Shell pipe = shell(typed(command("client verify")).replace("run.pcap", "pipe.pcap"));
    assertThat(pipe.exitCode()).isEqualTo(2);
    assertThat(pipe.err()).contains("pipe.pcap is a pipe or a device");

    Files.writeString(folder.resolve("none.pcap"), "this is no capture");
    Shell damaged = shell(typed(command("client verify")).replace("run.pcap", "none.pcap"));
    assertThat(damaged.exitCode()).isEqualTo(2);
    assertThat(damaged.err())
        .contains("none.pcap cannot be read by tshark")
        .doesNotContain("\tat ");
    assertThat(damaged.out()).isEmpty();
  }

  /**
   * A router that captures on all its interfaces sees each packet twice; datagrams come in 45
   * fragments; its firewall drops one datagram in ten behind the first look at it; its NAT
   * rewrites.
   */
  @Test
  void shouldCountAPacketOnceAndSayWhoIsRightAboutLoss() throws Exception {
    Path there = Files.createDirectory(folder.resolve("routed"));
    try (Routed hosts = new Routed();
        ServerProcess server =
            ServerProcess.startBehind(
                hosts.at(Routed.Host.SERVER), Transport.automatic(), "--host", "any");
        PacketCapture capture =
            PacketCapture.start(
                hosts.at(Routed.Host.ROUTER), there, "tcpdump -i any -w run.pcap udp or tcp")) {
      List<String> client = hosts.at(Routed.Host.CLIENT);
      String target = Routed.SERVER + ":" + server.port();
      run(
          client,
          there,
          "send " + target + " --size 65507 --interval 0 --format json > whole.json");
      hosts.firewall(
          Routed.Host.ROUTER,
          "forward",
          "udp dport " + server.port() + " numgen inc mod 10 0 drop");
      run(
          client,
          there,
          "send " + target + " --count 50 --interval 0 --timeout 500ms --format json > lossy.json");
      hosts.on(Routed.Host.ROUTER, "nft flush ruleset");
      hosts.firewall(Routed.Host.ROUTER, "postrouting", "masquerade");
      run(client, there, "send " + target + " --interval 0 --format json > rewritten.json");
      hosts.on(Routed.Host.ROUTER, "nft flush ruleset");
      capture.stop(client, Routed.SERVER, server.port());
      Files.writeString(there.resolve("server.json"), server.stop().toString());
    }
    Shell whole = verify(there, "whole.json");
    assertThat(whole.exitCode()).as(whole.out() + whole.err()).isZero();
    assertThat(whole.out()).contains("agree, number for number, on all 2", "and counted once");

    Shell lossy = verify(there, "lossy.json");
    assertThat(lossy.exitCode()).as(lossy.out() + lossy.err()).isEqualTo(1);
    assertThat(lossy.out())
        .contains("differ on 1 of 2 five-tuples", "50 / 50 / 45")
        .contains("lost on the way: the server did not count 5 datagrams of the capture")
        .contains("Right: all.");

    Shell rewritten =
        verify(there, "rewritten.json"); // each five-tuple before the NAT and after it
    assertThat(rewritten.exitCode()).as(rewritten.out() + rewritten.err()).isZero();
    assertThat(rewritten.out())
        .contains("on all 4", "udp " + Routed.CLIENT, "udp " + Routed.ROUTER_TO_SERVER)
        .doesNotContain("without counters of the server");
  }

  /**
   * Only what marks the end of the capture is no part of it: a datagram, its echo, an ICMP error.
   */
  @Test
  void shouldCountTheFragmentsOfTheRunAsItsPackets() throws Exception {
    Path there = Files.createDirectory(folder.resolve("fragments"));
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(
                network.inside(), Transport.automatic(), "--host", "127.0.0.1");
        PacketCapture capture =
            PacketCapture.start(network.inside(), there, "tcpdump -i lo -w run.pcap")) {
      String send = "send 127.0.0.1:" + server.port() + " --size 1800 --interval 0 --format json";
      run(network.inside(), there, send + " > run.json");
      capture.stop(network.inside(), "127.0.0.1", server.port());
      Files.writeString(there.resolve("server.json"), server.stop().toString());
    }
    Shell said = verify(there, "run.json");
    assertThat(said.exitCode()).as(said.out() + said.err()).isZero();
    assertThat(said.out()).containsPattern(" loopback, [0-3] left aside");
  }

  private static Shell verify(Path there, String result) throws Exception {
    return Shell.run(
        "cd %s && %s -jar %s verify run.pcap --run %s --server server.json"
            .formatted(there, ServerProcess.java(), ServerProcess.CLIENT_JAR, result));
  }

  private static void assertSame(JsonNode row, String... keys) {
    assertThat(row.get(keys[0]).asLong()).as(row.toString()).isPositive();
    for (String key : keys) {
      assertThat(row.get(key)).as(key + " in " + row).isEqualTo(row.get(keys[0]));
    }
  }

  private static List<JsonNode> rows(Shell said) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    JSON.readTree(said.out()).get("rows").forEach(rows::add);
    assertThat(rows).isNotEmpty();
    return rows;
  }

  private static String command(String part) {
    return commands.stream().filter(command -> command.contains(part)).findFirst().orElseThrow();
  }

  /** A command of the page with this test's port and programs. */
  private static String typed(String command) {
    String typed = command;
    for (Map.Entry<String, String> word :
        Map.of(
                "8888",
                String.valueOf(port),
                "sudo ",
                "",
                "./dual client",
                ServerProcess.java() + " -jar " + ServerProcess.CLIENT_JAR)
            .entrySet()) {
      typed = typed.replace(word.getKey(), word.getValue());
    }
    return typed;
  }

  private static void client(String line) throws Exception {
    if (line.startsWith("send ")) {
      run(List.of(), folder, line);
    } else {
      Shell done = shell(line);
      assertThat(done.exitCode()).as(line + ": " + done.err()).isZero();
    }
  }

  /** Whether it exits with 0 or 1 is what is verified afterwards. */
  private static void run(List<String> prefix, Path there, String line) throws Exception {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(
        List.of(
            "bash",
            "-c",
            "cd %s && %s -jar %s %s"
                .formatted(there, ServerProcess.java(), ServerProcess.CLIENT_JAR, line)));
    Shell done = Shell.run(words);
    assertThat(done.exitCode()).as(line + ": " + done.err()).isLessThan(2);
  }

  private static Shell shell(String line) throws Exception {
    return Shell.run("cd %s && %s".formatted(folder, line));
  }
}
