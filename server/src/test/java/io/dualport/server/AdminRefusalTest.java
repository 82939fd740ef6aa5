package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the admin side does not answer, and that the echo does not feel it. */
@Tag("slow")
class AdminRefusalTest {
  private static AdminSide admin;

  @BeforeAll
  static void start() throws IOException {
    admin = AdminSide.start();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    admin.close();
  }

  private static String get(String path, String headers) {
    return "GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n";
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "LOCALHOST:8889, 200",
    "127.0.0.1:1, 200",
    "127.9.9.9, 200",
    "[::1]:8889, 200",
    "[0:0:0:0:0:0:0:1], 200",
    "localhost., 200",
    "127.999.1.1, 421",
    "[::2], 421",
    "localhost:8889:1, 421",
    "evil.example, 421",
    "evil.example:8889, 421",
    "localhost.evil.example, 421",
    "127.0.0.1.evil.example, 421",
    "192.168.1.1, 421",
    "'', 421"
  })
  void shouldAnswerOnlyUnderALoopbackName(String host, int status) throws Exception {
    for (String path : List.of("/", "/api/snapshot", "/metrics", "/api/events")) {
      if (path.equals("/api/events") && status == 200) {
        continue; // it would not end
      }
      assertThat(admin.raw(get(path, "Host: " + host + "\r\n")))
          .as("%s under %s", path, host)
          .startsWith("HTTP/1.1 " + status + " ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Host: localhost\r\nHost: localhost\r\n"})
  void shouldRefuseARequestWithoutOneHost(String headers) throws Exception {
    assertThat(admin.raw(get("/", headers)))
        .startsWith("HTTP/1.1 400 ")
        .contains("\"refused\":\"oneHost\"", "asks for one Host header");
  }

  /** HTTP/1.0 knows no Host header, so its absence is no fault of the request. */
  @Test
  void shouldSayWhatAnOldRequestWithoutHostLacks() throws Exception {
    assertThat(admin.raw("GET /metrics HTTP/1.0\r\n\r\n"))
        .startsWith("HTTP/1.1 421 ")
        .contains("the Host header must name this machine's loopback");
    assertThat(admin.raw("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "TRACE", "CONNECT", "BREW"})
  void shouldRefuseEveryMethodThatIsNotOneOfThree(String method) throws Exception {
    String answer =
        admin.raw(
            method + " / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc and more");

    assertThat(answer)
        .startsWith("HTTP/1.1 405 ")
        .containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET http://evil.example/", "GET //evil.example/", "GET metrics"})
  void shouldRefuseARequestForAnotherServer(String request) throws Exception {
    assertThat(admin.raw(request + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("this is no proxy");
  }

  @ParameterizedTest
  @CsvSource({"5000, 10,   414", "10,   9000, 431", "4000, 10,   404"})
  void shouldRefuseAnOversizedHead(int uriBytes, int headerBytes, int status) throws Exception {
    assertThat(
            admin.raw(
                get(
                    "/" + "a".repeat(uriBytes),
                    "Host: localhost\r\nX: " + "b".repeat(headerBytes) + "\r\n")))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"})
  void shouldRefuseABody(String header) throws Exception {
    assertThat(admin.raw("GET / HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\nhello"))
        .startsWith("HTTP/1.1 413 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n"
      })
  void shouldRefuseWhatIsNoRequest(String bytes) throws Exception {
    assertThat(admin.raw(bytes))
        .startsWith("HTTP/1.1 400 ")
        .contains("not a request of HTTP/1.0 or 1.1");
  }

  @Test
  void shouldNotAnswerAPageOfAnotherSite() throws Exception {
    assertThat(admin.raw(get("/metrics", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n")))
        .startsWith("HTTP/1.1 403 ");
    // A link from there may be followed.
    assertThat(
            admin.raw(
                get(
                    "/",
                    "Host: localhost\r\n"
                        + "Sec-Fetch-Site: cross-site\r\n"
                        + "Sec-Fetch-Mode: navigate\r\n")))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void shouldTellBrowsersToTrustNothing() throws Exception {
    for (String path : List.of("/", "/api/snapshot", "/nothing")) {
      assertThat(admin.raw(get(path, "Host: localhost\r\n")))
          .as(path)
          .containsIgnoringCase("\r\nx-content-type-options: nosniff\r\n")
          .containsIgnoringCase("\r\nreferrer-policy: no-referrer\r\n")
          .containsIgnoringCase("\r\ncross-origin-resource-policy: same-origin\r\n")
          .doesNotContainIgnoringCase("\r\naccess-control-")
          .doesNotContainIgnoringCase("\r\nset-cookie");
    }
  }

  @Test
  void shouldAnswerRequestsThatCameTogetherOneAfterTheOther() throws Exception {
    String one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    String answers = admin.raw(one.repeat(49) + get("/readyz", "Host: localhost\r\n"));

    assertThat(answers.split("\r\n\r\nok\n", -1)).hasSize(50);
    assertThat(answers).endsWith("\r\n\r\nready\n");
  }

  /** Its requests wait in the kernel, and none is lost. */
  @Test
  void shouldAnswerAllThatWasAskedBeforeAnythingWasRead() throws Exception {
    String file = "GET /vendor/uplot.js HTTP/1.1\r\nHost: localhost\r\n\r\n";

    String answers = admin.raw(file.repeat(300) + get("/readyz", "Host: localhost\r\n"));

    assertThat(answers.split("HTTP/1.1 200 OK\r\n", -1).length - 1).isEqualTo(301);
    assertThat(answers.endsWith("ready\n")).isTrue();
  }

  @Test
  void shouldNotLoseTheLastAnswerForWhatFollowsIt() throws Exception {
    String more = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    assertThat(admin.raw(get("/readyz", "Host: localhost\r\n") + more.repeat(2000)))
        .endsWith("\r\n\r\nready\n");
  }

  @Test
  void shouldEndAStreamBehindWhichRequestsPileUp() throws Exception {
    String stream = "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try (AdminSide asked = AdminSide.start();
        Socket greedy = asked.open()) {
      greedy.getOutputStream().write(stream.repeat(500).getBytes(StandardCharsets.US_ASCII));
      await()
          .untilAsserted(
              () ->
                  assertThat(asked.json("/api/snapshot").at("/admin/refused/pipelined").asInt())
                      .isEqualTo(1));
    }
  }

  /**
   * One says nothing, one a byte now and then, one nothing more after its answer: all are gone
   * after the time for a request, and the last one was not refused anything.
   */
  @Test
  void shouldEndConnectionsThatSendNoWholeRequest() throws Exception {
    try (AdminSide asked = AdminSide.start();
        Socket silent = asked.open();
        Socket slow = asked.open();
        Socket kept = asked.open()) {
      byte[] head = "GET /healthz HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII);
      slow.getOutputStream().write(head);
      kept.getOutputStream().write(head);
      kept.getOutputStream().write("x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      await()
          .atMost(java.time.Duration.ofSeconds(15))
          .pollInterval(java.time.Duration.ofMillis(250))
          .until(() -> !takes(slow));

      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(new String(kept.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("ok\n");
      assertThat(asked.json("/api/snapshot").at("/admin/refused/slow").asInt()).isEqualTo(2);
    }
  }

  private static boolean takes(Socket socket) {
    try {
      socket.getOutputStream().write('a');
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void shouldStandAThousandConnectionsAndEchoMeanwhile() throws Exception {
    try (AdminSide crowded = AdminSide.start()) {
      List<Socket> crowd = new ArrayList<>();
      try {
        for (int i = 0; i < 1000; i++) {
          crowd.add(crowded.open());
        }
        crowded.datagram(0, 100);
        crowded.connection(100).close();
        for (Socket socket : crowd) {
          socket.setSoTimeout(1);
        }
        await().until(() -> crowd.stream().filter(AdminRefusalTest::isOpen).count() == 64);
        // The one that has been silent longest makes room: a crowd locks nobody out.
        assertThat(crowded.get("/healthz").body()).isEqualTo("ok\n");
      } finally {
        for (Socket socket : crowd) {
          socket.close();
        }
      }
      assertThat(crowded.json("/api/snapshot").at("/admin/refused/connections").asInt())
          .isGreaterThanOrEqualTo(936);
    }
  }

  private static boolean isOpen(Socket socket) {
    try {
      return socket.getInputStream().read() >= 0;
    } catch (java.net.SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      return false; // reset
    }
  }
}
