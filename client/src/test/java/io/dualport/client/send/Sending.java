package io.dualport.client.send;

import io.dualport.client.ClientKeys;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A run of {@code send} as a test writes it: {@code Sending.to(port).with("count", 3).run()}. */
final class Sending {
  private final Target target;
  private final Map<String, String> typed = new HashMap<>();
  private final CompletableFuture<Void> stop = new CompletableFuture<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

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

  /** As SIGINT does. */
  void stop() {
    stop.complete(null);
  }

  /** What was said of each reply so far. */
  List<String> said() {
    return said;
  }

  SendResult run() {
    SendSettings settings = SendSettings.of(ClientKeys.load(typed, Map.of(), null));
    return new SendRun(target, settings, stop, line -> said.add(line.get())).run();
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
