package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Connections to an echo that stay open: as many as it has descriptors for. */
final class EchoedConnections implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  /** From one look at the server's descriptors to the next. */
  private static final int LOOK_MILLIS = 200;

  /** For five seconds. */
  private static final int LOOKS = 25;

  /** Held for a moment, to read a file: a loop may have met that moment, and stand still since. */
  private static final long PASSING = 3;

  private final List<Socket> open = new ArrayList<>();

  /**
   * Connects until one is not served, as the server has no descriptor left. That one is closed: it
   * was in the backlog.
   *
   * @param limit as ulimit -n says
   */
  void takeAllDescriptors(int port, long pid, int limit) throws IOException {
    while (open.size() < limit) {
      Socket connection = new Socket();
      open.add(connection);
      connection.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      connection.getOutputStream().write(7);
      connection.setSoTimeout(LOOK_MILLIS);
      boolean isEchoed = returns(connection);
      for (int i = 0; !isEchoed && i < LOOKS && descriptors(pid) < limit; i++) {
        isEchoed = returns(connection);
      }
      if (!isEchoed) {
        assertThat(descriptors(pid)).isBetween(limit - PASSING, (long) limit);
        open.remove(connection);
        connection.close();
        return;
      }
      connection.setSoTimeout(PATIENCE_MILLIS);
    }
    throw new AssertionError("descriptors did not run out");
  }

  /** Connects without a word; the server need not accept. */
  void connect(int port, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket connection = new Socket(InetAddress.getLoopbackAddress(), port);
      connection.setSoTimeout(PATIENCE_MILLIS);
      open.add(connection);
    }
  }

  /** A byte comes back on each. */
  void assertEchoed() throws IOException {
    for (Socket connection : open) {
      connection.getOutputStream().write(7);
      assertThat(returns(connection)).isTrue();
    }
  }

  private static boolean returns(Socket connection) throws IOException {
    try {
      return connection.getInputStream().read() == 7;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  private static long descriptors(long pid) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
      return descriptors.count();
    }
  }

  /** Any number of times. */
  @Override
  public void close() throws IOException {
    for (Socket connection : open) {
      connection.close();
    }
  }
}
