package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.Flow;
import io.dualport.flow.Framing;
import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.report.DisplayWidth;
import io.dualport.terminal.Key;
import io.dualport.terminal.Line;
import io.dualport.terminal.Look;
import io.dualport.terminal.Size;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {
  private static final Look LOOK = new Look(false, true);

  private final Traffic traffic = new Traffic();

  @ParameterizedTest
  @CsvSource({
    "40, 10",
    "80, 24",
    "200, 60",
    "1, 1",
    "2, 2",
    "5, 3",
    "39, 9",
    "60, 5",
    "1000, 4",
    "20, 300",
    "500, 500"
  })
  void shouldNeverBeWiderOrHigherThanTheScreen(int columns, int rows) {
    traffic.twins(300);
    Size size = new Size(columns, rows);
    Controls typing = Controls.INITIAL.on(Key.of('/'), 1, 0).on(Key.of('中'), 1, 0);
    Controls help = Controls.INITIAL.on(Key.of('?'), 1, 0);
    for (Controls controls : List.of(Controls.INITIAL, typing, help)) {
      Picture picture =
          Layout.of(traffic.model(), controls, size, LOOK, Optional.of("中".repeat(columns)), true);
      assertThat(picture.lines()).hasSizeLessThanOrEqualTo(rows);
      assertThat(picture.lines())
          .allSatisfy(
              line -> assertThat(DisplayWidth.of(line.text())).isLessThanOrEqualTo(columns));
    }
  }

  @Test
  void shouldShowEverySectionOnAnUsualScreen() {
    traffic.flow(Protocol.UDP, 7).dropped(Counter.DROPPED_REFLECTOR_PORT);
    traffic.twins(2);
    String shown = shown(Controls.INITIAL, 80, 24);
    assertThat(shown)
        .contains("port 8888 on TCP and UDP", "TCP", "UDP", "msg/s", "connections  2 open")
        .contains("1 dropped", "dropped  reflector port 1", "closed   nothing yet", "kernel")
        .contains("five-tuples  1 to 5 of 5", "by bytes/s", "⇄", "127.0.0.1:40000", "q quit");
    assertThat(lines(Controls.INITIAL, 80, 24)).hasSize(24).last().asString().contains("? help");
  }

  @Test
  void shouldKeepRatesFlowsAndKeysOnTheSmallestScreen() {
    traffic.twins(20);
    List<String> lines = lines(Controls.INITIAL, 40, 10);
    assertThat(lines).hasSize(10);
    assertThat(lines.get(0)).contains("Dualport  port 8888");
    assertThat(lines.get(2)).startsWith("in ").contains(" in ");
    assertThat(lines.get(3)).startsWith("out ");
    assertThat(lines.get(5)).contains("source", "bytes/s▼");
    assertThat(lines.subList(6, 9)).allMatch(line -> line.contains("127.0.0.1:4000"));
    assertThat(lines.get(9)).startsWith("q quit");
  }

  @Test
  void shouldShowRatesWhereTheLanesHaveNoRoomBesideEachOther() {
    traffic.twins(2);
    List<String> lines = lines(Controls.INITIAL, 20, 5);
    assertThat(lines.get(1)).isEqualTo("msg/s     in     out");
    assertThat(lines.get(2)).isEqualTo("TCP        3       3");
    assertThat(lines.get(3)).isEqualTo("UDP        3       3");
  }

  /** A rate of 0 messages beside bytes that move would read like a loss. */
  @Test
  void shouldShowReadsAndNoMessagesOfAStreamThatIsNoProbe() {
    Flow text = traffic.flow(Protocol.TCP, 40_000);
    text.read(700, 0, 0);
    text.written(700, 0);
    assertThat(shown(Controls.INITIAL, 80, 24))
        .containsPattern("in +- +700 B +- +in +0 +0 B +0")
        .contains("reads/writes 1/s, 1 / 1");
    assertThat(lines(Controls.INITIAL, 20, 5).get(2)).isEqualTo("TCP        -       -");
    assertThat(flows(Controls.INITIAL).get(0)).containsPattern("8888 +- +0 B +- +1 +700 B");

    text.framed(Framing.LEFT);
    traffic.count(traffic.flow(Protocol.TCP, 40_001), 3);

    assertThat(shown(Controls.INITIAL, 80, 24)).containsPattern("in +3 +300 B +3 ");
    assertThat(flows(keys("/40001\r")).get(0)).containsPattern("8888 +0 +0 B +3 +3 +300 B");
  }

  @Test
  void shouldMarkTheMessagesOfAStreamThatWentOnWithOtherBytes() {
    Flow mixed = traffic.flow(Protocol.TCP, 40_000);
    traffic.count(mixed, 3);
    mixed.framed(Framing.LEFT);
    mixed.read(5, 0, 0);
    assertThat(flows(Controls.INITIAL).get(0)).containsPattern("8888 +3 +305 B +3\\+ +4 +305 B");
  }

  @Test
  void shouldShowMoreColumnsAndHigherBarsWhereThereIsRoom() {
    traffic.end(traffic.flow(Protocol.TCP, 50_000), "peer");
    assertThat(shown(Controls.INITIAL, 80, 24)).doesNotContain("inode  ended");
    assertThat(shown(Controls.INITIAL, 200, 60))
        .contains("kernel rtt", "loop", "inode", "ended", "peer", "epoll, 2 event loops, guard on")
        .contains("dashboard http://127.0.0.1:8889/");
  }

  @Test
  void shouldOrderByAnyColumnAndSayWhich() {
    traffic.twins(5);
    Controls byMessages = keys("6");
    assertThat(shown(byMessages, 120, 30)).contains("messages▼", "by messages");
    assertThat(firstFlow(byMessages)).contains(":40000");
    assertThat(firstFlow(keys("6r"))).contains(":40004");
    assertThat(shown(keys("6r"), 120, 30)).contains("messages▲", "by messages reversed");
    assertThat(firstFlow(keys("1"))).startsWith("tcp");
    assertThat(firstFlow(keys("1r"))).startsWith("udp");
    assertThat(firstFlow(keys("2r"))).contains(":40004");
  }

  @Test
  void shouldListOnlyWhatTheFilterLetsThrough() {
    traffic.twins(5);
    assertThat(shown(keys("/40003\r"), 120, 30))
        .contains("with \"40003\"", "1 to 2 of 2", "127.0.0.1:40003")
        .doesNotContain("127.0.0.1:40002");
    assertThat(shown(keys("/UDP\r"), 120, 30)).contains("1 to 5 of 5").doesNotContain("\ntcp  ");
    assertThat(shown(keys("/nobody\r"), 120, 30)).contains("none matches \"nobody\"");
    assertThat(shown(keys("/400"), 120, 30)).contains("filter: 400", "Esc clears");
  }

  @Test
  void shouldListTwinsAloneSideBySideThoughOneOfThemHasEnded() {
    assertThat(shown(keys("t"), 120, 30)).contains("with \"twins\"", "none yet; try: ./dual");
    traffic.count(traffic.flow(Protocol.TCP, 40_001), 9);
    traffic.count(traffic.flow(Protocol.UDP, 40_002), 8);
    traffic.end(traffic.flow(Protocol.TCP, 40_002), "peer");
    traffic.count(traffic.flow(Protocol.UDP, 40_003), 7);
    traffic.count(traffic.flow(Protocol.TCP, 40_003), 1);
    List<String> flows = flows(keys("t"));
    assertThat(shown(keys("t"), 120, 30)).contains("1 to 4 of 4");
    assertThat(flows.get(0)).startsWith("tcp").contains(":40002");
    assertThat(flows.get(1)).startsWith("udp").contains(":40002");
    assertThat(flows.get(2)).startsWith("tcp").contains(":40003");
    assertThat(flows.get(3)).startsWith("udp").contains(":40003");
    assertThat(shown(keys("t/ udp 127\r"), 120, 30)).contains("1 to 2 of 2");
    assertThat(shown(keys("tt"), 120, 30)).contains("1 to 5 of 5");
  }

  @Test
  void shouldSayWhatIsFilteredOnAScreenOfAnySize() {
    traffic.twins(5);
    for (int[] size : new int[][] {{60, 18}, {20, 5}, {80, 24}, {120, 40}}) {
      assertThat(shown(keys("/udp\r"), size[0], size[1])).containsOnlyOnce("\"udp\"");
    }
  }

  @Test
  void shouldSayWhereTheListEnds() {
    traffic.twins(501);
    assertThat(shown(Controls.INITIAL, 120, 40)).contains("of 1,002 (the list ends at 1,000)");
  }

  @Test
  void shouldMarkTwinsAlsoWhereTheOtherIsOnAnotherPage() {
    traffic.count(traffic.flow(Protocol.TCP, 40_000), 9);
    traffic.count(traffic.flow(Protocol.TCP, 40_001), 8);
    traffic.count(traffic.flow(Protocol.UDP, 40_000), 1);
    List<String> flows = flows(keys("/tcp\r"));
    assertThat(flows.get(0)).contains(":40000").contains("⇄");
    assertThat(flows.get(1)).contains(":40001").doesNotContain("⇄");
  }

  @Test
  void shouldScrollByPagesAndNoFurtherThanTheEnd() {
    traffic.twins(100);
    Model model = traffic.model();
    Controls controls = Controls.INITIAL;
    Size size = new Size(80, 24);
    Picture first = draw(model, controls, size);
    assertThat(first.page()).isGreaterThan(3);
    Picture second = draw(model, controls.on(Key.of(Key.Kind.PAGE_DOWN), first.page(), 0), size);
    assertThat(second.offset()).isEqualTo(first.page());
    Picture last = draw(model, controls.on(Key.of(Key.Kind.END), first.page(), 0), size);
    assertThat(last.offset()).isEqualTo(200 - last.page());
    assertThat(text(last.lines())).contains(" to 200 of 200");
    assertThat(draw(model, controls.on(Key.of(Key.Kind.UP), 5, 0), size).offset()).isZero();
  }

  @Test
  void shouldSayThatItPausesOrStops() {
    assertThat(shown(keys("p"), 80, 24)).contains("PAUSED", "p go on");
    assertThat(shown(keys("pp"), 80, 24)).doesNotContain("PAUSED");
    Picture stopping =
        Layout.of(traffic.model(), Controls.INITIAL, Size.USUAL, LOOK, Optional.empty(), true);
    assertThat(text(stopping.lines()))
        .contains("STOPPING", "waiting for 0 connections to end, 10 s at most");
  }

  @Test
  void shouldAskBeforeItStopsWithOpenConnections() {
    traffic.flow(Protocol.TCP, 40_000);
    Controls asking = Controls.INITIAL.on(Key.of('q'), 1, 1);
    assertThat(shown(asking, 80, 24))
        .contains("1 connection open: q again to stop, any other key to go on");
  }

  @Test
  void shouldShowTheLastWarningHarmlessly() {
    Picture picture =
        Layout.of(
            traffic.model(),
            Controls.INITIAL,
            new Size(40, 10),
            LOOK,
            Optional.of("cannot accept\033[2J"),
            false);
    assertThat(picture.lines().get(8).text()).isEqualTo("cannot accept\\u001b[2J");
  }

  @Test
  void shouldExplainItselfWithoutTrafficAndWithoutAKernelTable() {
    Model model = traffic.model();
    Model blind =
        new Model(
            model.facts(),
            model.dashboard(),
            model.taken(),
            model.lanes(),
            model.historySeconds(),
            model.flows(),
            Optional.empty());
    assertThat(text(draw(blind, Controls.INITIAL, Size.USUAL).lines()))
        .contains("does not show its socket table", "none yet; try: ");
  }

  @Test
  void shouldShowTheKernelsRowsOfThePort() {
    InetSocketAddress local = new InetSocketAddress("127.0.0.1", Traffic.PORT);
    InetSocketAddress peer = new InetSocketAddress("127.0.0.1", 40_000);
    InetSocketAddress none = new InetSocketAddress("0.0.0.0", 0);
    KernelRows rows =
        KernelRows.of(
            List.of(
                row(Protocol.UDP, local, none, SocketState.UNCONN, 3000, 12),
                row(Protocol.TCP, local, peer, SocketState.ESTABLISHED, 70, 0),
                row(Protocol.TCP, local, peer, SocketState.TIME_WAIT, 0, 0),
                row(Protocol.TCP, local, peer, SocketState.TIME_WAIT, 0, 0),
                row(Protocol.TCP, local, none, SocketState.LISTEN, 5, 0)),
            Map.of(99L, new SocketOwner((int) ProcessHandle.current().pid(), "java")));
    assertThat(kernel(rows))
        .containsPattern("tcp +LISTEN +127.0.0.1:8888 +5 of 4,096 +- +- +- +99")
        .containsPattern("udp +UNCONN +127.0.0.1:8888 +- +3.00 kB +1 B +12 +99")
        .contains("TIME_WAIT 2  ESTABLISHED 1   queued: 70 B to read, 3 B to acknowledge");
  }

  /** Their queues and drops are nothing of this server's. */
  @Test
  void shouldNameTheOwnersOfOtherSocketsOnThePort() {
    InetSocketAddress local = new InetSocketAddress("127.0.0.2", Traffic.PORT);
    InetSocketAddress none = new InetSocketAddress("0.0.0.0", 0);
    List<SocketRow> rows = List.of(row(Protocol.UDP, local, none, SocketState.UNCONN, 0, 12));
    assertThat(kernel(KernelRows.of(rows, Map.of(99L, new SocketOwner(4711, "nc")))))
        .contains("127.0.0.2:8888 of nc (pid 4711)");
    assertThat(kernel(KernelRows.of(rows, Map.of()))).contains("127.0.0.2:8888 not ours");
  }

  private String kernel(KernelRows rows) {
    Model model = traffic.model();
    Model seen =
        new Model(
            model.facts(),
            model.dashboard(),
            model.taken(),
            model.lanes(),
            model.historySeconds(),
            model.flows(),
            Optional.of(rows));
    return text(draw(seen, Controls.INITIAL, new Size(120, 40)).lines());
  }

  private static SocketRow row(
      Protocol protocol,
      InetSocketAddress local,
      InetSocketAddress remote,
      SocketState state,
      long received,
      long drops) {
    return new SocketRow(protocol, false, local, remote, state, 1, received, 0, 99, drops);
  }

  private static Controls keys(String typed) {
    Controls controls = Controls.INITIAL;
    for (char c : typed.toCharArray()) {
      controls = controls.on(c == '\r' ? Key.of(Key.Kind.ENTER) : Key.of(c), 10, 0);
    }
    return controls;
  }

  private String firstFlow(Controls controls) {
    return flows(controls).get(0);
  }

  /** The lines below the headings of the five-tuples. */
  private List<String> flows(Controls controls) {
    List<String> lines = lines(controls, 120, 30);
    int heading = 0;
    while (!lines.get(heading).startsWith("proto")) {
      heading++;
    }
    return lines.subList(heading + 1, lines.size());
  }

  private List<String> lines(Controls controls, int columns, int rows) {
    return draw(traffic.model(), controls, new Size(columns, rows)).lines().stream()
        .map(Line::text)
        .toList();
  }

  private String shown(Controls controls, int columns, int rows) {
    return String.join("\n", lines(controls, columns, rows));
  }

  private static Picture draw(Model model, Controls controls, Size size) {
    return Layout.of(model, controls, size, LOOK, Optional.empty(), false);
  }

  private static String text(List<Line> lines) {
    return String.join("\n", lines.stream().map(Line::text).toList());
  }
}
