package io.dualport.lab.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.flow.Protocol;
import io.dualport.lab.process.FreePorts;
import io.dualport.lab.socket.LinuxCalls;
import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The live kernel against the rules. */
class BindMatrixTest {
  private static final int PROTOCOLS_ADDRESSES_OPTIONS = 2 * 6 * 4;
  private static final int HOLDERS = PROTOCOLS_ADDRESSES_OPTIONS + 6 * 4;

  @BeforeEach
  void needsTheSystemsOwnCalls() {
    if (!LinuxCalls.available()) {
      System.out.println("SKIPPED: the matrix needs Linux and its native library");
    }
    Assumptions.assumeTrue(LinuxCalls.available());
  }

  private static void needsIpv6() throws Exception {
    Assumptions.assumeTrue(
        NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null,
        "no interface carries ::1");
  }

  @Test
  void shouldFindEveryPairAsTheRulesPredict() throws Exception {
    needsIpv6();
    List<BindPair> cells = matrix(BindMatrixTest::asTheRuleSays).cells(true);

    assertThat(cells).hasSize(HOLDERS * PROTOCOLS_ADDRESSES_OPTIONS);
    assertThat(cells).filteredOn(BindPair::isSurprise).isEmpty();
    // Both answers of both protocols occur, so the kernel was really asked.
    assertThat(cells)
        .extracting(cell -> cell.newcomer().protocol() + " " + cell.observed())
        .contains("TCP OK/OK", "TCP EADDRINUSE", "UDP OK", "UDP EADDRINUSE");
  }

  @Test
  void shouldCallEveryPairASurpriseThatAWrongRulePredicts() throws Exception {
    needsIpv6();
    BindMatrix.Model wrong =
        (rule, protocol) ->
            rule == BindRule.TCP_TAKEN ? BindAnswer.ALLOWED : rule.predicted(protocol);

    MatrixResult result = new MatrixResult(matrix(wrong).cells(true));

    long underTheRule =
        matrix(wrong).cells(true).stream()
            .filter(cell -> cell.rule() == BindRule.TCP_TAKEN)
            .count();
    assertThat(result.surprises()).isEqualTo(underTheRule).isPositive();
    assertThat(result.render(Format.TEXT, Language.EN)).contains("SURPRISE\n");
  }

  @Test
  void shouldLeaveOutIpv6WhereThereIsNone() throws Exception {
    assertThat(matrix(BindMatrixTest::asTheRuleSays).cells(false))
        .hasSize(3 * 3 * 4 * 4 * 3 * 2)
        .noneMatch(cell -> cell.newcomer().address().isIpv6());
  }

  @Test
  void shouldWriteOneJsonObjectACell() throws Exception {
    needsIpv6();
    MatrixResult result = new BindMatrix(new LinuxCalls(), new FreePorts().next()).run(true);

    JsonNode json = new ObjectMapper().readTree(result.render(Format.JSON, Language.EN));

    assertThat(json).hasSize(result.size());
    JsonNode first = json.get(0);
    assertThat(first.get("holder").toString())
        .isEqualTo(
            "{\"protocol\":\"tcp\",\"address\":\"127.0.0.1\",\"options\":\"none\",\"listening\":false}");
    assertThat(first.get("bind").asText()).isEqualTo("EADDRINUSE");
    assertThat(first.get("listen").isNull()).isTrue();
    assertThat(first.get("predicted").get("bind").asText()).isEqualTo("EADDRINUSE");
    assertThat(first.get("rule").asText()).isEqualTo("tcp-taken");
  }

  private static BindAnswer asTheRuleSays(BindRule rule, Protocol protocol) {
    return rule.predicted(protocol);
  }

  private static BindMatrix matrix(BindMatrix.Model model) throws Exception {
    return new BindMatrix(new LinuxCalls(), new FreePorts().next(), model);
  }
}
