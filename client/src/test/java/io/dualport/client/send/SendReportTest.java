package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.target.Target;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every column shows its own value: all values here are different. */
class SendReportTest {
  private final SendReport report =
      new SendReport(
          new SendResult(
              Target.parse("127.0.0.1:7"),
              InetAddress.getLoopbackAddress(),
              new SendPlan(0xabc, 36, 64, 0, 5_000_000, 0, true),
              Transport.NIO,
              false,
              null,
              false,
              List.of(
                  new ProtocolResult(
                      Protocol.UDP,
                      Finding.open("36 of 36 came back"),
                      new ExchangeCounts(11, 12, 13, 14, 15, 16, 17, 18, 19),
                      new RoundTrips(21_000, 22_000, 23_000, 24_000),
                      null,
                      Stamps.NONE))));

  private static final Map<String, Long> VALUES =
      Map.ofEntries(
          Map.entry("sizeBytes", 64L),
          Map.entry("timeoutNanos", 5_000_000L),
          Map.entry("sent", 11L),
          Map.entry("echoed", 12L),
          Map.entry("lost", 13L),
          Map.entry("duplicated", 14L),
          Map.entry("reordered", 15L),
          Map.entry("corrupted", 16L),
          Map.entry("truncated", 17L),
          Map.entry("late", 18L),
          Map.entry("unanswered", 19L),
          Map.entry("rttMinNanos", 21_000L),
          Map.entry("rttP50Nanos", 22_000L),
          Map.entry("rttP99Nanos", 23_000L),
          Map.entry("rttMaxNanos", 24_000L));

  @Test
  void shouldShowEachValueUnderItsOwnKey() throws Exception {
    JsonNode row = new ObjectMapper().readTree(report.render(Format.JSON)).get("rows").get(0);

    VALUES.forEach((key, value) -> assertThat(row.get(key).asLong()).as(key).isEqualTo(value));
    assertThat(row.get("verdict").asText()).isEqualTo("open");
    assertThat(row.get("evidence").asText()).isEqualTo("36 of 36 came back");
    assertThat(row.get("transport").asText()).isEqualTo("nio");
    assertThat(row.get("protocol").asText()).isEqualTo("udp");
  }

  @Test
  void shouldShowEachValueInItsOwnRow() {
    assertThat(report.render(Format.TEXT).lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "verdict open",
            "sent 11",
            "echoed 12",
            "lost 13",
            "duplicated 14",
            "reordered 15",
            "corrupted 16",
            "truncated 17",
            "late 18",
            "rtt min 21 µs",
            "rtt p50 22 µs",
            "rtt p99 23 µs",
            "rtt max 24 µs");
  }
}
