package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.check.service.KnownAnswers;
import io.dualport.client.message.Preview;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Servers;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.probe.Probe;
import io.dualport.report.Words;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Optional;

/** What kind of server answers, as far as its answers tell. */
final class EchoKind {
  static final String NOT_AN_ECHO = "not an echo";

  /** Too little of it came back right to tell which. */
  static final String AN_ECHO = "an echo";

  /** Seen with the programs themselves; a buffer of that size can be anybody's. */
  private static final Map<Integer, String> KNOWN_BUFFERS =
      Map.of(
          2048, " (as Netty does unless told otherwise, and xinetd)",
          4096, " (as openbsd-inetd does)",
          8192, " (as socat and ncat do)",
          16384, " (as nginx does)");

  private EchoKind() {}

  /**
   * By the answer to a small message.
   *
   * @param cutAt how many bytes of a datagram it returns at most; 0 if it was not seen to cut any
   * @param asked how the message began
   */
  static String of(Answer small, int cutAt, byte[] asked) {
    String cuts =
        cutAt == 0
            ? ""
            : "cuts datagrams at "
                + Words.count(cutAt, "byte")
                + KNOWN_BUFFERS.getOrDefault(cutAt, "");
    return switch (small.content()) {
      case WHOLE ->
          whole(small)
              + (cuts.isEmpty()
                  ? ""
                  : (small.stamp() == null ? ", " : ", behind a relay that ") + cuts);
      case STRANGE ->
          isSentBackByAnEcho(small)
              ? AN_ECHO
              : KnownAnswers.of(asked, small.bytes()).orElse(NOT_AN_ECHO);
      // Bytes can be changed on the way; from another address as well, that is no echo's doing.
      case WRONG -> small.kind() == Kind.WRONG_SOURCE ? NOT_AN_ECHO : AN_ECHO;
      default -> AN_ECHO + (cuts.isEmpty() ? "" : ", " + cuts);
    };
  }

  /**
   * What came is like nothing that was sent; the verdict names whose it is where that is known.
   *
   * @param evidence what became of the message, up to what came
   */
  static Finding stranger(String evidence, byte[] asked, byte[] came) {
    Optional<String> known = KnownAnswers.of(asked, came);
    return (known.isPresent() ? Verdict.OTHER_SERVICE : Verdict.CORRUPTED)
        .because(
            evidence + Preview.of(came) + known.map(name -> ", that is " + name).orElse(""),
            "another service that listens there (--as asks for it); the right address and port");
  }

  private static String whole(Answer small) {
    if (small.stamp() != null) {
      return "dualport, instance " + Servers.idText(small.stamp().instanceId());
    }
    return small.sizeBytes() < Probe.HEADER_BYTES
        ? "an echo (a stamp needs --size " + Probe.HEADER_BYTES + ")"
        : "plain echo (RFC 862)";
  }

  /** A load balancer sends such a header to servers alone; only an echo brings it to a client. */
  private static boolean isSentBackByAnEcho(Answer small) {
    return ProxyHeader.at(Unpooled.wrappedBuffer(small.bytes()), 0).isPresent();
  }
}
