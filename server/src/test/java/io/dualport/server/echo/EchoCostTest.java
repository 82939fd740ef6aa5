package io.dualport.server.echo;

import static io.dualport.flow.Protocol.TCP;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.dualport.flow.Counter;
import io.dualport.probe.Probe;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.Socket;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an echo over TCP on epoll allocates: nothing, once its code has run for a while. */
class EchoCostTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int ECHOES = 2_000;

  /**
   * An echo that allocated a single object would allocate 16 bytes or more. A stamp reads the clock
   * and is copied, with what the quick compiler, which tests run with, does not leave out: 24 bytes
   * on Java 17, 224 on 25, where Netty copies through views of its buffers.
   */
  @ParameterizedTest(name = "probe messages: {0}")
  @CsvSource({"false, 8", "true, 256"})
  void shouldAllocateNothingForAnEcho(boolean probes, double bytesAtMost) throws Exception {
    byte[] message = probes ? probe() : new byte[64];
    try (TestServer server = TestServer.start(Transport.EPOLL, "threads", "1");
        Socket client = new Socket()) {
      client.connect(server.address());
      client.setTcpNoDelay(true);
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 10; round++) {
        long before = allocatedByLoops();
        for (int i = 0; i < ECHOES; i++) {
          client.getOutputStream().write(message);
          client.getInputStream().readNBytes(message.length);
        }
        least = Math.min(least, allocatedByLoops() - before);
      }
      assertThat(server.count(TCP, Counter.READS)).isGreaterThanOrEqualTo(10L * ECHOES);
      assertThat(least / (double) ECHOES).isLessThan(bytesAtMost);
    }
  }

  private static byte[] probe() {
    ByteBuf message = Unpooled.buffer();
    new Probe(128, true, 4711, 0, 1).write(message);
    return ByteBufUtil.getBytes(message);
  }

  private static long allocatedByLoops() {
    long[] loops =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().startsWith("echo-"))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    return Arrays.stream(THREADS.getThreadAllocatedBytes(loops)).sum();
  }
}
