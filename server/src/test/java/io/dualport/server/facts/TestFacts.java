package io.dualport.server.facts;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/** Facts of a server that does not run. */
public final class TestFacts {
  private TestFacts() {}

  /** Of a server at this port. */
  public static ServerFacts of(int port) {
    return new ServerFacts(
        "00000000000000aa",
        "test",
        Instant.now(),
        port,
        List.of("127.0.0.1"),
        "",
        List.of(),
        "",
        "epoll",
        "as asked",
        2,
        1,
        "",
        4096,
        true,
        "",
        new ServerFacts.Limits(1, OptionalInt.empty(), 1, 1, 1, OptionalInt.empty()),
        Duration.ofSeconds(10));
  }
}
