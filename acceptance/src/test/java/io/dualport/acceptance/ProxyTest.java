package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin side behind programs that stand in front of servers, as Debian packages them. */
class ProxyTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir Path folder;

  private static String adminOf(ServerProcess server) {
    return server.started().get("admin").asText().replaceAll("http://|/$", "");
  }

  /** A program that reads a file and runs until it is ended; what it says goes to a log. */
  private Process run(Tool tool, String configuration, String... options) throws IOException {
    Path file = Files.writeString(folder.resolve(tool.command() + ".conf"), configuration);
    ProcessBuilder program = new ProcessBuilder(tool.path().toString());
    program.command().addAll(List.of(options));
    program.command().add(file.toString());
    return program
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(tool.command() + ".log").toFile())
        .start();
  }

  /** What HAProxy thinks of each server that it checks: its check's code, and UP or not. */
  private List<String> judged() throws Exception {
    return Shell.run("echo 'show stat' | socat -t5 - UNIX-CONNECT:" + folder.resolve("haproxy"))
        .out()
        .lines()
        .map(line -> line.split(",", -1))
        .filter(cells -> cells.length > 37 && cells[1].equals("dual"))
        .map(cells -> cells[0] + " " + cells[17] + " " + cells[36] + " " + cells[37])
        .toList();
  }

  @Test
  void shouldBeUpForEveryCheckOfHaproxyAndDownWhileItDrains() throws Exception {
    Tool.require(Tool.HAPROXY, Tool.SOCAT);
    try (ServerProcess server =
        ServerProcess.start(Transport.NIO, "--admin", "127.0.0.1:0", "--drain", "30s")) {
      String checked =
          """
            timeout connect 5s
            timeout check 5s
            server dual 127.0.0.1:%d check addr 127.0.0.1 port %s inter 100ms
          """
              .formatted(server.port(), adminOf(server).replaceAll(".*:", ""));
      Process haproxy =
          run(
              Tool.HAPROXY,
              "global\n  stats socket "
                  + folder.resolve("haproxy")
                  + "\ndefaults\n  timeout server 5s\n"
                  + "backend get\n  option httpchk GET /readyz\n"
                  + checked
                  + "backend head\n  option httpchk HEAD /readyz\n"
                  + checked
                  + "backend nomethod\n  option httpchk /readyz\n"
                  + checked
                  + "backend bare\n  option httpchk\n"
                  + checked
                  + "backend version11\n  option httpchk\n"
                  + "  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host echo.example\n"
                  + checked,
              "-db",
              "-f");
      try (Socket open = new Socket("127.0.0.1", server.port())) {
        await()
            .atMost(BOUND)
            .untilAsserted(
                () ->
                    assertThat(judged())
                        .containsExactly(
                            "get UP L7OK 200",
                            "head UP L7OK 200",
                            "nomethod UP L7OK 200",
                            "bare UP L7OK 200",
                            "version11 UP L7OK 200"));
        server.terminate();
        await()
            .atMost(BOUND)
            .untilAsserted(
                () ->
                    assertThat(judged())
                        .hasSize(5)
                        .filteredOn(one -> !one.startsWith("bare ")) // asks for methods alone
                        .allSatisfy(one -> assertThat(one).endsWith(" DOWN L7STS 503")));
        assertThat(open.isConnected()).isTrue();
      } finally {
        haproxy.destroy();
        haproxy.waitFor();
      }
      server.stop();
    }
  }

  @Test
  void shouldTellCurlItsHealthWithoutABody() throws Exception {
    Tool.require(Tool.CURL);
    try (ServerProcess server = ServerProcess.start(Transport.NIO, "--admin", "127.0.0.1:0")) {
      for (String options : List.of("", "--http1.0 ", "-H 'Host: echo.example' ", "-H Host: ")) {
        assertThat(Shell.succeed("curl -fsSI " + options + adminOf(server) + "/healthz"))
            .as(options)
            .startsWith("HTTP/1.1 200 OK")
            .containsIgnoringCase("content-length: 3");
      }
    }
  }

  /** Collected frames come in fours, so that the first of them is three behind when it comes. */
  @ParameterizedTest
  @ValueSource(strings = {"", "gzip on; gzip_types *; gzip_http_version 1.0;"})
  void shouldPassFramesOnAsTheyComeThroughNginx(String gzip) throws Exception {
    Tool.require(Tool.NGINX, Tool.CURL);
    try (ServerProcess server = ServerProcess.start(Transport.NIO, "--admin", "127.0.0.1:0")) {
      int port = freePort();
      Process nginx =
          run(
              Tool.NGINX,
              """
              daemon off; master_process off; pid nginx.pid; error_log stderr;
              events {}
              http {
                access_log off;
                client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
                %s
                server { listen 127.0.0.1:%d; location / { proxy_pass http://%s; } }
              }
              """
                  .formatted(gzip, port, adminOf(server)),
              "-p",
              folder + "/",
              "-c");
      String url = "http://127.0.0.1:" + port;
      await().atMost(BOUND).until(() -> Shell.run("curl -fsS " + url + "/readyz").exitCode() == 0);
      Process events =
          new ProcessBuilder("curl", "-sN", "--compressed", "--max-time", "20", url + "/api/events")
              .start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(events.getInputStream(), StandardCharsets.UTF_8))) {
        long known = newest(server); // those before are repeated to whoever comes
        for (long frame = 0; frame < known + 5; ) {
          String line = lines.readLine();
          assertThat(line).as("nothing more after frame %d", frame).isNotNull();
          if (line.startsWith("id: ")) {
            frame = Long.parseLong(line.substring(line.indexOf('-') + 1));
            assertThat(frame < known || newest(server) - frame <= 1)
                .as("frame %d came late", frame)
                .isTrue();
          }
        }
      } finally {
        events.destroy();
        nginx.destroy();
        nginx.waitFor();
      }
    }
  }

  /** The server's newest frame, asked without a proxy. */
  private static long newest(ServerProcess server) throws Exception {
    JsonNode snapshot =
        JSON.readTree(Shell.succeed("curl -fsS " + adminOf(server) + "/api/snapshot"));
    return snapshot.get("frame").asLong();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
