package io.dualport.server.echo;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
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

/** What the stamper costs a message: one that asks for a stamp, one that does not, and no probe. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class Stamping {
  private static final int BYTES = 128;

  @Param({"stamped", "probe", "other"})
  private String kind;

  private final Stamper stamper = new Stamper(true, 1);
  private final FiveTuple tuple =
      new FiveTuple(
          Protocol.UDP,
          new InetSocketAddress("127.0.0.1", 40000),
          new InetSocketAddress("127.0.0.1", 8888));
  private final Stamper.Stream stream = stamper.stream(tuple, 0);
  private ByteBuf message;

  /** Memory outside the heap, as the kernel writes into. */
  @Setup
  public void write() {
    message = Unpooled.directBuffer(BYTES).writeZero(BYTES);
    if (!kind.equals("other")) {
      message.setLong(0, Probe.MAGIC).setInt(Probe.LENGTH_OFFSET, BYTES);
      message.setShort(Probe.FLAGS_OFFSET, kind.equals("stamped") ? Probe.FLAG_STAMP : 0);
    }
  }

  /** As a datagram. */
  @Benchmark
  public ByteBuf datagram() {
    stamper.stampDatagram(message, tuple, 0);
    return message;
  }

  /** As the next message of a stream. */
  @Benchmark
  public int read() {
    return stream.pass(message);
  }
}
