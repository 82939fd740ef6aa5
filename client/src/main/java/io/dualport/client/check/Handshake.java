package io.dualport.client.check;

import io.dualport.transport.SocketFacts;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What became of a SYN.
 *
 * @param failure null if the connection opened
 * @param nanos until its answer, or until it was given up
 * @param icmp what ICMP this host counted meanwhile
 */
record Handshake(Throwable failure, long nanos, Unreachables icmp) {

  /** Connects and waits. The clock runs on the event loop, so no thread's wake-up is measured. */
  static Handshake attempt(Channel connection, InetSocketAddress remote) {
    Unreachables before = Unreachables.now(remote.getAddress());
    CompletableFuture<Handshake> answer = new CompletableFuture<>();
    connection
        .eventLoop()
        .execute(
            () -> {
              long start = System.nanoTime();
              connection
                  .connect(remote)
                  .addListener(
                      done -> {
                        long took = System.nanoTime() - start;
                        answer.complete(new Handshake(done.cause(), took, null));
                      });
            });
    Handshake told = answer.join();
    Unreachables icmp = Unreachables.now(remote.getAddress()).since(before);
    boolean isOpen = told.failure == null && SocketFacts.isConnected(connection);
    if (!isOpen) {
      Throwable failure = told.failure == null ? new NoRouteToHostException() : told.failure;
      return new Handshake(failure, told.nanos, icmp);
    }
    // The kernel measured it itself, without the time that this JVM took.
    long rttMicros = SocketFacts.rttMicros(connection);
    long nanos = rttMicros > 0 ? TimeUnit.MICROSECONDS.toNanos(rttMicros) : told.nanos;
    return new Handshake(null, nanos, icmp);
  }

  boolean isOpen() {
    return failure == null;
  }
}
