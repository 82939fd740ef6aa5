package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The health checks as load balancers and people ask for them, byte for byte. */
class AdminHealthTest {
  private static AdminSide admin;

  @BeforeAll
  static void start() throws IOException {
    admin = AdminSide.start();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    admin.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS"})
  void shouldAnswerEveryVersionWhateverTheHost(String method) throws Exception {
    for (String version : List.of("HTTP/1.0", "HTTP/1.1")) {
      for (String host :
          List.of("", "Host: lb.example\r\n", "Host: \r\n", "Host: a\r\nHost: b\r\n")) {
        for (String path : List.of("/healthz", "/readyz")) {
          String request = method + " " + path + " " + version + "\r\n" + host;
          String answer = admin.raw(request + "Connection: close\r\n\r\n");

          assertThat(answer).as(request).startsWith("HTTP/1.1 200 OK\r\n");
          String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
          String word = path.equals("/healthz") ? "ok\n" : "ready\n";
          assertThat(body).as(request).isEqualTo(method.equals("HEAD") ? "" : word);
          assertThat(answer)
              .as(request)
              .containsIgnoringCase("\r\ncontent-length: " + word.length() + "\r\n");
        }
      }
    }
  }

  /** What HEAD tells of any other path is what GET tells, but for the body. */
  @ParameterizedTest
  @ValueSource(strings = {"/", "/metrics", "/api/kernel", "/api/events", "/nothing"})
  void shouldAnswerHeadAsGetWithoutABody(String path) throws Exception {
    String head = " " + path + " HTTP/1.1\r\nHost: localhost\r\n";

    String answer = admin.raw("HEAD" + head + "\r\n" + "HEAD" + head + "Connection: close\r\n\r\n");

    assertThat(answer.split("HTTP/1.1 " + (path.equals("/nothing") ? "404" : "200"), -1))
        .as("two answers, one after the other")
        .hasSize(3);
    assertThat(answer).endsWith("\r\n\r\n");
    for (String part : answer.split("\r\n\r\n")) {
      assertThat(part).startsWith("HTTP/1.1 ").containsIgnoringCase("\r\ncontent-type: ");
    }
  }

  /** RFC 9110, section 9.3.7; HAProxy's bare {@code option httpchk} asks so, without a Host. */
  @ParameterizedTest
  @ValueSource(strings = {"*", "/", "/metrics", "/api/snapshot", "/api/events", "/app.js"})
  void shouldTellEverybodyItsMethods(String path) throws Exception {
    for (String host : List.of("", "Host: lb.example\r\n")) {
      assertThat(admin.raw("OPTIONS " + path + " HTTP/1.0\r\n" + host + "\r\n"))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS\r\n")
          .containsIgnoringCase("\r\ncontent-length: 0\r\n")
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void shouldNameTheSameMethodsWherever() throws Exception {
    String allow = "\r\nallow: GET, HEAD, OPTIONS\r\n";
    for (String path : List.of("/healthz", "/readyz", "/")) {
      assertThat(admin.raw("POST " + path + " HTTP/1.0\r\n\r\n"))
          .startsWith("HTTP/1.1 405 ")
          .containsIgnoringCase(allow);
    }
    assertThat(admin.raw("OPTIONS /healthz HTTP/1.0\r\n\r\n")).containsIgnoringCase(allow);
    assertThat(admin.raw("OPTIONS /nothing HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 404 ");
  }
}
