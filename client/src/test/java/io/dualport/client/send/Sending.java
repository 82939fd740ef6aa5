package io.dualport.client.send;

import io.dualport.client.ClientKeys;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.util.HashMap;
import java.util.Map;

/** A run of {@code send} as a test writes it: {@code Sending.to(port).with("count", 3).run()}. */
final class Sending {
  private final Target target;
  private final Map<String, String> typed = new HashMap<>();

  private Sending(Target target) {
    this.target = target;
  }

  static Sending to(int port) {
    return to("127.0.0.1:" + port);
  }

  static Sending to(String target) {
    return new Sending(Target.parse(target));
  }

  Sending with(String key, Object value) {
    typed.put(key, value.toString());
    return this;
  }

  Sending over(Transport transport) {
    return with("transport", transport.label());
  }

  SendResult run() {
    return new SendRun(target, SendSettings.of(ClientKeys.load(typed, Map.of(), null))).run();
  }

  ProtocolResult tcp() {
    return with("protocol", "tcp").run().protocols().get(0);
  }

  ProtocolResult udp() {
    return with("protocol", "udp").run().protocols().get(0);
  }

  static ProtocolResult of(SendResult result, Protocol protocol) {
    return result.protocols().stream().filter(p -> p.protocol() == protocol).findFirst().get();
  }
}
