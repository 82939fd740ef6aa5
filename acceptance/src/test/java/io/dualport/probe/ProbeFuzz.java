package io.dualport.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/** A message's header and stamp out of any bytes: none, or one that writes the same again. */
public final class ProbeFuzz {
  private ProbeFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    Optional<Probe> probe = Probe.get(bytes, 0);
    if (probe.isEmpty()) {
      return;
    }
    ByteBuf again = Unpooled.buffer(Probe.HEADER_BYTES);
    probe.get().writeHeader(again);
    assertThat(again.slice(0, Probe.STAMP_OFFSET)).isEqualTo(bytes.slice(0, Probe.STAMP_OFFSET));
    Stamp.get(bytes, Probe.STAMP_OFFSET)
        .ifPresent(
            stamp -> {
              stamp.set(again, Probe.STAMP_OFFSET);
              assertThat(Stamp.get(again, Probe.STAMP_OFFSET)).contains(stamp);
            });
    Pattern pattern = new Pattern(probe.get().runId(), probe.get().sequence());
    int payload = input.length - Probe.HEADER_BYTES;
    int wrong = pattern.firstMismatch(bytes, Probe.HEADER_BYTES, Probe.HEADER_BYTES, payload);
    assertThat(wrong).isLessThan(input.length);
  }
}
