package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.MessageSeries;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Stranger;
import io.dualport.flow.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;

/** What a server that is no echo may say to check: recognised or not, and told harmlessly. */
public final class RepliesFuzz {
  private static final InetSocketAddress SENDER = new InetSocketAddress("127.0.0.1", 8888);
  private static final int[] SIZES = {0, 1, 8, 95, 96, 200};
  private static final SentDatagrams SENT = sent();

  private RepliesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    ProxyHeader.at(bytes, 0).ifPresent(header -> assertHarmless(header.text()));
    assertHarmless(Stranger.of(bytes).evidence());
    for (int first = 0; first < SIZES.length; first++) {
      int from = first;
      SENT.original(bytes, first)
          .ifPresent(one -> assertThat(one.sequence()).isGreaterThanOrEqualTo(from));
    }
    for (int size : SIZES) {
      MessageSeries messages = series(size);
      int length = Math.min(size, input.length);
      assertThat(messages.firstMismatch(3, bytes, 0, length)).isBetween(-1, Math.max(0, length));
      assertThat(messages.differences(3, bytes, 0, length)).isBetween(0, length);
      if (input.length > 0) {
        Stranger.isAtTheStartOf(bytes, messages, 3);
      }
    }
    for (Answer.Kind content : Answer.Kind.values()) {
      assertHarmless(
          EchoKind.of(
              new Answer(
                  Answer.Kind.STRANGE, content, input.length, 1, input, 0, SENDER, 1, null, null),
              0,
              new byte[12]));
    }
  }

  /** Nothing that a terminal would obey. */
  private static void assertHarmless(String text) {
    assertThat(text.chars().filter(Character::isISOControl).findFirst()).isEmpty();
  }

  private static MessageSeries series(int size) {
    return new MessageSeries(Protocol.UDP, 7, size, true, 0, 1);
  }

  private static SentDatagrams sent() {
    SentDatagrams sent = new SentDatagrams(7);
    for (int size : SIZES) {
      sent.add(new SentDatagrams.Sent(series(size), sent.size(), 0));
    }
    return sent;
  }
}
