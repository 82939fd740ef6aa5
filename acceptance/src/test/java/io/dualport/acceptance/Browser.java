package io.dualport.acceptance;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Debian's Chromium without a window, with a profile of its own that goes with it. */
final class Browser implements AutoCloseable {
  static final Duration BOUND = Duration.ofSeconds(15);

  /** It warns about parts for newer browsers that nothing here uses. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  static {
    SELENIUM.setLevel(Level.SEVERE);
  }

  private final Path profile;
  private final ChromeDriver driver;

  private Browser(Path profile, ChromeDriver driver) {
    this.profile = profile;
    this.driver = driver;
  }

  /** Skips the test where there is no Chromium. */
  static Browser start() throws IOException {
    Tool.require(Tool.CHROMIUM, Tool.CHROMEDRIVER);
    Path profile = Files.createTempDirectory("dualport-chromium");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(Tool.CHROMIUM.path().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-US",
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    // Both paths are named, so nothing is looked for or fetched.
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(Tool.CHROMEDRIVER.path().toFile())
            .withLogFile(new File("/dev/null"))
            .usingAnyFreePort()
            .build();
    return new Browser(profile, new ChromeDriver(service, options));
  }

  /** Opens an address in a window of a size in CSS pixels. */
  void open(String url, int width, int height) {
    size(width, height);
    console();
    driver.get(url);
  }

  /** A size below what a window may have, too. */
  void size(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Delays every answer from now on; 0 ends it. */
  void latencyMillis(int millis) {
    driver.executeCdpCommand("Network.enable", Map.of());
    driver.executeCdpCommand(
        "Network.emulateNetworkConditions",
        Map.of(
            "offline", false, "latency", millis, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  /** Runs before the scripts of every page that is opened from now on, until it is forgotten. */
  String beforeEachPage(String script) {
    return driver
        .executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script))
        .get("identifier")
        .toString();
  }

  void forget(String beforeEachPage) {
    driver.executeCdpCommand(
        "Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", beforeEachPage));
  }

  /** Runs a function body in the page. */
  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Runs the body of an async function in the page; what it returns, or its failure. */
  Object runAsync(String script, Object... arguments) {
    driver.manage().timeouts().scriptTimeout(BOUND);
    return driver.executeAsyncScript(
        "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);"
            + "(async (...given) => {"
            + script
            + "})(...given).then(done, fault => done('failed: ' + fault));",
        arguments);
  }

  /** The one element, awaited. */
  WebElement element(String css) {
    await("element " + css).atMost(BOUND).until(() -> !elements(css).isEmpty());
    return driver.findElement(By.cssSelector(css));
  }

  List<WebElement> elements(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** What stands in each of the elements, read at one moment. */
  @SuppressWarnings("unchecked")
  List<String> texts(String css) {
    return (List<String>)
        run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())",
            css);
  }

  /** A number on the page, without its grouping. */
  long number(String css) {
    return Long.parseLong(texts(css).get(0).replaceAll("[^0-9-]", ""));
  }

  /** What has the keyboard. */
  WebElement focused() {
    return driver.switchTo().activeElement();
  }

  /** What the console has said since this was last asked. */
  List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::toString)
        .toList();
  }

  @Override
  public void close() throws IOException {
    driver.quit();
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).forEach(Browser::delete);
    } catch (UncheckedIOException stillWritten) {
      // Chromium's last process may still write; the folder is a temporary one.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
