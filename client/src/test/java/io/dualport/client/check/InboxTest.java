package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class InboxTest {
  private final Inbox inbox = new Inbox();
  private final EmbeddedChannel connection = new EmbeddedChannel(inbox.handler());

  /** Nobody is left who would hear it, so Netty would print a stack trace. */
  @Test
  void shouldNotHearTwiceThatAConnectionHasEnded() {
    connection.close();
    ChannelFuture write = connection.writeAndFlush("a question");

    Inbox.writeEnded(write);

    assertThat(write.isSuccess()).isFalse();
    assertThatCode(connection::checkException).doesNotThrowAnyException();
    assertThat(inbox.await(System.nanoTime())).isInstanceOf(Inbox.Fin.class);
    assertThat(inbox.await(System.nanoTime())).isNull();
  }

  @Test
  void shouldHearWhyAWriteFailed() {
    IOException broken = new IOException("Broken pipe");

    Inbox.writeEnded(connection.newFailedFuture(broken));

    assertThat(inbox.await(System.nanoTime()))
        .isInstanceOfSatisfying(
            Inbox.Failure.class, failure -> assertThat(failure.cause()).isSameAs(broken));
  }
}
