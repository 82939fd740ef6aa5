package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the admin side listens, and for whom. */
class AdminAddressTest {
  private static final String TOKEN = "0123456789abcdef";

  @Test
  void shouldOpenBeyondLoopbackOnlyWithAToken() throws Exception {
    TestCommand refused = TestCommand.run("--port", "0", "--admin", "0.0.0.0:0");

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err())
        .contains("server.admin = 0.0.0.0:0", "needs a token", "DUAL_SERVER_ADMIN_TOKEN");
  }

  @Test
  void shouldRefuseATokenThatCouldBeGuessedWithoutPrintingIt() throws Exception {
    TestCommand refused =
        TestCommand.run(Map.of("DUAL_SERVER_ADMIN_TOKEN", "swordfish"), "--port", "0");

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err())
        .contains("server.admin-token (9 characters", "at least 16")
        .doesNotContain("swordfish");
  }

  @Test
  void shouldAnswerBeyondLoopbackWhoeverCarriesTheToken() throws Exception {
    try (TestCommand server =
            TestCommand.start(
                Map.of("DUAL_SERVER_ADMIN_TOKEN", TOKEN),
                "--port",
                "0",
                "--view",
                "json",
                "--admin",
                "0.0.0.0:0");
        AdminSide open = AdminSide.of(server)) {
      String basic = Base64.getEncoder().encodeToString(("me:" + TOKEN).getBytes());

      assertThat(open.get("/").statusCode()).isEqualTo(401);
      assertThat(open.get("/").headers().firstValue("www-authenticate").orElseThrow())
          .startsWith("Basic realm=");
      assertThat(open.get("/metrics", "Authorization", "Bearer " + TOKEN + "x").statusCode())
          .isEqualTo(401);
      assertThat(open.get("/metrics", "Authorization", "Bearer").statusCode()).isEqualTo(401);
      assertThat(open.get("/metrics", "Authorization", "Basic !!").statusCode()).isEqualTo(401);
      assertThat(open.get("/metrics", "Authorization", "Bearer " + TOKEN).statusCode())
          .isEqualTo(200);
      assertThat(open.get("/", "Authorization", "Basic " + basic).statusCode()).isEqualTo(200);
      assertThat(
              open.raw(
                  "GET /metrics HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n"
                      + "Authorization: Bearer "
                      + TOKEN
                      + "\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(open.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(open.get("/readyz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldSayAtTheStartThatItIsOpen() throws Exception {
    TestCommand server =
        TestCommand.run(
            Map.of("DUAL_SERVER_ADMIN_TOKEN", TOKEN), "--port", "0", "--admin", "0.0.0.0:0");

    assertThat(server.out()).contains("OPEN to everybody").doesNotContain(TOKEN);
    assertThat(server.err()).doesNotContain(TOKEN);
  }

  @Test
  void shouldTakeAnotherPortWhenNobodyNamedOne() throws Exception {
    try (TestCommand one = TestCommand.start("--port", "0", "--view", "json");
        AdminSide first = AdminSide.of(one);
        TestCommand two = TestCommand.start("--port", "0", "--view", "json");
        AdminSide second = AdminSide.of(two)) {
      assertThat(first.uri("/").getPort()).isNotEqualTo(second.uri("/").getPort());
      assertThat(first.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(second.get("/healthz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldNotStartWhenThePortThatWasNamedIsTaken() throws Exception {
    TestCommand refused;
    String taken;
    try (AdminSide admin = AdminSide.start()) {
      taken = admin.uri("/").getAuthority();
      refused = TestCommand.run("--port", "0", "--admin", taken);
    }

    assertThat(refused.code()).isEqualTo(ExitCode.COULD_NOT_BIND);
    assertThat(refused.err())
        .contains("cannot bind the admin side to " + taken, "EADDRINUSE", "--admin off", "held by");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "8889", "127.0.0.1", "127.0.0.1:65536", "::1:8889", "[::1]", "on"})
  void shouldRefuseAnAddressThatIsNone(String address) throws Exception {
    TestCommand refused = TestCommand.run("--port", "0", "--admin", address);

    assertThat(refused.code()).isEqualTo(ExitCode.REFUSED);
    assertThat(refused.err()).contains("server.admin = " + address, "ADDRESS:PORT");
  }
}
