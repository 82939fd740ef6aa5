package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.Transport;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A server on a free port, in this process, whose books are checked when it stops. */
public final class TestServer implements AutoCloseable {
  private final DualServer server;

  private TestServer(DualServer server) {
    this.server = server;
  }

  /** Starts on port 0; options as on the command line, without dashes: key, value, key, value. */
  static TestServer start(Transport transport, String... options) throws Exception {
    return new TestServer(launch(transport, options));
  }

  public static DualServer launch(Transport transport, String... options) throws Exception {
    return DualServer.start(settings(options), transport, Optional.empty());
  }

  /** What the server of these settings was started with. */
  interface Passed {
    Optional<InheritedSockets> to(ServerSettings settings) throws Exception;
  }

  /** Serves sockets that are bound already, on epoll. */
  static TestServer serve(Passed passed, String... options) throws Exception {
    ServerSettings settings = settings(options);
    return new TestServer(DualServer.start(settings, Transport.EPOLL, passed.to(settings)));
  }

  static ServerSettings settings(String... options) {
    Map<String, String> typed = new LinkedHashMap<>(Map.of("port", "0", "drain", "1s"));
    for (int i = 0; i < options.length; i += 2) {
      typed.put(options[i], options[i + 1]);
    }
    return ServerSettings.load(typed, Map.of(), null);
  }

  int port() {
    return server.port();
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port());
  }

  InetSocketAddress address(String host) {
    return new InetSocketAddress(host, port());
  }

  TableSnapshot snapshot() {
    return server.snapshot();
  }

  CounterValues totals(Protocol protocol) {
    return server.snapshot().protocol(protocol).totals();
  }

  long count(Protocol protocol, Counter counter) {
    return totals(protocol).get(counter);
  }

  /** Waits, bounded, until the totals of a protocol are as wanted. */
  void awaitTotals(Protocol protocol, Predicate<CounterValues> wanted) {
    await().until(() -> totals(protocol), wanted::test);
  }

  void awaitCount(Protocol protocol, Counter counter, long wanted) {
    awaitTotals(protocol, totals -> totals.get(counter) >= wanted);
    assertThat(count(protocol, counter)).isEqualTo(wanted);
  }

  void awaitNoConnections() {
    awaitTotals(Protocol.TCP, totals -> totals.connectionsOpen() == 0);
  }

  @Override
  public void close() {
    server.close();
    assertThat(server.snapshot().imbalances()).isEmpty();
    assertThat(totals(Protocol.TCP).connectionsOpen()).isZero();
  }
}
