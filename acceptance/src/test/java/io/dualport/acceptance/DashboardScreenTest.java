package io.dualport.acceptance;

import static io.dualport.acceptance.Dashboard.HEIGHT;
import static io.dualport.acceptance.Dashboard.PHONE;
import static io.dualport.acceptance.Dashboard.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard on screens of many sizes: what one came for is there, and everyone can read it. */
@Tag("browser")
class DashboardScreenTest {
  private static final String IS_ON_SCREEN =
      "const place = document.querySelector(arguments[0]).getBoundingClientRect();"
          + "return place.height > 0 && place.top >= 0 && place.bottom <= innerHeight";

  private static Dashboard dashboard;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    dashboard = Dashboard.start();
    dashboard.openTwins();
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (dashboard != null) {
      dashboard.close();
    }
  }

  private static void open(String query, int width) {
    browser.open(dashboard.url() + query, width, HEIGHT);
    await().atMost(Browser.BOUND).until(() -> (Boolean) browser.run(Dashboard.FULL));
  }

  @ParameterizedTest
  @CsvSource({
    "en, light, " + WIDE,
    "en, dark, " + WIDE,
    "zh, light, " + WIDE,
    "zh, dark, " + PHONE,
    "en, light, " + PHONE,
    "en, dark, 768"
  })
  void shouldNeedNoSidewaysScrollAndKeepTheRulesOfAccessibility(
      String language, String theme, int width) throws Exception {
    open("?lang=" + language + "&theme=" + theme, width);
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)");
    assertThat(
            browser.run(
                "const page = document.documentElement;"
                    + "return page.scrollWidth <= page.clientWidth && innerWidth === arguments[0]",
                width))
        .isEqualTo(true);
    assertThat(isBright()).isEqualTo(theme.equals("light"));

    browser.run(axe());
    Object broken =
        browser.runAsync(
            "const result = await axe.run(document, {resultTypes: ['violations']});"
                + "return result.violations.map(broken => broken.id + ': '"
                + " + broken.nodes.map(node => node.html + ' ' + node.failureSummary).join('; '))");
    assertThat(broken).isEqualTo(List.of());
  }

  /** What one came for is there without scrolling, in both languages. */
  @ParameterizedTest
  @CsvSource({"1366, 768", "1280, 720", "1000, 800", "1920, 1080"})
  void shouldShowStateLanesRatesAndTheBeginningOfTheTableAtOnce(int width, int height) {
    for (String language : List.of("en", "zh")) {
      browser.open(dashboard.url() + "?lang=" + language, width, height);
      await().atMost(Browser.BOUND).until(() -> (Boolean) browser.run(Dashboard.FULL));
      for (String part :
          List.of(
              ".state",
              ".lane.tcp",
              ".lane.udp",
              "[data-rate='tcp.messagesIn']",
              "[data-rate='udp.messagesIn']",
              ".socket.udp",
              height < 1000 ? ".flow-table tbody tr" : ".chart")) {
        assertThat((Boolean) browser.run(IS_ON_SCREEN, part))
            .as("%s at %dx%d in %s", part, width, height, language)
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1600, 1366, 1280, 1000, PHONE})
  void shouldKeepEachKeyOfALegendOnOneLine(int width) {
    open("", width);
    assertThat(browser.elements(".key")).hasSize(6);
    assertThat(
            browser.run(
                "return [...document.querySelectorAll('.key')]"
                    + ".filter(key => key.offsetHeight > 1.5 * key.querySelector('b').offsetHeight)"
                    + ".map(key => key.textContent)"))
        .isEqualTo(List.of());
  }

  @Test
  void shouldSayInASentenceWhatAMissingRoundTripTimeMeans() {
    open("", WIDE);
    assertThat(browser.texts(".flows .note").get(0))
        .contains("Where no round-trip time stands (–), the kernel knows none: UDP has ");
    open("?lang=zh", WIDE);
    assertThat(browser.texts(".flows .note").get(0)).contains("没有往返时间的地方（–），内核也不知道：");
  }

  /** Whether the page is bright. */
  private static boolean isBright() {
    return (Boolean)
        browser.run(
            "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)"
                + ".reduce((sum, part) => sum + Number(part), 0) > 380");
  }

  private static String axe() throws IOException {
    try (InputStream script = DashboardScreenTest.class.getResourceAsStream("/axe.min.js")) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
