package io.dualport.acceptance;

import static io.dualport.acceptance.Dashboard.HEIGHT;
import static io.dualport.acceptance.Dashboard.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The five-tuple table in a real browser, with ten thousand of them. */
@Tag("browser")
class DashboardFlowsTest {
  private static final int MANY = 10_000;
  private static final String ROWS = ".flow-table tbody tr";

  private static Dashboard dashboard;
  private static Browser browser;
  private static int twinPort;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    dashboard = Dashboard.start();
    dashboard.openFlows(MANY);
    twinPort = dashboard.openTwins();
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

  @BeforeEach
  void open() {
    browser.open(dashboard.url(), WIDE, HEIGHT);
    await().atMost(Browser.BOUND).until(() -> browser.texts(ROWS).size() == 25);
  }

  private static void awaitText(String css, String text) {
    await()
        .atMost(Browser.BOUND)
        .untilAsserted(() -> assertThat(browser.texts(css)).containsExactly(text));
  }

  /** The column of a sort key, read from all rows at one moment. */
  @SuppressWarnings("unchecked")
  private static List<String> column(int number) {
    return (List<String>)
        browser.run(
            "return [...document.querySelectorAll(arguments[0])]"
                + ".map(row => row.cells[arguments[1]].textContent.trim())",
            ROWS,
            number);
  }

  @Test
  void shouldMarkTheOneFieldInWhichTwinsDiffer() {
    browser.element(".check input").sendKeys(Keys.SPACE);

    awaitText(".pager .range", "1–2 of 2");
    List<String> different = browser.texts(".flow-table tr.twin td.differs .tag");
    assertThat(different).containsExactly("TCP", "UDP");
    assertThat(browser.elements("td.differs")).hasSize(2);
    assertThat(browser.texts("td.differs")).allMatch(text -> text.contains("differs"));
    assertThat(browser.texts("tr.twin-second td.same"))
        .containsExactly(
            "127.0.0.1", String.valueOf(twinPort), "127.0.0.1", String.valueOf(dashboard.port()));
    assertThat(browser.texts(".twins-say").get(0)).contains("One pair of twins");
  }

  /** The twin's TCP sends a word and no probe, and a 0 would read like a loss. */
  @Test
  void shouldShowReadsAndNoMessagesOfAStreamThatIsNoProbe() {
    browser.element(".check input").sendKeys(Keys.SPACE);
    awaitText(".pager .range", "1–2 of 2");

    String tcp = "tr.twin-first ";
    assertThat(browser.texts(tcp + "[data-cell=messagesIn]")).containsExactly("–");
    assertThat(browser.texts(tcp + "[data-cell=messagesOut]")).containsExactly("–");
    assertThat(browser.texts(tcp + "[data-cell=reads]")).containsExactly("1");
    assertThat(browser.texts("tr.twin-second [data-cell=messagesIn]")).containsExactly("1");
    assertThat(browser.texts("tr.twin-second [data-cell=reads]")).containsExactly("–");
    assertThat(browser.texts("[data-count='tcp.messagesIn']")).containsExactly("–");
    assertThat(browser.number("[data-count='tcp.reads']")).isOne();
  }

  @Test
  @SuppressWarnings("unchecked")
  void shouldTellOursFromTheRestOfWhatTheKernelCounted() {
    String rows = "[data-share]";
    await().atMost(Browser.BOUND).until(() -> browser.elements(rows).size() >= 4);
    List<List<Long>> shares =
        (List<List<Long>>)
            browser.run(
                "return [...document.querySelectorAll(arguments[0])].map(row =>"
                    + " [...row.querySelectorAll('td')].map(td => td.textContent === '–' ? -1"
                    + " : Number(td.textContent.replaceAll(',', ''))))",
                rows);
    for (List<Long> share : shares) {
      if (share.get(1) >= 0) {
        assertThat(share.get(0)).as("%s", shares).isEqualTo(share.get(1) + share.get(2));
      } else {
        assertThat(share.get(2)).as("%s", shares).isEqualTo(-1);
      }
    }
    assertThat(browser.texts("[data-share=datagramsIn] td:nth-child(3)"))
        .as("each of the ten thousand sent one, and so did the twin")
        .containsExactly("10,001");
  }

  @Test
  void shouldShowTheSocketOfAFlowInTheKernelsTable() {
    browser.element(".check input").sendKeys(Keys.SPACE);
    awaitText(".pager .range", "1–2 of 2");
    WebElement inode = browser.element("tr.twin-first td a");
    browser.run("arguments[0].focus()", inode);
    await()
        .atMost(Browser.BOUND)
        .until(() -> browser.elements(".socket-table tr.pointed").size() == 1);
    assertThat(browser.texts(".socket-table tr.pointed td").get(1))
        .contains("127.0.0.1:" + twinPort);
  }

  @Test
  void shouldPageByTheKeyboardThroughTenThousand() {
    awaitText(".pager .range", "1–25 of 10,002");
    List<String> first = column(2);
    browser.element("[data-page=next]").sendKeys(Keys.ENTER);
    awaitText(".pager .range", "26–50 of 10,002");
    assertThat(column(2)).isNotEqualTo(first);
    // The keyboard stays where it was, so that one can go on.
    assertThat(browser.focused().getAttribute("data-page")).isEqualTo("next");
    browser.element("[data-page=last]").sendKeys(Keys.ENTER);
    awaitText(".pager .range", "10,001–10,002 of 10,002");
    assertThat(browser.elements(ROWS)).hasSize(2);
    browser.element("[data-page=first]").sendKeys(Keys.SPACE);
    awaitText(".pager .range", "1–25 of 10,002");
  }

  @Test
  void shouldSortByTheKeyboardAndSayHow() {
    String head = "th:has([data-sort=tuple])";
    assertThat(browser.element("th:has([data-sort=bytesIn])").getAttribute("aria-sort"))
        .isEqualTo("descending");
    browser.element("[data-sort=tuple]").sendKeys(Keys.ENTER);
    await()
        .atMost(Browser.BOUND)
        .until(() -> browser.element(head).getAttribute("aria-sort").equals("ascending"));
    await().atMost(Browser.BOUND).until(() -> column(1).get(2).equals("127.1.0.0"));
    browser.element("[data-sort=tuple]").sendKeys(Keys.ENTER);
    await().atMost(Browser.BOUND).until(() -> column(1).get(0).equals("127.1.39.15"));
    assertThat(browser.element(head).getAttribute("aria-sort")).isEqualTo("descending");
  }

  @Test
  void shouldSortTheLiveOnesByWhenEachWasLastSeen() throws Exception {
    browser.element("[data-sort=lastSeen]").sendKeys(Keys.ENTER);
    await()
        .atMost(Browser.BOUND)
        .until(
            () ->
                browser
                    .element("th:has([data-sort=lastSeen])")
                    .getAttribute("aria-sort")
                    .equals("descending"));
    // The twins came last.
    assertThat(column(2)).startsWith(String.valueOf(twinPort), String.valueOf(twinPort));
  }

  @Test
  void shouldFilterByProtocolAndByWordsThatAllMustMatch() {
    browser.element("[data-choice=protocol] [data-value=tcp]").sendKeys(Keys.ENTER);
    awaitText(".pager .range", "1–1 of 1");
    browser.element("[data-choice=protocol] [data-value='']").sendKeys(Keys.ENTER);
    WebElement filter = browser.element("input[name=match]");
    filter.sendKeys("127.1.39.0/24");
    awaitText(".pager .range", "1–16 of 16");
    retype(filter, "127.0.0.1:" + twinPort + " udp");
    awaitText(".pager .range", "1–1 of 1");
    assertThat(column(0).get(0)).startsWith("UDP");
    retype(filter, "tcp 127.1.39");
    awaitText(".flows .none", "No five-tuple matches this filter.");
    filter.sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.BACK_SPACE);
    awaitText(".pager .range", "1–25 of 10,002");
  }

  private static void retype(WebElement field, String text) {
    field.sendKeys(Keys.chord(Keys.CONTROL, "a"), text);
  }

  @Test
  void shouldExplainAWrongPeerInTheAddress() {
    browser.open(dashboard.url() + "?peer=everyone", WIDE, HEIGHT);
    await()
        .atMost(Browser.BOUND)
        .until(() -> browser.texts("#match-wrong").get(0).startsWith("Not understood"));
    WebElement filter = browser.element("input[name=match]");
    assertThat(filter.getAttribute("aria-invalid")).isEqualTo("true");
    assertThat(filter.getAttribute("value")).isEqualTo("everyone");
    retype(filter, "127");
    awaitText(".pager .range", "1–25 of 10,002");
    assertThat(filter.getAttribute("aria-invalid")).isEqualTo("false");
    assertThat(browser.run("return location.search")).isEqualTo("?match=127");
  }

  @Test
  void shouldReachEveryControlByTab() {
    browser.run("document.body.focus()");
    browser.element("body").sendKeys(Keys.TAB);
    assertThat(browser.focused().getAttribute("class")).isEqualTo("skip");
    browser.focused().sendKeys(Keys.ENTER);
    assertThat(browser.focused().getAttribute("id")).isEqualTo("flows");
    // From the table's heading on: the choices, the filter, pausing, paging, and the table itself.
    browser.focused().sendKeys(Keys.TAB);
    assertThat(browser.focused().getText()).isEqualTo("Both");
    Object outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle");
    assertThat(outline).isEqualTo("solid");
    for (int tabs = 0; tabs < 16 && !isTable(); tabs++) {
      browser.focused().sendKeys(Keys.TAB);
    }
    assertThat(isTable()).isTrue();
  }

  @Test
  void shouldKeepTheQuestionInTheAddress() {
    browser.element("[data-choice=protocol] [data-value=udp]").sendKeys(Keys.ENTER);
    browser.element("input[name=match]").sendKeys("127.1.39.0/24");
    browser.element("[data-sort=tuple]").sendKeys(Keys.ENTER);
    awaitText(".pager .range", "1–16 of 16");
    String address = (String) browser.run("return location.search");
    assertThat(address).isEqualTo("?protocol=udp&match=127.1.39.0%2F24&sort=tuple");

    browser.open(dashboard.url() + address, WIDE, HEIGHT);
    awaitText(".pager .range", "1–16 of 16");
    assertThat(browser.element("th:has([data-sort=tuple])").getAttribute("aria-sort"))
        .isEqualTo("ascending");
    assertThat(browser.element("input[name=match]").getAttribute("value"))
        .isEqualTo("127.1.39.0/24");
    // What is not allowed is not asked.
    browser.open(dashboard.url() + "?sort=colour&order=up&state=gone&lang=en", WIDE, HEIGHT);
    awaitText(".pager .range", "1–25 of 10,002");
    assertThat(browser.run("return location.search")).isEqualTo("?lang=en");
  }

  private static boolean isTable() {
    return "region".equals(browser.focused().getAttribute("role"));
  }

  @Test
  void shouldNeverAskAgainBeforeTheAnswerCame() {
    String spy =
        browser.beforeEachPage(
            """
            window.asked = {now: 0, most: 0, answered: 0};
            const ask = window.fetch;
            window.fetch = async (url, ...rest) => {
              if (!String(url).startsWith('api/flows')) return ask(url, ...rest);
              asked.now++;
              asked.most = Math.max(asked.most, asked.now);
              try {
                return await ask(url, ...rest);
              } finally {
                asked.now--;
                asked.answered++;
              }
            };
            """);
    open();
    browser.latencyMillis(1200);
    long before = (Long) browser.run("return asked.answered");
    await()
        .atMost(Browser.BOUND)
        .until(() -> (Long) browser.run("return asked.answered") >= before + 2);
    assertThat(browser.run("return asked.most")).isEqualTo(1L);
    browser.latencyMillis(0);
    browser.forget(spy);
  }

  @Test
  void shouldStandStillWhenPaused() {
    browser.element(".pause").sendKeys(Keys.ENTER);
    await().atMost(Browser.BOUND).until(() -> browser.texts(".pause").get(0).equals("Resume"));
    long asked = flowAnswers();
    // The kernel's table is asked for on; two of its answers are more than two seconds.
    long kernel = kernelAnswers();
    await().atMost(Browser.BOUND).until(() -> kernelAnswers() >= kernel + 2);
    assertThat(flowAnswers()).isEqualTo(asked);
  }

  @Test
  void shouldAnswerOnceWhatIsAskedWhilePaused() {
    browser.element(".pause").sendKeys(Keys.ENTER);
    await().atMost(Browser.BOUND).until(() -> browser.texts(".pause").get(0).equals("Resume"));
    browser.element("[data-sort=tuple]").sendKeys(Keys.ENTER);
    await().atMost(Browser.BOUND).until(() -> column(1).get(2).equals("127.1.0.0"));
    assertThat(browser.element("th:has([data-sort=tuple])").getAttribute("aria-sort"))
        .isEqualTo("ascending");
    browser.element("[data-page=next]").sendKeys(Keys.ENTER);
    awaitText(".pager .range", "26–50 of 10,002");

    long asked = flowAnswers();
    long kernel = kernelAnswers();
    await().atMost(Browser.BOUND).until(() -> kernelAnswers() >= kernel + 2);
    assertThat(flowAnswers()).isEqualTo(asked);
    browser.element(".pause").sendKeys(Keys.ENTER);
    await().atMost(Browser.BOUND).until(() -> flowAnswers() >= asked + 2);
  }

  private static long flowAnswers() {
    return (Long)
        browser.run(
            "return performance.getEntriesByType('resource').filter(e =>"
                + " e.name.includes('api/flows')).length");
  }

  private static long kernelAnswers() {
    return (Long)
        browser.run(
            "return performance.getEntriesByType('resource').filter(e =>"
                + " e.name.includes('api/kernel')).length");
  }
}
