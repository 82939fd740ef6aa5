package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP client for more bytes than calls through a pipe can carry: it sends a pattern as fast as it
 * is taken, reads when it is told to, and compares what comes. In this process; no option is set.
 */
final class BulkClient implements AutoCloseable {
  /** A prime, so that no power of two of bytes can go missing unnoticed. */
  private static final int PATTERN_BYTES = 65_521;

  private static final long POLL_NANOS = 100_000;

  /** So long the kernel's queues must stay as they are to count as being at rest. */
  private static final long REST_MILLIS = 100;

  private final SocketChannel channel;
  private final byte[] pattern = new byte[PATTERN_BYTES];
  private final ByteBuffer incoming = ByteBuffer.allocateDirect(PATTERN_BYTES);
  private long sent;
  private long received;
  private boolean intact = true;

  BulkClient(String address, int port) throws IOException {
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (i * 31 + (i >> 8));
    }
    channel = SocketChannel.open(StandardProtocolFamily.INET);
    try {
      channel.connect(new InetSocketAddress(address, port));
      channel.configureBlocking(false);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Bytes that the kernel took from us. */
  long sent() {
    return sent;
  }

  /** Bytes that came back. */
  long received() {
    return received;
  }

  /** Whether every byte that came back was the one that was sent there. */
  boolean isIntact() {
    return intact;
  }

  /**
   * Sends until so many bytes are sent in all.
   *
   * @param stallMillis how long nothing may be taken (EAGAIN) before it gives up
   * @return whether all were taken
   */
  boolean send(long total, long stallMillis) throws IOException, InterruptedException {
    long progressNanos = System.nanoTime();
    while (sent < total) {
      int at = (int) (sent % PATTERN_BYTES);
      int length = (int) Math.min(PATTERN_BYTES - at, total - sent);
      int taken = channel.write(ByteBuffer.wrap(pattern, at, length));
      sent += taken;
      if (taken > 0) {
        progressNanos = System.nanoTime();
      } else if (isOver(progressNanos, stallMillis)) {
        return false;
      } else {
        pause();
      }
    }
    return true;
  }

  /**
   * Reads up to so many bytes.
   *
   * @param stallMillis how long nothing may come before it gives up
   * @return whether the peer's FIN was reached
   */
  boolean read(long most, long stallMillis) throws IOException, InterruptedException {
    long until = received + most;
    long progressNanos = System.nanoTime();
    while (received < until) {
      int count = channel.read(incoming.clear());
      if (count < 0) {
        return true;
      }
      if (count > 0) {
        compare(incoming.flip());
        progressNanos = System.nanoTime();
      } else if (isOver(progressNanos, stallMillis)) {
        return false;
      } else {
        pause();
      }
    }
    return false;
  }

  /** Our FIN. */
  void shutdownWrite() throws IOException {
    channel.shutdownOutput();
  }

  /**
   * Waits until the queues of the connection do not change any more.
   *
   * @param observer a program in the network of the connection
   * @return how many bytes are in them: both directions of both ends; what is on its way counts
   *     until it is acknowledged
   */
  long awaitRest(Lab lab, Program observer) throws Exception {
    int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
    long[] queued = {-1};
    long[] sinceNanos = {0};
    lab.await(
        "the queues of the connection come to rest",
        () -> {
          long now =
              lab.rows(observer, port).stream()
                  .mapToLong(row -> row.receiveQueueBytes() + row.transmitQueueBytes())
                  .sum();
          if (now != queued[0]) {
            queued[0] = now;
            sinceNanos[0] = System.nanoTime();
          }
          return isOver(sinceNanos[0], REST_MILLIS);
        });
    return queued[0];
  }

  private void compare(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      intact &= bytes.get() == pattern[(int) (received % PATTERN_BYTES)];
      received++;
    }
  }

  private static boolean isOver(long sinceNanos, long millis) {
    return System.nanoTime() - sinceNanos > TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static void pause() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    LockSupport.parkNanos(POLL_NANOS);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
