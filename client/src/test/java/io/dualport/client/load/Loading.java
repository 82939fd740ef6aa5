package io.dualport.client.load;

import io.dualport.client.ClientKeys;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.load.report.LoadReport;
import io.dualport.client.load.report.LoadResult;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import io.dualport.transport.Transport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A run of {@code load} as a test writes it: {@code Loading.of(port).with("depth", 3).run()}. */
final class Loading {
  private final Target target;
  private final Map<String, String> typed = new HashMap<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Void> stop = new CompletableFuture<>();

  private Loading(Target target) {
    this.target = target;
    with("duration", "300ms").with("warmup", "0").with("threads", 2).with("report-every", "100ms");
  }

  static Loading of(int port) {
    return new Loading(Target.parse("127.0.0.1:" + port));
  }

  /** A key of the section {@code load}. */
  Loading with(String key, Object value) {
    typed.put("load." + key, value.toString());
    return this;
  }

  Loading timeout(String time) {
    return common("timeout", time);
  }

  /** A key of all commands. */
  Loading common(String key, String value) {
    typed.put(key, value);
    return this;
  }

  Loading over(Transport transport) {
    typed.put("transport", transport.label());
    return this;
  }

  Loading only(Protocol protocol) {
    typed.put("protocol", protocol.label());
    return this;
  }

  /** An open loop in which message n is due n milliseconds after the start. */
  Loading oneAMillisecond(int messages) {
    return with("rate", 1000)
        .with("arrivals", "constant")
        .with("duration", messages + "ms")
        .with("connections", 1);
  }

  void stop() {
    stop.complete(null);
  }

  LoadResult run() throws LoadFailure {
    LoadSettings settings = LoadSettings.of(ClientKeys.load(typed, Map.of(), null));
    return new LoadRun(target, settings, new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(stop);
  }

  ProtocolLoad tcp() throws LoadFailure {
    return only(Protocol.TCP).run().protocols().get(0);
  }

  ProtocolLoad udp() throws LoadFailure {
    return only(Protocol.UDP).run().protocols().get(0);
  }

  String progress() {
    return err.toString(StandardCharsets.UTF_8);
  }

  static ProtocolLoad of(LoadResult result, Protocol protocol) {
    return result.protocols().stream().filter(p -> p.protocol() == protocol).findFirst().get();
  }

  static String text(LoadResult result) {
    return new LoadReport(result).render(Format.TEXT);
  }
}
