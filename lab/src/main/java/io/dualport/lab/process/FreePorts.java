package io.dualport.lab.process;

import io.dualport.kernel.SocketTable;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports that nobody uses. Below 32768, where Linux takes no ephemeral ports from unless told to, so
 * that no other program's connection gets in the way; each is given once.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int COUNT = 10_000;
  private static final int ATTEMPTS = 200;

  private final Random random = new Random();
  private final Set<Integer> given = new HashSet<>();

  /**
   * The next one.
   *
   * @throws FailedException if none is free
   */
  public int next() throws IOException, FailedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = FIRST + random.nextInt(COUNT);
      if (isUnknown(port) && binds(port) && given.add(port)) {
        return port;
      }
    }
    throw new FailedException(Bilingual.of("no port from %d on is free on both protocols", FIRST));
  }

  /** Not even in TIME_WAIT, and nobody's remote port. */
  private static boolean isUnknown(int port) throws IOException {
    return !SocketTable.available()
        || SocketTable.read().rows().stream()
            .noneMatch(row -> row.local().getPort() == port || row.remote().getPort() == port);
  }

  /** A TCP socket that is bound and does not listen is in no table; only a bind finds it. */
  private static boolean binds(int port) {
    try (ServerSocket tcp = new ServerSocket();
        DatagramSocket udp = new DatagramSocket(null)) {
      tcp.setReuseAddress(false);
      tcp.bind(new InetSocketAddress(port));
      udp.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
