package io.dualport.client.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Optional;

/**
 * What came back although nothing like it was sent, and so is no echo.
 *
 * @param evidence a clause without a full stop
 * @param advice what to look for, a clause without a full stop
 */
public record Stranger(String evidence, String advice) {
  private static final String OTHER_SERVICE =
      "another service that listens there; the right address and port";

  private static final String NO_BACKEND =
      "a relay or load balancer whose backend is gone (nginx's stream module answers so); a server"
          + " that is no echo";

  /** Of so many bytes at most half may differ, or they are like nothing that was sent. */
  private static final int COMPARED_BYTES = 16;

  /** From what came, which is not moved. */
  public static Stranger of(ByteBuf came) {
    if (!came.isReadable()) {
      return new Stranger("an empty datagram came back", NO_BACKEND);
    }
    Optional<ProxyHeader> proxy = ProxyHeader.at(came, came.readerIndex());
    return proxy.isPresent()
        ? new Stranger("what came back begins with " + proxy.get().text(), ProxyHeader.ADVICE)
        : new Stranger(
            "bytes like nothing that was sent came back: " + Preview.of(ByteBufUtil.getBytes(came)),
            OTHER_SERVICE);
  }

  /** Whether it is what a load balancer puts before a client's bytes. */
  public boolean isProxyHeader() {
    return advice.equals(ProxyHeader.ADVICE);
  }

  /** Whether the beginning of what came is nothing like a message, rather than a damaged one. */
  public static boolean isAtTheStartOf(ByteBuf came, MessageSeries messages, int sequence) {
    if (ProxyHeader.at(came, came.readerIndex()).isPresent()) {
      return true;
    }
    int compared = Math.min(COMPARED_BYTES, Math.min(came.readableBytes(), messages.size()));
    return 2 * messages.differences(sequence, came, came.readerIndex(), compared) > compared;
  }
}
