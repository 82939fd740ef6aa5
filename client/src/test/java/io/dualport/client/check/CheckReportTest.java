package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.ClientKeys;
import io.dualport.client.target.Target;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.probe.Stamp;
import io.dualport.report.Format;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every column shows its own value: all values here are different. */
class CheckReportTest {
  private static final Map<String, String> VALUES =
      Map.ofEntries(
          Map.entry("address", "127.0.0.1"),
          Map.entry("protocol", "tcp"),
          Map.entry("verdict", "closed-early"),
          Map.entry("errno", "ECONNRESET"),
          Map.entry("evidence", "what was seen"),
          Map.entry("advice", "what to find"),
          Map.entry("answeredBy", "an echo"),
          Map.entry("connectNanos", "11000"),
          Map.entry("verdictNanos", "10000"),
          Map.entry("altSvc", "h3=\":443\""),
          Map.entry("service", "echo"),
          Map.entry("rttMinNanos", "12000"),
          Map.entry("askedBytes", "13"),
          Map.entry("largestBytes", "14"),
          Map.entry("pathMtuBytes", "15"),
          Map.entry("halfClose", "kept"),
          Map.entry("source", "127.0.0.1:16"),
          Map.entry("destination", "127.0.0.1:17"),
          Map.entry("stampedSource", "127.0.0.1:18"),
          Map.entry("stampedDestination", "127.0.0.1:19"),
          Map.entry("serverInstance", "0000000000000014"),
          Map.entry("path", "rewritten"));

  @Test
  void shouldShowEachValueUnderItsOwnKey() throws Exception {
    CheckedProtocol found =
        new CheckedProtocol(
            Protocol.TCP,
            InetAddress.getLoopbackAddress(),
            Verdict.CLOSED_EARLY.because(Errno.ECONNRESET, "what was seen", "what to find"),
            "an echo",
            10_000L,
            11_000L,
            12_000L,
            13,
            14,
            15,
            CheckedProtocol.HalfClose.KEPT,
            tuple(16, 17),
            Seen.of(new Stamp(0, tuple(18, 19), 0, 20)),
            "h3=\":443\"",
            Set.of(20L));
    CheckResult result =
        new CheckResult(
            Target.parse("127.0.0.1:17"),
            1,
            CheckSettings.of(ClientKeys.load(Map.of(), Map.of(), null)),
            List.of(found),
            0);

    JsonNode row =
        new ObjectMapper().readTree(new CheckReport(result).render(Format.JSON)).get("rows").get(0);

    VALUES.forEach((key, value) -> assertThat(row.get(key).asText()).as(key).isEqualTo(value));
  }

  private static FiveTuple tuple(int source, int destination) {
    return new FiveTuple(
        Protocol.TCP,
        new InetSocketAddress("127.0.0.1", source),
        new InetSocketAddress("127.0.0.1", destination));
  }
}
