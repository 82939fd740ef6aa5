package io.dualport.server.echo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dualport.server.AdminSide;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Whoever looks pays for it: a reading allocates nothing on the threads that echo. */
class SnapshotCostTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long[] echoThreads() {
    return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("echo-"))
        .mapToLong(java.lang.management.ThreadInfo::getThreadId)
        .toArray();
  }

  private static long allocated(long[] threads) {
    return Arrays.stream(THREADS.getThreadAllocatedBytes(threads)).sum();
  }

  @Test
  void shouldAllocateNothingOnTheEventLoops() throws Exception {
    // Idle flows are looked for every 5 s, by the loop itself; that is not what is asked here.
    try (AdminSide admin = AdminSide.start("--idle-timeout", "30d");
        Socket connection = admin.connection(10);
        Socket stream = admin.open()) {
      stream
          .getOutputStream()
          .write("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      assertThat(connection.isConnected()).isTrue();
      for (int i = 0; i < 100; i++) {
        admin.datagram(0, 10);
      }
      long[] threads = echoThreads();
      assertThat(threads).isNotEmpty();
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        long before = allocated(threads);
        admin.get("/api/snapshot");
        admin.get("/api/flows?limit=100&twins=false");
        admin.get("/api/kernel");
        admin.get("/metrics");
        least = Math.min(least, allocated(threads) - before);
      }
      assertThat(least).isZero();
    }
  }
}
