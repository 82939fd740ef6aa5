package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;

/** {@code dual-client check} as typed on the client's host of {@link Routed}. */
final class Checking {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Checking() {}

  static String command(String target) {
    return String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)) + " check " + target;
  }

  /** Findings by protocol, of a target with one address. */
  static Map<String, JsonNode> from(Routed net, String target, int exitCode, String... options)
      throws Exception {
    Shell run =
        net.run(
            Routed.Host.CLIENT, command(target) + " --format json " + String.join(" ", options));
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
    assertThat(run.err()).isEmpty();
    Map<String, JsonNode> rows = new TreeMap<>();
    JSON.readTree(run.out())
        .get("rows")
        .forEach(row -> rows.put(row.get("protocol").asText(), row));
    return rows;
  }

  static void assertVerdict(JsonNode row, String verdict, String errno) {
    assertThat(row.get("verdict").asText()).as(row.toPrettyString()).isEqualTo(verdict);
    assertThat(row.get("errno").isNull() ? null : row.get("errno").asText())
        .as(row.toPrettyString())
        .isEqualTo(errno);
    assertThat(row.get("advice").isNull()).isEqualTo(verdict.equals("open"));
  }
}
