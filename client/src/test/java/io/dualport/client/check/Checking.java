package io.dualport.client.check;

import io.dualport.client.ClientKeys;
import io.dualport.client.target.Target;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/** Checks a server on loopback. */
final class Checking {
  private Checking() {}

  /** Only where a message begins; what follows of a large one on a stream is left alone. */
  static void stamp(byte[] bytes, Protocol protocol, long instance) {
    ByteBuf message = Unpooled.wrappedBuffer(bytes);
    if (Probe.get(message, 0).isPresent()) {
      InetSocketAddress anyone = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
      new Stamp(1, new FiveTuple(protocol, anyone, anyone), 0, instance)
          .set(message, Probe.STAMP_OFFSET);
    }
  }

  static CheckResult check(Transport transport, int port, Map<String, String> options) {
    Map<String, String> typed = new HashMap<>(options);
    typed.put("transport", transport.label());
    return new CheckRun(Target.parse("127.0.0.1:" + port), settings(typed)).run();
  }

  static CheckSettings settings(Map<String, String> typed) {
    return CheckSettings.of(ClientKeys.load(typed, Map.of(), null));
  }

  static String evidence(CheckResult result, int index) {
    return result.findings().get(index).finding().evidence();
  }
}
