package io.dualport.server.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.NetCounters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KernelShareTest {
  private final FlowTable table = new FlowTable(0, new FlowLimit(0));
  private final Map<String, Long> counted = new LinkedHashMap<>();

  @Test
  void shouldAddUpBothIpVersionsAndTellOursFromTheRest() {
    counted.put("Udp.InDatagrams", 264L);
    counted.put("Udp6.InDatagrams", 30L);
    table.totals(Protocol.UDP).add(Counter.MESSAGES_IN, 100);

    KernelShare share = share("datagramsIn");

    assertThat(share.counters()).containsExactly("Udp.InDatagrams", "Udp6.InDatagrams");
    assertThat(share.all()).isEqualTo(294);
    assertThat(share.ours()).hasValue(100);
    assertThat(share.others()).hasValue(194);
  }

  /** The kernel counts what was read, and a refused datagram was read, too. */
  @Test
  void shouldCountWhatWasRefusedOnceAndWhatWasDroppedLaterOnce() {
    counted.put("Udp.InDatagrams", 100L);
    table.totals(Protocol.UDP).add(Counter.MESSAGES_IN, 10);
    for (Counter reason : Counter.drops()) {
      table.totals(Protocol.UDP).increment(reason);
    }

    assertThat(Counter.refusals())
        .hasSize(Counter.drops().size() - 3)
        .doesNotContain(Counter.DROPPED_LOOP, Counter.DROPPED_OVERSIZE, Counter.DROPPED_SEND_ERROR);
    assertThat(share("datagramsIn").ours()).hasValue(10 + Counter.refusals().size());
  }

  @Test
  void shouldSayNothingOfAShareThatTheKernelDoesNotTell() {
    counted.put("Tcp.RetransSegs", 2L);
    counted.put("TcpExt.ListenDrops", 0L);
    counted.put("Udp.InErrors", 0L);

    assertThat(share("segmentsSentAgain").ours()).isEmpty();
    assertThat(share("segmentsSentAgain").others()).isEmpty();
    assertThat(share("segmentsSentAgain").isTelling()).isTrue();
    assertThat(share("acceptQueueFull")).as("a counter that this kernel has not").isNull();
    assertThat(share("connectionsTurnedAway").isTelling()).as("no fault").isFalse();
    assertThat(share("datagramsUnread").ours()).as("no socket table").isEmpty();
  }

  private KernelShare share(String key) {
    List<KernelShare> shares =
        KernelShare.of(new NetCounters(counted), table.snapshot().totals(), OptionalLong.empty());
    return shares.stream().filter(share -> share.key().equals(key)).findFirst().orElse(null);
  }
}
