package io.dualport.flow;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What counting costs: one cell, and all that a datagram or a read of a stream changes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class Counting {
  private static final int BYTES = 64;

  private final Counters counters = new Counters();
  private final Flow flow =
      new FlowTable(0, new FlowLimit(1))
          .openConnection(
              new FiveTuple(
                  Protocol.UDP,
                  new InetSocketAddress("127.0.0.1", 40000),
                  new InetSocketAddress("127.0.0.1", 8888)),
              1);
  private long now;

  /** One cell. */
  @Benchmark
  public void add() {
    counters.add(Counter.BYTES_IN, BYTES);
  }

  /** One datagram in and its echo out, in its flow and in the totals. */
  @Benchmark
  public void datagram() {
    flow.received(BYTES, ++now);
    flow.sent(BYTES, 1);
  }

  /** One read of a stream and its echo, in its flow and in the totals. */
  @Benchmark
  public void read() {
    flow.read(BYTES, 1, ++now);
    flow.written(BYTES, 1);
  }
}
