package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Option;

/** What a user types, what is printed where, and the exit code. */
class ServerCommandTest {
  private static final String[] SHORT = {"--port", "0", "--view", "json", "--drain", "0s"};

  @Test
  void shouldListEveryOptionAndExitCodeInItsHelp() throws InterruptedException {
    TestCommand help = TestCommand.run("--help");

    assertThat(help.code()).isEqualTo(ExitCode.STOPPED);
    assertThat(help.err()).isEmpty();
    for (Field field : ServerCommand.class.getDeclaredFields()) {
      Option option = field.getAnnotation(Option.class);
      if (option != null) {
        assertThat(help.out())
            .containsPattern(
                "(?m)^ +" + option.names()[0] + "=" + option.paramLabel().replace("|", "\\|"))
            .as("description of %s", option.names()[0])
            .contains(option.description()[0].substring(0, 15));
      }
    }
    for (ExitCode code : ExitCode.values()) {
      assertThat(help.out()).containsPattern("(?m)^ +" + code.number() + " +\\w");
    }
    assertThat(help.out()).contains("--help", "--version", "DUAL_SERVER_KEY", "conf/server.conf");
  }

  @Test
  void shouldPrintItsVersion() throws InterruptedException {
    TestCommand version = TestCommand.run("--version");

    assertThat(version.code()).isEqualTo(ExitCode.STOPPED);
    assertThat(version.outLines()).hasSize(3);
    assertThat(version.outLines().get(0)).startsWith("dual-server ");
    assertThat(version.outLines().get(1)).matches("Netty 4\\.\\d+\\.\\d+\\.Final");
    assertThat(version.outLines().get(2)).startsWith("Java ");
    assertThat(version.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nope                 | unknown option '--nope'",
        "--port 0 --prot 1      | unknown option '--prot': did you mean --port?",
        "8888                   | unexpected word '8888': did you mean --port 8888?",
        "start                  | unexpected word 'start'",
        "--port                 | Missing required parameter for option '--port' (PORT)",
        "--port 1 --port 2      | option '--port' (PORT) should be specified only once",
        "--port=                | server.port =  (from --port): must be a whole number from 0 to"
            + " 65535",
        "--port 70000           | server.port = 70000 (from --port): must be a whole number from 0"
            + " to 65535",
        "--port eighty          | server.port = eighty (from --port): must be a whole number from 0"
            + " to 65535",
        "--port 0 --threads -1  | server.threads = -1 (from --threads): must be a whole number from"
            + " 0 to 1024",
        "--drain 5000           | server.drain = 5000 (from --drain): must be a duration in seconds"
            + " or with a unit",
        "--guard maybe          | server.guard.enabled = maybe (from --guard): must be on or off",
        "--view tv              | server.view = tv (from --view): must be one of auto, live, log,"
            + " json, quiet",
        "--transport pigeon     | server.transport = pigeon (from --transport): must be one of"
            + " auto, epoll",
        "--port 0 --host ::g    | server.host = ::g (from --host): must be any",
        "--config missing.conf  | configuration file missing.conf does not exist",
        "--config .             | configuration file . does not exist or is no file"
      })
  void shouldRefuseABadCommandLine(String typed, String message) throws InterruptedException {
    TestCommand refused = TestCommand.run(typed.split(" +"));

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err()).startsWith("dual-server: ").contains(message);
    assertThat(refused.out()).isEmpty();
  }

  @Test
  void shouldRefuseABadEnvironment() throws InterruptedException {
    TestCommand refused = TestCommand.run(Map.of("DUAL_SERVER_MAX_FLOWS", "-1"), "--port", "0");

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err())
        .isEqualToIgnoringNewLines(
            "dual-server: server.max-flows = -1 (from the environment, DUAL_SERVER_MAX_FLOWS):"
                + " must be a whole number from 0 to 10000000");
  }

  @Test
  void shouldRefuseATransportThatIsNotHere() throws InterruptedException {
    Assumptions.assumeFalse(Transport.KQUEUE.isAvailable(), "this machine has kqueue");

    TestCommand refused = TestCommand.run("--port", "0", "--transport", "kqueue");

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err())
        .contains("server.transport = kqueue: not available here", "available: ", "nio");
  }

  @Test
  void shouldRefuseSegmentsWhereTheTransportSendsNone() throws InterruptedException {
    TestCommand refused =
        TestCommand.run(Map.of("DUAL_SERVER_UDP_GSO", "on"), "--port", "0", "--transport", "nio");

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err())
        .isEqualToIgnoringNewLines(
            "dual-server: server.udp-gso = on: the nio transport sends no segmented datagrams;"
                + " choose auto or off, or the epoll transport");
  }

  @Test
  void shouldEndWithACodeOfItsOwnWhenThePortIsTaken() throws Exception {
    try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      TestCommand failed = TestCommand.run("--port", "" + holder.getLocalPort());

      assertThat(failed.code()).isEqualTo(ExitCode.COULD_NOT_BIND);
      assertThat(failed.err())
          .startsWith("dual-server: cannot bind tcp 127.0.0.1:" + holder.getLocalPort());
      assertThat(failed.out()).isEmpty();
    }
  }

  @Test
  void shouldPreferCommandLineToEnvironmentToFileToDefault(@TempDir Path directory)
      throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("my.conf"),
            "server { port = 0, view = json, drain = 0s, threads = 5, guard = off }");
    Map<String, String> environment = Map.of("DUAL_SERVER_THREADS", "4", "DUAL_SERVER_GUARD", "on");
    String[] named = {"--config", file.toString()};
    String[] typed = {"--config", file.toString(), "--threads", "3", "--guard", "off"};

    assertThat(started(environment, typed).get("eventLoops").intValue()).isEqualTo(3);
    assertThat(started(environment, typed).get("guard").booleanValue()).isFalse();
    assertThat(started(environment, named).get("eventLoops").intValue()).isEqualTo(4);
    assertThat(started(environment, named).get("guard").booleanValue()).isTrue();
    assertThat(started(Map.of(), named).get("eventLoops").intValue()).isEqualTo(5);
    assertThat(started(Map.of(), named).get("guard").booleanValue()).isFalse();
    assertThat(started(Map.of(), SHORT).get("eventLoops").intValue())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(started(Map.of(), SHORT).get("guard").booleanValue()).isTrue();
  }

  @Test
  void shouldNotCountAnOptionThatWasNotTypedAsOne() throws Exception {
    assertThat(started(Map.of("DUAL_SERVER_TRANSPORT", "nio"), SHORT).get("transport").textValue())
        .isEqualTo("nio (as asked)");
  }

  /** What the server said when it had started. */
  private static JsonNode started(Map<String, String> environment, String... args)
      throws InterruptedException, IOException {
    TestCommand server = TestCommand.run(environment, args);
    assertThat(server.err()).isEmpty();
    assertThat(server.code()).isEqualTo(ExitCode.STOPPED);
    return json(server.outLines().get(0));
  }

  private static JsonNode json(String line) throws JsonProcessingException {
    return new ObjectMapper().readTree(line);
  }
}
