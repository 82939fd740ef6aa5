package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.kernel.NetCounters;
import io.dualport.kernel.SocketTable;
import io.dualport.server.echo.TwinEcho;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the program prints from start to stop, with one echo on each protocol between. */
class ViewTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TCP_BYTES = TwinEcho.TCP_TEXT.length();
  private static final int UDP_BYTES = TwinEcho.UDP_TEXT.length();

  @Test
  void shouldPrintJsonLinesWithTheFinalNumbersAndBothFiveTuples() throws Exception {
    try (TestCommand server =
        TestCommand.start("--port", "0", "--view", "json", "--report-every", "0s")) {
      server.awaitOutput("\n");
      JsonNode started = JSON.readTree(server.outLines().get(0));
      int port = started.get("port").intValue();
      String destination = "127.0.0.1:" + port;
      String source = "127.0.0.1:" + TwinEcho.send(new InetSocketAddress("127.0.0.1", port));
      assertThat(server.stop()).isEqualTo(ExitCode.STOPPED);

      List<JsonNode> events = events(server);
      assertThat(events)
          .extracting(event -> event.get("event").textValue())
          .containsExactly("started", "stopped");
      assertStarted(started, port);
      JsonNode stopped = events.get(1);
      assertTotals(stopped.get("protocols"));
      assertThat(stopped.get("imbalances")).isEmpty();
      assertThat(stopped.get("flows")).hasSize(2);
      assertFlow(stopped, "tcp", source, destination, TCP_BYTES, "peer");
      assertFlow(stopped, "udp", source, destination, UDP_BYTES, null);
      assertThat(stopped.has("kernel")).isEqualTo(NetCounters.read().isPresent());
      for (JsonNode share : stopped.get("kernelShares")) {
        assertThat(share.get("all").asLong())
            .isEqualTo(
                share.get("ours").isNull()
                    ? share.get("all").asLong()
                    : share.get("ours").asLong() + share.get("others").asLong());
      }
      assertThat(server.err()).isEmpty();
    }
  }

  private static void assertStarted(JsonNode started, int port) {
    assertThat(port).isPositive();
    assertThat(started.get("displayFilter").textValue())
        .isEqualTo("tcp.port == " + port + " || udp.port == " + port);
    assertThat(started.get("pid").longValue()).isEqualTo(ProcessHandle.current().pid());
    assertThat(started.get("reach").textValue()).startsWith("this machine only");
    if (SocketTable.available()) {
      assertThat(started.get("sockets"))
          .extracting(row -> row.get("protocol").textValue())
          .startsWith("tcp", "udp")
          .containsOnly("tcp", "udp");
      assertThat(started.get("sockets"))
          .extracting(row -> row.get("local").textValue())
          .containsOnly("127.0.0.1:" + port);
      assertThat(started.get("sockets"))
          .extracting(row -> row.get("inode").longValue())
          .doesNotHaveDuplicates();
    }
  }

  private static void assertTotals(JsonNode protocols) {
    JsonNode tcp = protocols.get("tcp");
    assertThat(tcp.get("connectionsAccepted").intValue()).isEqualTo(1);
    assertThat(tcp.get("closedByPeer").intValue()).isEqualTo(1);
    assertThat(tcp.get("connectionsOpen").intValue()).isZero();
    assertThat(tcp.get("bytesIn").intValue()).isEqualTo(TCP_BYTES);
    assertThat(tcp.get("bytesOut").intValue()).isEqualTo(TCP_BYTES);
    assertThat(tcp.get("flowsEnded").intValue()).isEqualTo(1);
    assertThat(tcp.has("droppedLoop")).isFalse();
    JsonNode udp = protocols.get("udp");
    assertThat(udp.get("messagesIn").intValue()).isEqualTo(1);
    assertThat(udp.get("messagesOut").intValue()).isEqualTo(1);
    assertThat(udp.get("bytesIn").intValue()).isEqualTo(UDP_BYTES);
    assertThat(udp.get("bytesOut").intValue()).isEqualTo(UDP_BYTES);
    assertThat(udp.get("flowsLive").intValue()).isEqualTo(1);
    assertThat(udp.get("droppedLoop").intValue()).isZero();
    assertThat(udp.has("connectionsAccepted")).isFalse();
  }

  private static void assertFlow(
      JsonNode stopped,
      String protocol,
      String source,
      String destination,
      int bytes,
      String endedBy) {
    List<JsonNode> flows = new ArrayList<>();
    stopped.get("flows").forEach(flows::add);
    assertThat(flows)
        .filteredOn(flow -> flow.get("protocol").textValue().equals(protocol))
        .singleElement()
        .satisfies(
            flow -> {
              assertThat(flow.get("source").textValue()).isEqualTo(source);
              assertThat(flow.get("destination").textValue()).isEqualTo(destination);
              assertThat(flow.get("bytesIn").intValue()).isEqualTo(bytes);
              assertThat(flow.get("bytesOut").intValue()).isEqualTo(bytes);
              assertThat(flow.get("dropped").intValue()).isZero();
              assertThat(flow.get("ended").textValue()).isEqualTo(endedBy);
            });
  }

  @Test
  void shouldPrintProgressInJsonWhileItRuns() throws Exception {
    try (TestCommand server =
        TestCommand.start("--port", "0", "--view", "json", "--report-every", "100ms")) {
      server.awaitOutput("\n");
      int port = JSON.readTree(server.outLines().get(0)).get("port").intValue();
      TwinEcho.send(new InetSocketAddress("127.0.0.1", port));
      await().until(() -> lastComplete(server).at("/protocols/udp/messagesOut").intValue() == 1);

      assertThat(lastComplete(server).get("event").textValue()).isEqualTo("progress");
      server.stop();
      assertThat(events(server).get(events(server).size() - 1).get("event").textValue())
          .isEqualTo("stopped");
    }
  }

  @Test
  void shouldPrintNothingWhenQuiet() throws Exception {
    try (TestCommand server =
        TestCommand.start("--port", "0", "--view", "quiet", "--report-every", "100ms")) {
      assertThat(server.stop()).isEqualTo(ExitCode.STOPPED);
      assertThat(server.out()).isEmpty();
      assertThat(server.err()).isEmpty();
    }
  }

  @Test
  void shouldCountThePairsItDoesNotName() throws Exception {
    try (TestCommand server =
        TestCommand.start("--port", "0", "--view", "log", "--report-every", "100ms")) {
      server.awaitOutput("stop       Ctrl-C");
      Matcher port = Pattern.compile("Dualport: port (\\d+) on TCP and UDP").matcher(server.out());
      assertThat(port.find()).isTrue();
      InetSocketAddress echo = new InetSocketAddress("127.0.0.1", Integer.parseInt(port.group(1)));
      for (int i = 0; i < 3; i++) {
        TwinEcho.send(echo);
      }
      assertThat(server.stop()).isEqualTo(ExitCode.STOPPED);

      assertThat(server.out())
          .contains(
              ", and 2 other pairs above, on both protocols: each pair's five-tuples differ in the"
                  + " protocol alone, and the kernel kept them apart.");
    }
  }

  @Test
  void shouldPrintTablesAndTheTwinFlowsForPeople() throws Exception {
    try (TestCommand server =
        TestCommand.start("--port", "0", "--view", "log", "--report-every", "100ms")) {
      server.awaitOutput("stop       Ctrl-C");
      Matcher first = Pattern.compile("Dualport: port (\\d+) on TCP and UDP").matcher(server.out());
      assertThat(first.find()).isTrue();
      String port = first.group(1);
      int source = TwinEcho.send(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)));
      server.awaitOutput(" msg/s in, ");
      assertThat(server.stop()).isEqualTo(ExitCode.STOPPED);

      String printed = server.out();
      if (SocketTable.available()) {
        assertThat(printed).contains("Bound, as the kernel shows it");
        assertThat(row(printed, "tcp")).contains("LISTEN", "127.0.0.1:" + port, "(pid ");
        assertThat(row(printed, "udp")).contains("127.0.0.1:" + port, "(pid ");
      }
      assertThat(printed)
          .contains("reach      this machine only", "guard      on")
          .contains("wireshark  tcp.port == " + port + " || udp.port == " + port)
          .contains("Per protocol, in ", "Per five-tuple, as the server saw it:")
          .contains(
              "127.0.0.1:%d -> 127.0.0.1:%s on both protocols: the five-tuples differ in the protocol alone, and the kernel kept them apart."
                  .formatted(source, port))
          .doesNotContain("BUG");
      String tables = printed.substring(printed.indexOf("Per protocol, in "));
      assertThat(row(tables, "bytes in").trim().split(" {2,}"))
          .containsExactly("bytes in", "" + TCP_BYTES, "" + UDP_BYTES);
      assertThat(row(tables, "closed: peer").trim().split(" {2,}")).contains("closed: peer", "1");
      assertThat(row(tables, "tcp")).contains("127.0.0.1:" + source, "127.0.0.1:" + port, "peer");
      assertThat(row(tables, "udp")).contains("127.0.0.1:" + source, "127.0.0.1:" + port);
      assertThat(row(tables, "messages in").trim().split(" {2,}"))
          .as("TwinEcho sends text, no probe")
          .containsExactly("messages in", "-", "1");
      assertThat(tables)
          .contains("No whole probe message came over TCP: reads, writes and bytes tell what did.")
          .contains("messages -: no probe messages on this stream");
      assertThat(tables.contains("The kernel's count meanwhile"))
          .isEqualTo(NetCounters.read().isPresent());
      if (NetCounters.read().isPresent()) {
        String kernel = tables.substring(tables.indexOf("The kernel's count"));
        assertThat(kernel)
            .containsPattern("Udp.InDatagrams.* +[1-9][0-9]* +1 +[0-9]+  datagrams read");
        assertThat(kernel).containsPattern("Tcp.PassiveOpens +[1-9][0-9]* +1 +[0-9]+  connections");
      }
    }
  }

  @Test
  void shouldWarnOfAGuardThatIsOffAndOfAnOpenPort() throws Exception {
    TestCommand server =
        TestCommand.run("--port", "0", "--view", "log", "--guard", "off", "--host", "any");

    assertThat(server.out())
        .contains("guard      OFF: this echo will take part in loops")
        .contains("reach      everybody who can route here")
        .contains("to close it: --host 127.0.0.1");
  }

  /** The first line that begins with a word. */
  private static String row(String printed, String begin) {
    return printed
        .lines()
        .filter(line -> line.trim().startsWith(begin + " "))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row " + begin + " in\n" + printed));
  }

  private static JsonNode lastComplete(TestCommand server) throws IOException {
    String printed = server.out();
    List<String> lines = printed.substring(0, printed.lastIndexOf('\n')).lines().toList();
    return JSON.readTree(lines.get(lines.size() - 1));
  }

  private static List<JsonNode> events(TestCommand server) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String line : server.outLines()) {
      events.add(JSON.readTree(line));
    }
    return events;
  }
}
