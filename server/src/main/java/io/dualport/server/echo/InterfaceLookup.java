package io.dualport.server.echo;

import io.dualport.kernel.Errno;
import io.dualport.kernel.LocalAddresses;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the addresses of this machine's interfaces, off the event loop, as a machine may have many,
 * and at most once a second, as every datagram may give cause.
 */
final class InterfaceLookup {
  private static final Logger LOG = LoggerFactory.getLogger(InterfaceLookup.class);
  private static final long ONCE_A_SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Executor loop;
  private long lookedNanos = System.nanoTime() - ONCE_A_SECOND_NANOS;

  /**
   * @param loop on which {@link #look} is called and answered
   */
  InterfaceLookup(Executor loop) {
    this.loop = loop;
  }

  /** Hands over what there is now; does nothing within a second of the last time. */
  void look(Consumer<LocalAddresses> found) {
    long now = System.nanoTime();
    if (now - lookedNanos < ONCE_A_SECOND_NANOS) {
      return;
    }
    lookedNanos = now;
    CompletableFuture.supplyAsync(InterfaceLookup::read)
        .thenAcceptAsync(found, loop)
        .exceptionally(
            fault -> {
              LOG.warn("cannot look for new addresses: {}", Errno.of(fault).text());
              return null;
            });
  }

  private static LocalAddresses read() {
    try {
      return LocalAddresses.read();
    } catch (SocketException e) {
      throw new IllegalStateException("cannot list this machine's addresses", e);
    }
  }
}
