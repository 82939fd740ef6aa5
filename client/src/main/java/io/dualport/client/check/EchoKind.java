package io.dualport.client.check;

import io.dualport.client.message.Servers;
import io.dualport.probe.Probe;
import java.util.Map;

/** What kind of server answers, as far as its answers tell. */
final class EchoKind {
  static final String NOT_AN_ECHO = "not an echo";

  /** Too little of it came back right to tell which. */
  static final String DAMAGED = "an echo";

  /** Seen with the programs themselves; a buffer of that size can be anybody's. */
  private static final Map<Integer, String> KNOWN_BUFFERS =
      Map.of(
          2048, "as Netty does unless told otherwise, and xinetd",
          4096, "as openbsd-inetd does",
          8192, "as socat and ncat do");

  private EchoKind() {}

  static String of(Answer whole) {
    if (whole.stamp() != null) {
      return "dualport, instance " + Servers.idText(whole.stamp().instanceId());
    }
    return whole.sizeBytes() < Probe.HEADER_BYTES
        ? "an echo (a stamp needs --size " + Probe.HEADER_BYTES + ")"
        : "plain echo (RFC 862)";
  }

  /** What is added for one that returns no more than so many bytes of a datagram. */
  static String cuttingAt(int bytes) {
    String known = KNOWN_BUFFERS.get(bytes);
    return ", cuts datagrams at " + bytes + " bytes" + (known == null ? "" : " (" + known + ")");
  }
}
