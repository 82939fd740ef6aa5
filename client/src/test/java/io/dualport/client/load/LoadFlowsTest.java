package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.PlainEcho;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.report.LoadReport;
import io.dualport.client.load.report.LoadResult;
import io.dualport.report.Format;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The five-tuples in the JSON of a load, which {@code verify} holds against packets. */
class LoadFlowsTest {
  private static final int TRUNCATED_BYTES = 100;

  @Test
  void shouldListEveryFiveTupleWithItsWarmup() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      JsonNode result =
          json(Loading.of(echo.port()).with("connections", 3).with("warmup", "100ms").run());

      assertThat(result.get("flows")).hasSize(6);
      Set<String> sources = new HashSet<>();
      for (JsonNode row : result.get("rows")) {
        String protocol = row.get("protocol").asText();
        assertThat(row.get("warmupSent").asLong()).isPositive();
        assertThat(sum(result, protocol, "sent"))
            .isEqualTo(row.get("sent").asLong() + row.get("warmupSent").asLong());
        assertThat(sum(result, protocol, "echoed")).isEqualTo(sum(result, protocol, "sent"));
        assertThat(sum(result, protocol, "bytesIn")).isEqualTo(128 * sum(result, protocol, "sent"));
      }
      for (JsonNode flow : result.get("flows")) {
        assertThat(flow.get("destination").asText()).isEqualTo("127.0.0.1:" + echo.port());
        assertThat(flow.get("firstSequence").asLong() & (1L << MessageBytes.NUMBER_BITS) - 1)
            .isZero();
        sources.add(flow.get("protocol").asText() + flow.get("source").asText());
      }
      assertThat(sources).hasSize(6);
      // Each TCP connection and a UDP socket are twins: they differ in the protocol alone.
      assertThat(sources)
          .allSatisfy(
              s -> assertThat(sources).contains("tcp" + s.substring(3), "udp" + s.substring(3)));
      assertThat(result.at("/rows/0/sourcePortPairs").asLong()).isEqualTo(3);
      assertThat(result.get("flowsLeftOut").findValuesAsText("flows")).containsExactly("0", "0");
    }
  }

  @Test
  void shouldListNoMoreThanWasAskedForAndSumUpTheOthers() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      JsonNode result =
          json(
              Loading.of(echo.port())
                  .oneAMillisecond(100)
                  .with("rate", 500)
                  .with("connections", 2)
                  .with("connect-per-message", "on")
                  .with("report-flows", 7)
                  .run());

      assertThat(result.get("flows")).hasSize(7 + 2); // as many of TCP, and both of UDP
      JsonNode leftOut = result.get("flowsLeftOut").get(0);
      assertThat(leftOut.get("flows").asLong()).isEqualTo(43);
      assertThat(leftOut.get("sent").asLong()).isEqualTo(43);
      assertThat(sum(result, "tcp", "sent")).isEqualTo(7);
      assertThat(result.at("/rows/0/sourcePortPairs").isNull()).isTrue();
      assertThat(result.at("/notes/0").asText()).contains("(no pairs with one source port: ");
      assertThat(leftOut.get("bytesIn").asLong()).isEqualTo(43 * 128);
      assertThat(Loading.text(Loading.of(echo.port()).run())).doesNotContain("firstSequence");
    }
  }

  @Test
  void shouldCountWhatBecameOfTheMessagesOfOneFiveTuple() throws Exception {
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> PlainEcho.echoThrough(socket, 1000, b -> {}),
            (datagram, from) -> List.of(Arrays.copyOf(datagram, TRUNCATED_BYTES)))) {
      JsonNode result = json(Loading.of(echo.port()).oneAMillisecond(100).run());
      assertThat(sum(result, "udp", "truncated")).isEqualTo(100);
      assertThat(sum(result, "udp", "echoed")).isZero();
      assertThat(sum(result, "udp", "bytesIn")).isEqualTo(100 * TRUNCATED_BYTES);
      assertThat(sum(result, "tcp", "echoed")).isEqualTo(100);
    }
  }

  private static long sum(JsonNode result, String protocol, String key) {
    return StreamSupport.stream(result.get("flows").spliterator(), false)
        .filter(flow -> flow.get("protocol").asText().equals(protocol))
        .mapToLong(flow -> flow.get(key).asLong())
        .sum();
  }

  private static JsonNode json(LoadResult result) throws Exception {
    return new ObjectMapper().readTree(new LoadReport(result).render(Format.JSON));
  }
}
