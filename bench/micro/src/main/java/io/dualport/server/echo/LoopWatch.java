package io.dualport.server.echo;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to look whether a datagram goes around; each differs from all before it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LoopWatch {
  @Param({"64", "1400"})
  private int bytes;

  private final LoopDetector detector = new LoopDetector(65536, () -> {});
  private final FiveTuple tuple =
      new FiveTuple(
          Protocol.UDP,
          new InetSocketAddress("127.0.0.1", 40000),
          new InetSocketAddress("127.0.0.1", 8888));
  private ByteBuf datagram;
  private long count;

  /** Memory outside the heap, as the kernel writes into. */
  @Setup
  public void allocate() {
    datagram = Unpooled.directBuffer(bytes).writeZero(bytes);
  }

  /** One datagram. */
  @Benchmark
  public boolean isLoop() {
    datagram.setLong(0, ++count);
    return detector.isLoop(tuple, datagram, 0);
  }
}
