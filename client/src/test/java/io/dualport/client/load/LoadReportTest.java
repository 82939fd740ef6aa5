package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ListedFlows;
import io.dualport.client.load.count.MessageCounts;
import io.dualport.client.load.count.Outages.Outage;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.report.LoadReport;
import io.dualport.client.load.report.LoadResult;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Every column shows its own value: all values here are different. */
class LoadReportTest {
  private static final int SAMPLES = 1000;

  @Test
  void shouldShowEachValueUnderItsOwnKeyAndInItsOwnRow() throws Exception {
    MessageCounts counts = counted(100);
    ProtocolLoad udp =
        new ProtocolLoad(
            Protocol.UDP,
            counts,
            counted(200),
            micros(1),
            micros(2000),
            Map.of("ECONNREFUSED", 301L),
            new ListedFlows(0),
            Set.of(),
            null,
            302,
            303,
            List.of(new Outage(3_000_000, 5_000_000, 401, 402, 403)),
            false,
            0);
    LoadReport report = new LoadReport(result(udp));
    JsonNode json = new ObjectMapper().readTree(report.render(Format.JSON));
    JsonNode row = json.get("rows").get(0);

    for (Count count : Count.values()) {
      assertThat(row.get(count.key()).asLong()).as(count.key()).isEqualTo(counts.get(count));
    }
    assertThat(row.get("inFlight").asLong()).isEqualTo(counts.inFlight());
    assertThat(row.get("warmupSent").asLong()).isEqualTo(200 + Count.SENT.ordinal());
    assertThat(row.get("warmupEchoed").asLong()).isEqualTo(200 + Count.ECHOED.ordinal());
    assertThat(row.get("failures").asLong()).isEqualTo(301);
    assertThat(row.get("causes").asText()).isEqualTo("ECONNREFUSED 301");
    assertThat(row.get("retransmittedSegments").asLong()).isEqualTo(302);
    assertThat(row.get("sendsShared").asLong()).isEqualTo(303);
    assertThat(json.get("outages").toString())
        .isEqualTo(
            "[{\"protocol\":\"udp\",\"fromNanos\":3000000,\"toNanos\":5000000,"
                + "\"began\":\"1970-01-01T00:00:00.003Z\",\"ended\":\"1970-01-01T00:00:00.005Z\","
                + "\"failures\":403,\"lost\":402}]");
    Map<String, Double> shares =
        Map.of("P50", 0.5, "P90", 0.9, "P99", 0.99, "P999", 0.999, "Max", 1.0);
    shares.forEach(
        (name, share) -> {
          assertThat(row.get("latency" + name + "Nanos").asLong() / 1000)
              .isEqualTo(Math.round(share * SAMPLES));
          assertThat(row.get("connect" + name + "Nanos").asLong() / 2_000_000)
              .isEqualTo(Math.round(share * SAMPLES));
        });
    assertThat(report.render(Format.TEXT).lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains("latency p50 500 µs", "latency p90 900 µs", "latency p99 990 µs")
        .contains("latency p99.9 999 µs", "latency max 1 ms")
        .contains("connect p50 1 s", "connect p99 1.98 s", "connect max 2 s");
  }

  /** The plan of a real run that sent to nobody. */
  private static LoadResult result(ProtocolLoad load) throws LoadFailure {
    LoadResult real = Loading.of(9).with("duration", "100ms").only(Protocol.UDP).run();
    return new LoadResult(real.plan(), 1, 0, 0, 0, false, false, 0, List.of(load));
  }

  private static MessageCounts counted(long from) {
    MessageCounts tally = new MessageCounts();
    for (Count count : Count.values()) {
      tally.add(count, from + count.ordinal());
    }
    return tally;
  }

  /** 1 to 1000 times this many microseconds. */
  private static Histogram micros(long unit) {
    Histogram histogram = new Histogram(5);
    for (int i = 1; i <= SAMPLES; i++) {
      histogram.recordValue(i * unit * 1000);
    }
    return histogram;
  }
}
