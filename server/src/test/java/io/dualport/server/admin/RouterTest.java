package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.server.facts.TestFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What no server that runs can be made to say. */
class RouterTest {
  private static ObservedServer subject(boolean alive) {
    return new ObservedServer(
        TestFacts.of(1),
        List.of(new FlowTable(0, new FlowLimit(1))),
        () -> 0,
        Optional.empty(),
        () -> 0,
        hold -> {},
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

  /** Health checks are answered all the same. */
  @Test
  void shouldRefuseMoreWorkThanItMaySpendASecond() {
    String dear = "/api/flows";
    AdminCounters counters = new AdminCounters();
    assertThat(answers(new WorkBudget(), counters, dear)).startsWith("HTTP/1.1 200 OK\r\n");
    WorkBudget used = new WorkBudget();
    used.spent(0, TimeUnit.HOURS.toNanos(1));

    assertThat(answers(used, counters, dear))
        .startsWith("HTTP/1.1 429 Too Many Requests\r\n")
        .containsIgnoringCase("\r\nretry-after: 1\r\n");
    assertThat(answers(used, counters, "/healthz"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("ok\n");
    assertThat(counters.refused().get(HttpRefusal.RATE)).isEqualTo(1);
  }

  /** To a GET on a connection of its own. */
  private static String answers(WorkBudget budget, AdminCounters counters, String path) {
    ObservedServer subject = subject(true);
    EmbeddedChannel connection =
        new EmbeddedChannel(
            AdminServer.handlers(
                new AdminServer.Parts(
                    new Access(
                        new AdminSettings(new AdminAddress(Optional.empty(), false), "", 1, 0)),
                    budget,
                    new Router(subject, counters, 0),
                    new EventStreams(subject.facts().instance(), counters),
                    counters,
                    new LinkedHashSet<>(),
                    new SpareDescriptor(counters, () -> false, hold -> {}),
                    () -> Frame.read(subject.tables(), subject.state(), null))));
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    connection.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    for (ByteBuf out = connection.readOutbound(); out != null; out = connection.readOutbound()) {
      answer.append(out.toString(StandardCharsets.US_ASCII));
      out.release();
    }
    connection.finishAndReleaseAll();
    return answer.toString();
  }
}
