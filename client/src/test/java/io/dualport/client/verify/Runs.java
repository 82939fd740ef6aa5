package io.dualport.client.verify;

import io.dualport.client.message.SizeRange;
import io.dualport.client.verify.RunResult.Share;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A run of one five-tuple on each protocol, and its messages. */
final class Runs {
  static final long ID = 0x0123456789abcdefL;
  static final String CLIENT = "192.0.2.1:40000";
  static final String SERVER = "192.0.2.2:8888";

  private Runs() {}

  static RunResult of(int size, long sent) {
    return of(new SizeRange(size, size), sent);
  }

  static RunResult of(SizeRange sizes, long sent) {
    Map<Protocol, Share> shares = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      TreeMap<Long, ClientFlow> flows = new TreeMap<>();
      flows.put(0L, flow(protocol, sent, sent, 0, 0, 0, sent * sizes.min()));
      shares.put(protocol, new Share(protocol, sizes, flows, null));
    }
    return new RunResult(
        "run.json", "load", SERVER, SERVER, ID, 2_000_000_000L, false, shares, List.of());
  }

  static ClientFlow flow(
      Protocol protocol,
      long sent,
      long answered,
      long lost,
      long duplicated,
      long late,
      long bytesOut) {
    long size = sent == 0 ? 0 : bytesOut / sent;
    return new ClientFlow(
        protocol,
        CLIENT,
        SERVER,
        0,
        sent,
        answered,
        answered + duplicated + late,
        lost,
        duplicated,
        late,
        sent - answered - lost,
        false,
        bytesOut,
        (answered + duplicated + late) * size);
  }

  static byte[] message(long runId, long sequence, int size) {
    ByteBuf message = Unpooled.buffer(size, size);
    new Probe(size, false, runId, sequence, 0).write(message);
    return ByteBufUtil.getBytes(message);
  }
}
