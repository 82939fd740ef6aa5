package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What no server that runs can be made to say. */
class RouterTest {
  private static ObservedServer subject(boolean alive) {
    return new ObservedServer(
        "00000000000000aa",
        "test",
        Instant.now(),
        1,
        List.of("127.0.0.1"),
        "",
        List.of(),
        "nio",
        true,
        "",
        new ObservedServer.Limits(1, OptionalInt.empty(), 1, 1, 1, OptionalInt.empty()),
        List.of(new FlowTable(0, new FlowLimit(1))),
        () -> 0,
        Optional.empty(),
        () -> 0,
        () -> alive,
        () -> false);
  }

  private static HttpAnswer health(boolean alive) {
    ObservedServer subject = subject(alive);
    return new Router(subject, new AdminCounters(), 0)
        .answer(
            "/healthz",
            "/healthz",
            new DefaultHttpHeaders(),
            Frame.read(subject.tables(), subject.state(), null));
  }

  @Test
  void shouldSayThatItIsIllWhenAnEventLoopHasEnded() {
    assertThat(health(true).status().code()).isEqualTo(200);
    assertThat(health(false).status().code()).isEqualTo(503);
    assertThat(new String(health(false).body(), StandardCharsets.UTF_8))
        .isEqualTo("an event loop has ended\n");
  }
}
