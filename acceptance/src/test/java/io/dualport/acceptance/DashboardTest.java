package io.dualport.acceptance;

import static io.dualport.acceptance.Dashboard.HEIGHT;
import static io.dualport.acceptance.Dashboard.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The dashboard in a real browser: it loads, and its numbers are the server's. */
@Tag("browser")
class DashboardTest {
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

  @Test
  void shouldLoadWithoutAWordOnTheConsole() {
    open("", WIDE);
    assertThat(browser.console()).isEmpty();
    assertThat(browser.texts(".number b")).containsExactly(String.valueOf(dashboard.port()));
    assertThat((List<?>) browser.run("return [document.cookie, localStorage.length]"))
        .isEqualTo(List.of("", 0L));
    // Everything came from the server itself.
    assertThat(
            (List<?>)
                browser.run(
                    "return performance.getEntriesByType('resource').map(e => e.name)"
                        + ".filter(name => !name.startsWith(location.origin))"))
        .isEmpty();
  }

  @Test
  void shouldSayWhatToDoWhereItsScriptDoesNotLoad() {
    open("", WIDE);
    assertThat(browser.elements(".fallback")).isEmpty();
    Object without =
        browser.runAsync(
            "const text = await (await fetch('index.html')).text();"
                + "const page = new DOMParser().parseFromString(text, 'text/html');"
                + "return page.querySelector('#page .fallback').textContent;");
    assertThat((String) without).contains("needs JavaScript", "reload", "需要 JavaScript");
  }

  @Test
  void shouldRunNoScriptThatIsNotAFileOfThePage() {
    open("", WIDE);
    Object ran =
        browser.run(
            "const script = document.createElement('script');"
                + "script.textContent = 'window.ran = true'; document.body.append(script);"
                + "return window.ran === true");
    assertThat(ran).isEqualTo(false);
  }

  @Test
  void shouldShowTheServersNumbersWhileTrafficRunsAndAfterwards() throws Exception {
    open("", WIDE);
    LoadProcess load =
        LoadProcess.start(
            List.of(),
            dashboard.target(),
            List.of("--rate", "500", "--duration", "8s", "--warmup", "0s", "--connections", "2"));
    for (int reading = 0; reading < 2; reading++) {
      long tcp = dashboard.count("tcp.messagesIn");
      long udp = dashboard.count("udp.messagesIn");
      await()
          .atMost(Browser.BOUND)
          .until(() -> shown("tcp.messagesIn") > tcp && shown("udp.messagesIn") > udp);
      assertThat(shown("tcp.messagesIn")).isLessThanOrEqualTo(dashboard.count("tcp.messagesIn"));
      assertThat(shown("udp.messagesIn")).isLessThanOrEqualTo(dashboard.count("udp.messagesIn"));
    }
    load.result();

    await().atMost(Browser.BOUND).untilAsserted(() -> assertThat(shown()).isEqualTo(counted()));
    assertThat(shown())
        .containsKeys("tcp.bytesIn", "udp.messagesOut", "udp.droppedLoop", "udp.droppedByKernel");
  }

  /** No messages over TCP, which the page shows as none, count as 0. */
  private static long shown(String counter) {
    return ((Number) shown().get(counter)).longValue();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Long> shown() {
    return (Map<String, Long>)
        browser.run(
            "return Object.fromEntries([...document.querySelectorAll('[data-count]')]"
                + ".map(e => [e.dataset.count, Number(e.textContent.replace(/[^0-9-]/g, ''))]))");
  }

  /** What the page should show of the server's counters. */
  private static Map<String, Long> counted() throws Exception {
    JsonNode protocols = dashboard.json("/api/snapshot").get("protocols");
    Map<String, Long> counted = new HashMap<>();
    for (String name : shown().keySet()) {
      long value =
          switch (name) {
            case "udp.dropped" -> drops(protocols.get("udp"));
            case "udp.droppedByKernel" -> dashboard.droppedByKernel();
            default -> protocols.at("/" + name.replace('.', '/')).asLong(-1);
          };
      counted.put(name, value);
    }
    return counted;
  }

  private static long drops(JsonNode udp) {
    return StreamSupport.stream(((Iterable<String>) udp::fieldNames).spliterator(), false)
        .filter(name -> name.startsWith("dropped"))
        .mapToLong(name -> udp.get(name).asLong())
        .sum();
  }

  @Test
  void shouldTellWhatTheAdminSideRefused() throws Exception {
    dashboard.json("/api/flows?sort=colour");
    open("", WIDE);
    await()
        .atMost(Browser.BOUND)
        .until(() -> browser.elements("[data-refused=parameter]").size() == 1);
    assertThat(browser.texts("[data-refused=parameter]").get(0))
        .startsWith("parameters that are not allowed: ");
    assertThat(browser.elements("[data-refused=token]")).isEmpty();
  }

  @Test
  void shouldNeverRoundLittleTrafficToNone() {
    open("", WIDE);
    Object rates =
        browser.runAsync(
            "const {Figures} = await import(location.origin + '/figures.js');"
                + "const figures = new Figures('en');"
                + "return [0, 0.01, 0.4, 9.9, 10, 12345].map(rate => figures.rate(rate));");
    assertThat(rates).isEqualTo(List.of("0", "< 0.1", "0.4", "9.9", "10", "12.3K"));
  }

  @Test
  void shouldHaveTheSameWordsInBothLanguages() {
    open("", WIDE);
    Object differences =
        browser.runAsync(
            """
            const [en, zh] = (await Promise.all(['en', 'zh'].map(
                language => import(location.origin + '/words.' + language + '.js')))).map(words => words.default);
            const kinds = words => Object.keys(words).sort().map(key => key + ': ' + typeof words[key]);
            const english = /[a-z]/;
            return {
              onlyEnglish: kinds(en).filter(kind => !kinds(zh).includes(kind)),
              onlyChinese: kinds(zh).filter(kind => !kinds(en).includes(kind)),
              untranslated: Object.keys(en).filter(key => typeof en[key] === 'string'
                  && en[key] === zh[key] && english.test(en[key]) && en[key] !== 'Wireshark'),
              empty: Object.keys(en).filter(key => en[key] === '' || zh[key] === ''),
            };
            """);
    assertThat(differences)
        .isEqualTo(
            Map.of(
                "onlyEnglish", List.of(),
                "onlyChinese", List.of(),
                "untranslated", List.of(),
                "empty", List.of()));
  }

  @Test
  void shouldSpeakChineseThroughout() {
    open("?lang=zh", WIDE);
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)");
    assertThat(browser.run("return document.documentElement.lang")).isEqualTo("zh-CN");
    Object english =
        browser.runAsync(
            """
            const [en, zh] = (await Promise.all(['en', 'zh'].map(
                language => import(location.origin + '/words.' + language + '.js')))).map(words => words.default);
            const words = new Set(Object.keys(en).filter(key => en[key] !== zh[key]).map(key => en[key]));
            const walker = document.createTreeWalker(document.getElementById('page'), NodeFilter.SHOW_TEXT);
            const said = [];
            while (walker.nextNode()) {
              if (!walker.currentNode.parentElement.closest('code, [lang=en]')) said.push(walker.currentNode.data);
            }
            for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
              for (const name of ['aria-label', 'title', 'placeholder']) said.push(element.getAttribute(name) ?? '');
            }
            return said.map(text => text.trim())
                .filter(text => words.has(text) || /[a-z]{2,}[ ,]+[a-z]{2,}[ ,]+[a-z]{2,}/i.test(text));
            """);
    assertThat(english).isEqualTo(List.of());
    assertThat(browser.texts("h2")).contains("五元组", "内核的套接字表");
  }

  @Test
  void shouldKeepWhatWasChosenAndNeedNoStorageForIt() {
    open("", WIDE);
    browser.element("[data-choice=lang] [data-value=zh]").click();
    browser.element("[data-choice=theme] [data-value=dark]").click();
    open("", WIDE);
    assertThat(browser.texts("[aria-pressed=true][lang], [data-choice=theme] [aria-pressed=true]"))
        .containsExactly("中文", "深色");
    browser.run("localStorage.clear()");

    String without =
        browser.beforeEachPage(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden')"
                + " }})");
    open("", WIDE);
    browser.element("[data-choice=lang] [data-value=zh]").click();
    assertThat(browser.texts("h2")).contains("五元组");
    assertThat(browser.console()).isEmpty();
    browser.forget(without);
  }
}
