package io.dualport.flow;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
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

/**
 * The way from a datagram's source, as the kernel gives it, to the entry of its five-tuple. The
 * sources come in random order, and each address is a new object as it is in Netty: {@link #arrive}
 * is what that costs by itself, so a lookup is what {@link #lookUp} takes more.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FlowLookup {
  private static final long NETWORK = 0x20010db8_00000000L;

  private static final int STRIDE = 7919;

  @Param({"1", "64", "19000", "100000"})
  private int flows;

  @Param({"4", "6"})
  private int family;

  private final FlowTable table = new FlowTable(0, new FlowLimit(Integer.MAX_VALUE));
  private InetSocketAddress local;
  private long[] hosts;
  private int[] ports;
  private int next;

  /** Fills the table with random sources. */
  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(flows);
    hosts = random.longs(flows).toArray();
    ports = random.ints(flows, 1024, 65536).toArray();
    local = address(1, 8888);
    for (int i = 0; i < flows; i++) {
      table.datagramFlow(new FiveTuple(Protocol.UDP, address(hosts[i], ports[i]), local), 1);
    }
  }

  /** The address of a source alone. */
  @Benchmark
  public InetSocketAddress arrive() {
    int i = next();
    return address(hosts[i], ports[i]);
  }

  /** And the entry of its five-tuple. */
  @Benchmark
  public Flow lookUp() {
    return table.datagramFlow(new FiveTuple(Protocol.UDP, arrive(), local), 1);
  }

  /** And what is counted there for it and its echo. */
  @Benchmark
  public Flow lookUpAndCount() {
    Flow flow = lookUp();
    flow.received(Long.BYTES, next);
    flow.sent(Long.BYTES, 1);
    return flow;
  }

  /** Not in the order of memory, which the processor would foresee. */
  private int next() {
    next += STRIDE % flows;
    if (next >= flows) {
      next -= flows;
    }
    return next;
  }

  private InetSocketAddress address(long host, int port) {
    byte[] bytes =
        family == 4
            ? ByteBuffer.allocate(4).putInt((int) host).array()
            : ByteBuffer.allocate(16).putLong(NETWORK).putLong(host).array();
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
