package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Every column shows its own value: all values here are different. */
class VerifyReportTest {
  private static final ClientFlow CLIENT =
      new ClientFlow(
          Protocol.UDP, Runs.CLIENT, Runs.SERVER, 0, 11, 12, 13, 14, 15, 16, 17, false, 18, 19);
  private static final ServerFlow SERVER = new ServerFlow(21, 22, 23, 24, 25);
  private final VerifyReport report = new VerifyReport(verification());

  @Test
  void shouldShowEachValueUnderItsOwnKey() throws Exception {
    JsonNode row = new ObjectMapper().readTree(report.render(Format.JSON)).get("rows").get(0);

    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("runId", "0123456789abcdef");
    expected.put("protocol", "udp");
    expected.put("source", Runs.CLIENT);
    expected.put("destination", Runs.SERVER);
    expected.put("clientSent", 11);
    expected.put("capturedAsked", 30);
    expected.put("serverMessagesIn", 21);
    expected.put("clientBytesOut", 18);
    expected.put("capturedBytesOut", 40);
    expected.put("serverBytesIn", 23);
    expected.put("clientReceived", 13);
    expected.put("capturedEchoed", 63);
    expected.put("serverMessagesOut", 22);
    expected.put("clientBytesBack", 19);
    expected.put("capturedBytesBack", 50);
    expected.put("serverBytesOut", 24);
    expected.put("clientLost", 14);
    expected.put("capturedUnanswered", 29);
    expected.put("clientLate", 16);
    expected.put("capturedLate", 1);
    expected.put("clientDuplicated", 15);
    expected.put("capturedDuplicated", 31);
    expected.put("retransmittedOut", 33);
    expected.put("retransmittedBack", 34);
    expected.put("missingBytes", 35);
    expected.put("seenElsewhere", 36);
    expected.put("verdict", "server-wrong");
    expected.put("right", "client");
    expected.put("reason", "why");
    Map<String, Object> shown = new LinkedHashMap<>();
    row.properties()
        .forEach(
            cell ->
                shown.put(
                    cell.getKey(),
                    cell.getValue().isInt() ? cell.getValue().asInt() : cell.getValue().asText()));
    assertThat(shown).containsExactlyEntriesOf(expected);
  }

  @Test
  void shouldPutTheThreeAccountsOfOneThingIntoOneCell() {
    List<String> lines = report.render(Format.MARKDOWN).lines().toList();

    assertThat(lines)
        .contains(
            "| five-tuple | asked | bytes out | echoed | bytes back | lost | sent again | verdict |",
            "| udp 192.0.2.1:40000 -&gt; 192.0.2.2:8888 | 11 / 30 / 21 | 18 / 40 / 23 | 13 / 63 / 22"
                + " | 19 / 50 / 24 | 14 / 29 / - | - | server wrong |");
  }

  private static Verification verification() {
    CapturedFlow captured = new CapturedFlow(CLIENT.tuple(), CLIENT, new MessageSet.Room(1 << 16));
    captured.message(true, 7, 1, 0, 1);
    captured.message(false, 7, 1, 2, 1); // late
    captured.out.messages = 30;
    captured.out.bytes = 40;
    captured.out.retransmitted = 33;
    captured.out.missingBytes = 35;
    captured.back.messages = 32;
    captured.back.repeated = 31;
    captured.back.bytes = 50;
    captured.back.retransmitted = 34;
    captured.back.elsewhere = 36;
    Capture capture =
        new Capture(
            "run.pcapng", "4.2", 1, 1, 0, 0, 0, false, OptionalLong.empty(), 0, List.of(captured));
    Comparison finding = Agreement.SERVER_WRONG.because("client", "why");
    return new Verification(
        Runs.of(100, 11),
        capture,
        new ServerCounts(true, true, 0, Map.of(CLIENT.tuple(), SERVER)),
        List.of(new Row(CLIENT.tuple(), CLIENT, captured, SERVER, finding)));
  }
}
