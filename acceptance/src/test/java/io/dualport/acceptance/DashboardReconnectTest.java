package io.dualport.acceptance;

import static io.dualport.acceptance.Dashboard.HEIGHT;
import static io.dualport.acceptance.Dashboard.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The dashboard in a real browser, when the server goes and comes, and when nobody looks. */
@Tag("browser")
class DashboardReconnectTest {
  /** The server's own bound on streams at once. */
  private static final int MOST_STREAMS = 32;

  @AutoClose private static Browser browser;
  private Dashboard dashboard;

  @BeforeAll
  static void startBrowser() throws Exception {
    browser = Browser.start();
  }

  @BeforeEach
  void start() throws Exception {
    dashboard = Dashboard.start();
    dashboard.openTwins();
  }

  @AfterEach
  void stop() throws Exception {
    dashboard.close();
  }

  private static void awaitState(String state) {
    await()
        .atMost(Browser.BOUND)
        .until(() -> !browser.elements(".state[data-state=" + state + "]").isEmpty());
  }

  private static void awaitNumber(String counter, long number) {
    await()
        .atMost(Browser.BOUND)
        .until(() -> browser.number("[data-count='" + counter + "']") == number);
  }

  @Test
  void shouldSurviveARestartAndSayThatTheCountersBeganAgain() throws Exception {
    browser.open(dashboard.url(), WIDE, HEIGHT);
    awaitState("serving");
    awaitNumber("udp.messagesIn", 1);
    String instance = browser.texts("[data-instance]").get(0);
    assertThat(browser.elements(".notice")).isEmpty();

    dashboard = Dashboard.restart(dashboard);

    awaitState("serving");
    await().atMost(Browser.BOUND).until(() -> browser.elements(".notice").size() == 1);
    assertThat(browser.texts(".notice p").get(0)).contains("began again");
    awaitNumber("udp.messagesIn", 0);
    assertThat(browser.texts("[data-instance]"))
        .doesNotContain(instance)
        .containsExactly(dashboard.json("/api/snapshot").get("instance").asText());
    dashboard.openTwins();
    awaitNumber("udp.messagesIn", 1);
    browser.element(".notice button").click();
    await().atMost(Browser.BOUND).until(() -> browser.elements(".notice").isEmpty());
  }

  @Test
  void shouldSayThatTheServerIsGoneAndKeepItsLastNumbers() throws Exception {
    browser.open(dashboard.url(), WIDE, HEIGHT);
    awaitNumber("udp.messagesIn", 1);
    dashboard.close();
    awaitState("disconnected");
    assertThat(browser.number("[data-count='udp.messagesIn']")).isEqualTo(1);
    assertThat(browser.texts("[data-rate='udp.messagesIn']")).containsExactly("–");
  }

  @Test
  void shouldAskEverySecondAndSaySoWhileTooManyWatch() throws Exception {
    List<InputStream> watched = dashboard.openStreams(MOST_STREAMS);
    browser.open(dashboard.url(), WIDE, HEIGHT);
    awaitState("serving");
    awaitNumber("udp.messagesIn", 1);
    assertThat(browser.texts(".state").get(0)).contains("too many watch");
    dashboard.openTwins();
    awaitNumber("udp.messagesIn", 2);

    for (InputStream stream : watched) {
      stream.close();
    }
    await().atMost(Browser.BOUND).until(() -> !browser.texts(".state").get(0).contains("too many"));
    awaitState("serving");
    dashboard.openTwins();
    awaitNumber("udp.messagesIn", 3);
  }

  @Test
  void shouldTellWhatTheKernelThrewAwayBeforeTheServerCouldRead() throws Exception {
    dashboard.overflowReceiveQueue();
    browser.open(dashboard.url(), WIDE, HEIGHT);
    await().atMost(Browser.BOUND).until(() -> !browser.elements(".drops .counted").isEmpty());
    awaitNumber("udp.droppedByKernel", dashboard.droppedByKernel());
    assertThat(browser.texts(".drops .counted dt")).contains("Receive queue full");
    assertThat(browser.texts(".drops .none")).isEmpty();
  }

  @Test
  void shouldAskNothingWhileHiddenAndBeRightAtOnceAfterwards() throws Exception {
    String spy =
        browser.beforeEachPage(
            """
            window.streams = [];
            window.EventSource = class extends EventSource {
              constructor(url) {
                super(url);
                streams.push(this);
              }
            };
            window.away = false;
            Object.defineProperty(document, 'hidden', {get: () => window.away});
            window.hide = away => {
              window.away = away;
              document.dispatchEvent(new Event('visibilitychange'));
            };
            """);
    browser.open(dashboard.url(), WIDE, HEIGHT);
    awaitNumber("udp.messagesIn", 1);
    browser.run("hide(true)");
    assertThat(openStreams()).isZero();
    List<?> requests = requests();
    dashboard.openFlows(20);
    long frame = dashboard.json("/api/snapshot").get("frame").asLong();
    await()
        .atMost(Browser.BOUND)
        .until(() -> dashboard.json("/api/snapshot").get("frame").asLong() >= frame + 3);
    assertThat(requests()).isEqualTo(requests);
    assertThat(browser.number("[data-count='udp.messagesIn']")).isEqualTo(1);

    browser.run("hide(false)");
    awaitNumber("udp.messagesIn", 21);
    awaitState("serving");
    assertThat(openStreams()).isEqualTo(1);
    browser.forget(spy);
  }

  /** What the page has asked the server for; the icon is the browser's own request. */
  private static List<?> requests() {
    return (List<?>)
        browser.run(
            "return performance.getEntriesByType('resource').filter(e => e.name.includes('/api/'))"
                + ".map(e => e.name + ' ' + e.startTime)");
  }

  private static long openStreams() {
    return (Long)
        browser.run("return streams.filter(each => each.readyState !== EventSource.CLOSED).length");
  }

  @Test
  void shouldKeepTenMinutesHoweverLongItRunsAndDrawGapsAsGaps() {
    browser.open(dashboard.url(), WIDE, HEIGHT);
    Object kept =
        browser.runAsync(
"""
const {History, SPAN_SECONDS} = await import(location.origin + '/history.js');
const history = new History();
const rates = {tcp: {messagesIn: 1, bytesIn: 1}, udp: {messagesIn: 1, bytesIn: 1, dropped: 0}};
const frame = (number, instance = 'a') => ({
  instance, frame: number, rates, time: new Date(1e12 + 1000 * number).toISOString()});
for (let number = 1; number <= 4000; number += number % 3 === 0 ? 2 : 1) history.add(frame(number));
const bounded = history.columns(['tcpMessages']);
const rows = bounded[0].length;
const level = bounded[1].length === rows;
const span = bounded[0].at(-1) - bounded[0][0];
history.add(frame(4001));
history.add(frame(4002, 'b'));
const [seconds, values] = history.columns(['tcpMessages']);
return {
  withinBounds: rows <= 2 * SPAN_SECONDS && span <= SPAN_SECONDS && level,
  gaps: values.some(value => value === null),
  end: values.slice(-3),
  rising: seconds.every((at, row) => row === 0 || at > seconds[row - 1]),
  restarts: history.restarts.length,
};
""");
    Map<?, ?> found = (Map<?, ?>) kept;
    assertThat(found.get("withinBounds")).isEqualTo(true);
    assertThat(found.get("gaps")).isEqualTo(true);
    assertThat(found.get("end")).isEqualTo(Arrays.asList(1L, null, 1L));
    assertThat(found.get("rising")).isEqualTo(true);
    assertThat(found.get("restarts")).isEqualTo(1L);
  }
}
