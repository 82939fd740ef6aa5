package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is said while it runs, and what is left of a run that is interrupted. */
class SendProgressTest {
  /** As ping does: what is known is said at once, and in the end summed up. */
  @Test
  void shouldSayWhatBecomesOfEachMessage() throws Exception {
    AtomicInteger received = new AtomicInteger();
    PlainEcho.Answer twiceThenNot =
        (d, from) -> received.getAndIncrement() == 0 ? List.of(d, d) : List.of();
    try (PlainEcho echo = PlainEcho.udp(twiceThenNot)) {
      Sending sending = Sending.to(echo.port()).with("count", 2).with("timeout", "300ms");
      sending.udp();

      assertThat(sending.said().get(0)).contains(": 2 messages of 128 bytes on UDP");
      assertThat(sending.said().get(1)).matches("UDP 0: back in \\S+ \\S+");
      assertThat(sending.said().subList(2, 5))
          .containsExactly("UDP 0: back once more", "UDP 1: no echo in time", "UDP: lossy");
    }
  }

  @Test
  void shouldEndWithTheResultSoFarWhenItIsInterrupted() throws Exception {
    CountDownLatch three = new CountDownLatch(3);
    PlainEcho.Answer counting =
        (d, from) -> {
          three.countDown();
          return three.getCount() == 0 ? List.of() : List.of(d);
        };
    try (PlainEcho echo = PlainEcho.udp(counting)) {
      Sending sending =
          Sending.to(echo.port())
              .with("count", 1000)
              .with("interval", "50ms")
              .with("timeout", "1h");
      CompletableFuture<SendResult> running = CompletableFuture.supplyAsync(sending::run);
      assertThat(three.await(10, TimeUnit.SECONDS)).isTrue();
      sending.stop();
      SendResult result = running.get(10, TimeUnit.SECONDS);

      assertThat(result.interrupted()).isTrue();
      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN); // nothing is known to be wrong
      ExchangeCounts udp = Sending.of(result, Protocol.UDP).counts();
      assertThat(udp.echoed()).isEqualTo(2);
      assertThat(udp.unanswered()).isPositive().isEqualTo(udp.sent() - 2);
      assertThat(udp.lost()).isZero();
      ExchangeCounts tcp = Sending.of(result, Protocol.TCP).counts();
      assertThat(tcp.echoed()).isPositive().isEqualTo(tcp.sent()).isLessThan(1000);
      assertThat(new SendReport(result).render(Format.TEXT))
          .contains(
              "in flight when it was interrupted.", "Interrupted: this is the result so far.");
    }
  }

  @Test
  void shouldSayNothingOfThePortIfNothingHadComeBackWhenItWasInterrupted() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    PlainEcho.Answer silent =
        (d, from) -> {
          heard.countDown();
          return List.of();
        };
    try (PlainEcho echo = PlainEcho.udp(silent)) {
      Sending sending =
          Sending.to(echo.port()).with("protocol", "udp").with("count", 1).with("timeout", "1h");
      CompletableFuture<SendResult> running = CompletableFuture.supplyAsync(sending::run);
      assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
      sending.stop();
      SendResult result = running.get(10, TimeUnit.SECONDS);

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(result.protocols().get(0).finding().text("Try: "))
          .startsWith("untried: interrupted when nothing had come back of 1 message.");
    }
  }
}
