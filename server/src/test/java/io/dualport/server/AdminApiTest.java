package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the admin side says is what passed through, in the form that docs/ADMIN.md promises. */
class AdminApiTest {
  private static AdminSide admin;
  private static Socket connection;
  private static int twinPort;
  private static int lonelyPort;

  /**
   * One pair of twins, the TCP one with two messages and 101 bytes, the UDP one with 30; one lonely
   * UDP flow, 7.
   */
  @BeforeAll
  static void start() throws IOException {
    admin = AdminSide.start("--shards", "1");
    connection = admin.connection(100); // first: TIME_WAIT may have UDP's number
    twinPort = admin.datagram(connection.getLocalPort(), 30);
    connection.getOutputStream().write(1);
    connection.getInputStream().readNBytes(1);
    lonelyPort = admin.datagram(0, 7);
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    connection.close();
    admin.close();
  }

  @Test
  void shouldGiveASnapshotOfWhatPassedThrough() throws Exception {
    JsonNode snapshot = admin.json("/api/snapshot");

    JsonSchemas.assertValid("snapshot", snapshot);
    assertThat(snapshot.at("/port").asInt()).isEqualTo(admin.echo().getPort());
    assertThat(snapshot.at("/pid").asLong()).isEqualTo(ProcessHandle.current().pid());
    assertThat(snapshot.at("/protocols/tcp/bytesIn").asLong()).isEqualTo(101);
    assertThat(snapshot.at("/protocols/tcp/bytesOut").asLong()).isEqualTo(101);
    assertThat(snapshot.at("/protocols/tcp/messagesIn").asLong()).as("no probe").isZero();
    assertThat(snapshot.at("/protocols/tcp/reads").asLong()).isPositive();
    assertThat(snapshot.at("/protocols/tcp/writes").asLong())
        .isEqualTo(snapshot.at("/protocols/tcp/reads").asLong());
    assertThat(snapshot.at("/protocols/tcp/connectionsOpen").asLong()).isEqualTo(1);
    assertThat(snapshot.at("/protocols/udp/messagesIn").asLong()).isEqualTo(2);
    assertThat(snapshot.at("/protocols/udp/bytesOut").asLong()).isEqualTo(37);
    assertThat(snapshot.at("/protocols/udp/flowsLive").asLong()).isEqualTo(2);
    assertThat(snapshot.at("/state").asText()).isEqualTo("serving");
  }

  @ParameterizedTest
  @CsvSource({
    "'',                         3, tcp udp udp",
    "sort=bytesIn&order=asc,     3, udp udp tcp",
    "sort=bytesIn,               3, tcp udp udp",
    "sort=messagesIn&limit=1,    3, udp",
    "sort=reads&limit=1,         3, tcp",
    "sort=writes&limit=1,        3, tcp",
    "sort=rtt&limit=1,           3, tcp",
    "sort=rtt&order=asc&limit=2, 3, udp udp",
    "limit=2&offset=2,           3, udp",
    "offset=3,                   3, ''",
    "protocol=tcp,               1, tcp",
    "protocol=udp&sort=lastSeen, 2, udp udp",
    "twins=true&sort=tuple,      2, tcp udp",
    "match=twins&sort=tuple,     2, tcp udp",
    "match=twins+udp,            1, udp",
    "match=UDP+127,              2, udp udp",
    "match=tcp+10.,              0, ''",
    "match=127.0.0.0/8+tcp,      1, tcp",
    "match=10.0.0.0/8,           0, ''",
    "state=ended,                0, ''",
    "state=all,                  3, tcp udp udp",
    "peer=127.0.0.1,             3, tcp udp udp",
    "peer=127.0.0.0/8,           3, tcp udp udp",
    "peer=10.0.0.0/8,            0, ''",
    "peer=%3A%3A1,               0, ''"
  })
  void shouldSortFilterAndPageTheFlows(String query, int total, String protocols) throws Exception {
    JsonNode answer = admin.json("/api/flows?" + query);

    JsonSchemas.assertValid("flows", answer);
    assertThat(answer.get("total").asInt()).isEqualTo(total);
    assertThat(
            String.join(
                " ",
                StreamSupport.stream(answer.get("flows").spliterator(), false)
                    .map(flow -> flow.get("protocol").asText())
                    .toList()))
        .isEqualTo(protocols);
  }

  /** A 0 beside what came in would read like a loss. */
  @Test
  void shouldGiveNoMessagesOfAStreamThatIsNoProbe() throws Exception {
    JsonNode tcp = admin.json("/api/flows?protocol=tcp").at("/flows/0");
    JsonNode udp = admin.json("/api/flows?protocol=udp").at("/flows/0");

    assertThat(tcp.get("framing").asText()).isEqualTo("none");
    assertThat(tcp.get("messagesIn").isNull()).isTrue();
    assertThat(tcp.get("messagesOut").isNull()).isTrue();
    assertThat(tcp.get("reads").asLong()).isPositive();
    assertThat(udp.get("framing").isNull()).isTrue();
    assertThat(udp.get("messagesIn").asLong()).isEqualTo(1);
    assertThat(udp.get("reads").isNull()).isTrue();
  }

  @Test
  void shouldFindOnePeerByItsPort() throws Exception {
    for (String peer : List.of("127.0.0.1:" + lonelyPort, ":" + lonelyPort)) {
      JsonNode answer = admin.json("/api/flows?peer=" + peer);

      assertThat(answer.get("total").asInt()).as(peer).isEqualTo(1);
      assertThat(answer.at("/flows/0/bytesIn").asInt()).isEqualTo(7);
    }
  }

  @Test
  void shouldMarkTheFlowsThatDifferInTheProtocolAlone() throws Exception {
    JsonNode flows = admin.json("/api/flows?sort=tuple").get("flows");

    for (JsonNode flow : flows) {
      boolean isTwin = flow.get("source").asText().equals("127.0.0.1:" + twinPort);
      assertThat(flow.get("twin").asBoolean()).as("%s", flow).isEqualTo(isTwin);
    }
  }

  @Test
  void shouldShowTheKernelsRowsForThePort() throws Exception {
    JsonNode answer = admin.json("/api/kernel");

    JsonSchemas.assertValid("kernel", answer);
    // Beside ours there may be what another program's connection left behind on that number.
    List<JsonNode> ours = new ArrayList<>();
    for (JsonNode socket : answer.get("sockets")) {
      if (socket.get("ours").asBoolean()) {
        ours.add(socket);
      }
    }
    assertThat(ours).as("%s", answer).hasSize(3);
    assertThat(ours.get(0).get("state").asText()).isEqualTo("LISTEN");
    assertThat(ours.get(1).get("state").asText()).isEqualTo("UNCONN");
    assertThat(ours.get(2).get("remote").asText()).isEqualTo("127.0.0.1:" + twinPort);
    JsonNode flow = admin.json("/api/flows?protocol=tcp").at("/flows/0");
    assertThat(ours.get(2).get("inode")).isEqualTo(flow.get("inode"));
    assertThat(admin.json("/api/kernel?limit=1").get("sockets")).hasSize(1);
    for (JsonNode share : answer.get("shares")) {
      boolean isTold = !share.get("ours").isNull();
      assertThat(share.get("others").isNull()).as("%s", share).isEqualTo(!isTold);
      assertThat(share.get("all").asLong() - share.get("ours").asLong())
          .as("%s", share)
          .isEqualTo(isTold ? share.get("others").asLong() : share.get("all").asLong())
          .isNotNegative();
    }
    assertThat(answer.at("/shares/0/ours").asLong()).as("both datagrams").isEqualTo(2);
    assertThat(answer.at("/shares/3/ours").asLong()).as("one connection").isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flows?sort=colour",
        "flows?limit=0",
        "flows?limit=1001",
        "flows?offset=-1",
        "flows?limit=1&limit=2",
        "flows?peer=example.org",
        "flows?peer=1.2.3.4/33",
        "flows?peer=1.2.3.4:70000",
        "flows?protocol=sctp",
        "flows?colour=red",
        "flows?sort=%zz",
        "flows?peer=:%2B80",
        "flows?peer=10.0.0.0/%2B8",
        "events?x=1",
        "kernel?limit=many",
        "snapshot?x=1"
      })
  void shouldRefuseAParameterByItsNameAndSayWhatIsAllowed(String query) throws Exception {
    // The client's URI class would not let a broken escape pass.
    String answer =
        admin.raw(
            "GET /api/" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ");
    JsonNode error = AdminSide.JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n")));
    JsonSchemas.assertValid("error", error);
    assertThat(error.at("/error/allowed").asText()).isNotEmpty();
  }

  @Test
  void shouldGiveMetricsThatAgreeWithTheSnapshot() throws Exception {
    HttpResponse<String> answer = admin.get("/metrics");

    assertThat(answer.headers().firstValue("content-type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.body())
        .contains("dualport_received_bytes_total{protocol=\"tcp\"} 101.0\n")
        .contains("dualport_received_bytes_total{protocol=\"udp\"} 37.0\n")
        .contains("dualport_open_connections 1.0\n")
        .contains("dualport_accepted_connections_total 1.0\n")
        .contains("dualport_received_messages_total{protocol=\"tcp\"} 0.0\n")
        .containsPattern("dualport_reads_total\\{protocol=\"tcp\"} [1-9]")
        .containsPattern("dualport_writes_total\\{protocol=\"tcp\"} [1-9]")
        .doesNotContain("dualport_reads_total{protocol=\"udp\"}")
        .contains("dualport_kernel_own_events_total{counter=\"Udp.InDatagrams\"} 2.0\n")
        .contains("dualport_kernel_own_events_total{counter=\"Tcp.PassiveOpens\"} 1.0\n")
        .contains("dualport_accept_failures_total 0.0\n")
        .contains("dualport_flows{protocol=\"udp\"} 2.0\n")
        .contains("dualport_ended_flows_total{protocol=\"udp\"} 0.0\n")
        .contains("dualport_dropped_datagrams_total{reason=\"own_port\"} 0.0\n")
        .contains("dualport_kernel_sockets{protocol=\"tcp\",state=\"LISTEN\"} 1.0\n")
        .doesNotContain("source=");
    assertThat(
            admin
                .get("/metrics", "Accept", "application/openmetrics-text;version=1.0.0")
                .headers()
                .firstValue("content-type")
                .orElseThrow())
        .startsWith("application/openmetrics-text");
  }

  @Test
  void shouldGiveTheBusiestFlowsMetricsOfTheirOwnWhenAskedTo() throws Exception {
    try (TestCommand server =
            TestCommand.start(
                java.util.Map.of("DUAL_SERVER_ADMIN_METRICS_FLOWS", "1"),
                "--port",
                "0",
                "--view",
                "json",
                "--admin",
                "127.0.0.1:0");
        AdminSide few = AdminSide.of(server)) {
      int port = few.datagram(0, 50);
      few.datagram(0, 5);

      String metrics = few.get("/metrics").body();

      assertThat(metrics.lines().filter(line -> line.startsWith("dualport_flow_received_bytes")))
          .containsExactly(
              "dualport_flow_received_bytes_total{destination=\"127.0.0.1:%d\",protocol=\"udp\",source=\"127.0.0.1:%d\"} 50.0"
                  .formatted(few.echo().getPort(), port));
    }
  }

  @Test
  void shouldDescribeEveryCounterInTheSchema() throws IOException {
    JsonNode schema = JsonSchemas.text("snapshot");

    for (Protocol protocol : Protocol.values()) {
      for (Counter counter : Counter.values()) {
        JsonNode property =
            schema.at(
                "/properties/protocols/properties/"
                    + protocol.label()
                    + "/properties/"
                    + counter.key());
        assertThat(property.path("description").asText(null))
            .as(counter.key())
            .isEqualTo(counter.appliesTo(protocol) ? counter.meaning() : null);
      }
    }
  }

  /** An example that no server could give would teach wrong things. */
  @Test
  void shouldGiveExamplesThatFitTheSchemas() throws IOException {
    String text = Files.readString(Repository.path("docs/ADMIN.md"));
    Matcher blocks =
        Pattern.compile("## /api/(\\w+)\\n.*?```json\\n(.*?)```", Pattern.DOTALL).matcher(text);
    List<String> checked = new ArrayList<>();
    while (blocks.find()) {
      String schema = blocks.group(1).equals("events") ? "frame" : blocks.group(1);
      JsonSchemas.assertValid(schema, AdminSide.JSON.readTree(blocks.group(2)));
      checked.add(schema);
    }
    assertThat(checked).containsExactly("snapshot", "flows", "kernel", "frame");
  }

  @Test
  void shouldServeThePageFromTheJarAndNothingElse() throws Exception {
    HttpResponse<String> page = admin.get("/");
    String etag = page.headers().firstValue("etag").orElseThrow();

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("set-cookie")).isEmpty();
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
        .doesNotContain("unsafe");
    assertThat(admin.get("/", "If-None-Match", etag).statusCode()).isEqualTo(304);
    for (String path :
        List.of(
            "/../AdminServer.class", "/%2e%2e/AdminServer.class", "/AdminServer.class", "/.git")) {
      assertThat(admin.raw("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n"))
          .as(path)
          .startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void shouldSayThatItIsWell() throws Exception {
    assertThat(admin.get("/healthz").body()).isEqualTo("ok\n");
    assertThat(admin.get("/readyz").body()).isEqualTo("ready\n");
  }

  /** A scraper that likes protobuf best gets what there is. */
  @Test
  void shouldGiveTextToWhoPrefersProtobuf() throws Exception {
    HttpResponse<String> answer =
        admin.get(
            "/metrics",
            "Accept",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                + "encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.4");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type").orElseThrow()).startsWith("text/plain");
  }

  @Test
  void shouldRememberATwinThatHasEnded() throws Exception {
    try (AdminSide other = AdminSide.start()) {
      try (Socket connection = other.connection(1)) {
        other.datagram(connection.getLocalPort(), 1);
      }
      await().until(() -> other.json("/api/flows?state=ended").get("total").asInt() == 1);

      assertThat(other.json("/api/flows").at("/flows/0/twin").asBoolean()).isTrue();
      assertThat(other.json("/api/flows?twins=true&state=live").get("total").asInt()).isZero();
      assertThat(other.json("/api/flows?twins=true").get("total").asInt()).isEqualTo(2);
      assertThat(other.get("/metrics").body())
          .contains("dualport_ended_flows_total{protocol=\"tcp\"} 1.0\n");
    }
  }

  /** The port is closed by then, but who asks hears why, and what is left of it. */
  @Test
  void shouldNotBeReadyWhileItDrains() throws Exception {
    try (AdminSide draining = AdminSide.start("--drain", "20s")) {
      Thread stopping;
      try (Socket open = draining.connection(1)) {
        stopping = new Thread(() -> stop(draining));
        stopping.start();
        await().until(() -> draining.get("/readyz").statusCode() == 503);

        assertThat(draining.get("/readyz").body()).isEqualTo("draining\n");
        assertThat(draining.get("/healthz").statusCode()).isEqualTo(200);
        assertThat(draining.json("/api/snapshot").get("state").asText()).isEqualTo("draining");
        assertThat(open.isConnected()).isTrue();
      }
      stopping.join();
      assertThat(draining.command().code()).isEqualTo(ExitCode.STOPPED);
    }
  }

  private static void stop(AdminSide server) {
    try {
      server.command().stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
