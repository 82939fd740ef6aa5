package io.dualport.flow;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FiveTupleTest {
  private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.1", 40000);
  private static final InetSocketAddress SERVER = new InetSocketAddress("198.51.100.2", 8888);

  /** Few enough for every one of them to have a port of its own. */
  private static final int CHOSEN = 4096;

  @Test
  void shouldEqualWhatHasTheSameFiveParts() {
    FiveTuple tuple = new FiveTuple(UDP, PEER, SERVER);
    FiveTuple same =
        new FiveTuple(
            UDP,
            new InetSocketAddress("192.0.2.1", 40000),
            new InetSocketAddress("198.51.100.2", 8888));

    assertThat(tuple).isEqualTo(same).hasSameHashCodeAs(same);
  }

  @Test
  void shouldDifferInEachOfTheFiveParts() {
    assertThat(
            List.of(
                new FiveTuple(UDP, PEER, SERVER),
                new FiveTuple(TCP, PEER, SERVER),
                new FiveTuple(UDP, new InetSocketAddress("192.0.2.9", 40000), SERVER),
                new FiveTuple(UDP, new InetSocketAddress("192.0.2.1", 40001), SERVER),
                new FiveTuple(UDP, PEER, new InetSocketAddress("198.51.100.9", 8888)),
                new FiveTuple(UDP, PEER, new InetSocketAddress("198.51.100.2", 8889)),
                new FiveTuple(UDP, SERVER, PEER)))
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldReverseSourceAndDestination() {
    FiveTuple tuple = new FiveTuple(TCP, PEER, SERVER);

    assertThat(tuple.reversed()).isEqualTo(new FiveTuple(TCP, SERVER, PEER));
    assertThat(tuple.reversed().reversed()).isEqualTo(tuple);
  }

  @Test
  void shouldReadAsToolsWriteIt() {
    assertThat(new FiveTuple(TCP, PEER, SERVER))
        .hasToString("tcp 192.0.2.1:40000 -> 198.51.100.2:8888");
    assertThat(
            new FiveTuple(
                UDP, new InetSocketAddress("2001:db8::1", 40000), new InetSocketAddress("::1", 7)))
        .hasToString("udp [2001:db8::1]:40000 -> [::1]:7");
  }

  @Test
  void shouldRefuseWhatIsNotResolved() {
    InetSocketAddress name = InetSocketAddress.createUnresolved("server.example", 8888);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FiveTuple(TCP, PEER, name))
        .withMessageContaining("server.example");
    assertThatIllegalArgumentException().isThrownBy(() -> new FiveTuple(TCP, name, SERVER));
    assertThatNullPointerException().isThrownBy(() -> new FiveTuple(null, PEER, SERVER));
  }

  /** {@code InetSocketAddress.hashCode} is the same for all of these. */
  @Test
  void shouldSpreadForgedSourcesWhoseAddressAndPortAddUpToTheSame() {
    IntFunction<InetSocketAddress> source =
        i -> new InetSocketAddress(inet4(0x0a000000 + i), 60000 - i);
    assertThat(IntStream.range(0, CHOSEN).map(i -> source.apply(i).hashCode()).distinct().count())
        .isEqualTo(1);

    assertSpread(source);
  }

  @Test
  void shouldSpreadThePortsOfOneAddressAndTheAddressesOfOnePort() {
    assertSpread(i -> new InetSocketAddress(inet4(0x0a000001), 10000 + i));
    assertSpread(i -> new InetSocketAddress(inet4(0x0a000000 + i), 40000));
    assertSpread(i -> new InetSocketAddress(inet4(i << 20), 40000));
  }

  @Test
  void shouldSpreadTheAddressesOfOneIpv6Network() {
    assertSpread(i -> new InetSocketAddress(inet6(0x20010db800000000L, i), 40000));
    assertSpread(i -> new InetSocketAddress(inet6(0x20010db800000000L + i, 1), 40000));
    assertSpread(i -> new InetSocketAddress(inet6(0x20010db800000000L, i), 60000 - i));
  }

  /**
   * Nearly as many hashes as tuples, and no bucket of a HashMap with more than a handful: by chance
   * the fullest of 8192 buckets holds about 6, with sources that collide it would hold all 4096.
   */
  private static void assertSpread(IntFunction<InetSocketAddress> source) {
    Map<Integer, Integer> buckets = new HashMap<>();
    long hashes =
        IntStream.range(0, CHOSEN)
            .map(i -> new FiveTuple(UDP, source.apply(i), SERVER).hashCode())
            .peek(hash -> buckets.merge((hash ^ hash >>> 16) & 8191, 1, Integer::sum))
            .distinct()
            .count();

    assertThat(hashes).isGreaterThan(CHOSEN / 2);
    assertThat(fullest(buckets.values())).isLessThan(256);
  }

  private static int fullest(Collection<Integer> buckets) {
    return buckets.stream().max(Integer::compare).orElseThrow();
  }

  private static InetAddress inet4(int address) {
    return address(ByteBuffer.allocate(4).putInt(address));
  }

  private static InetAddress inet6(long network, long host) {
    return address(ByteBuffer.allocate(16).putLong(network).putLong(host));
  }

  private static InetAddress address(ByteBuffer bytes) {
    try {
      return InetAddress.getByAddress(bytes.array());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
