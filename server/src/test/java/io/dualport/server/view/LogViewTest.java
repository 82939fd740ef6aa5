package io.dualport.server.view;

import static io.dualport.kernel.SocketState.UNCONN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.server.facts.TestFacts;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The progress lines: one for each reading with news, one for a time without. */
class LogViewTest {
  private static final String QUIET = "..:..:..  quiet since ..:..:..; the next line comes with .*";

  private final FlowTable table = new FlowTable(0, new FlowLimit(10));
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final LogView view = new LogView(new PrintStream(printed, true, StandardCharsets.UTF_8));
  private TableSnapshot before = read();

  private TableSnapshot read() {
    return TableSnapshot.of(List.of(table));
  }

  private void readings(int count) {
    for (int reading = 0; reading < count; reading++) {
      TableSnapshot now = read();
      view.progress(before, now);
      before = now;
    }
  }

  private List<String> lines() {
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void shouldSayAQuietTimeOnceAndGoOnWithTheNextTraffic() {
    readings(5);
    assertThat(lines()).singleElement().asString().matches(QUIET);

    table.totals(Protocol.UDP).increment(Counter.MESSAGES_IN);
    readings(1);
    assertThat(lines()).hasSize(2).last().asString().contains("udp: ");

    readings(3);
    assertThat(lines()).hasSize(3).last().asString().matches(QUIET);
  }

  @Test
  void shouldShowEachPartOfASocketUnderItsOwnHead() {
    InetSocketAddress all = new InetSocketAddress("::", 8888);
    SocketRow row = new SocketRow(Protocol.UDP, true, all, all, UNCONN, 1, 2, 3, 4711, 5);
    view.started(
        new StartReport(
            TestFacts.of(8888), List.of(row), new SocketOwner(12, "java"), null, false, ""));

    assertThat(lines().stream().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "proto state local address inode process", "udp UNCONN *:8888 4711 java (pid 12)");
  }

  /** What the guard refuses is no message, and news all the same. */
  @Test
  void shouldCountARefusalAsNews() {
    readings(1);
    table.totals(Protocol.UDP).increment(Counter.DROPPED_OWN_PORT);
    readings(1);
    assertThat(lines()).hasSize(2).last().asString().endsWith("1 dropped");
  }
}
