package io.dualport.client.verify;

import io.dualport.client.verify.RunResult.Share;
import io.dualport.flow.Protocol;
import io.dualport.probe.Pattern;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import java.util.EnumMap;
import java.util.Map;

/**
 * Tells the messages of a run: those with a header by its run id, shorter ones by the sequence
 * number that the first word of their pattern gives back, if it is one that the run can have.
 */
final class MessageIds {
  /** The least that names a message. */
  static final int WORD_BYTES = 8;

  private static final int FLOWS_OF_BOTH = 2;
  private static final int MAX_CONNECTIONS = 1_000_000;

  private final RunResult run;

  /** Added up once, as a result can list a great many flows. */
  private final Map<Protocol, Long> sent = new EnumMap<>(Protocol.class);

  MessageIds(RunResult run) {
    this.run = run;
    run.shares().forEach((protocol, share) -> sent.put(protocol, share.sent()));
  }

  /**
   * A message that was told by its first bytes.
   *
   * @param length bytes of the whole message
   * @param isOurs whether it is of this run
   */
  record Name(long sequence, int length, boolean isOurs, boolean hasHeader) {}

  /** Whether the bytes begin as a header does. */
  static boolean beginsHeader(ByteBuf bytes) {
    return bytes.readableBytes() >= WORD_BYTES && bytes.getLong(bytes.readerIndex()) == Probe.MAGIC;
  }

  /**
   * MessageIds a message.
   *
   * @param bytes its first ones, {@link Probe#HEADER_BYTES} of them if it has a header
   * @return null if they are of no message
   */
  Name name(Protocol protocol, ByteBuf bytes) {
    Share share = run.shares().get(protocol);
    if (beginsHeader(bytes)) {
      return Probe.get(bytes, bytes.readerIndex())
          .map(
              probe ->
                  new Name(
                      probe.sequence(),
                      probe.length(),
                      probe.runId() == run.runId() && share != null && probe.sequence() >= 0,
                      true))
          .orElse(null);
    }
    if (share == null || bytes.readableBytes() < WORD_BYTES) {
      return null;
    }
    long sequence = Pattern.sequenceOf(run.runId(), 0, bytes.getLong(bytes.readerIndex()));
    if (!canBe(sequence, sent.get(protocol))) {
      return null;
    }
    int length = share.sizes().of(sequence);
    return length < WORD_BYTES || length >= Probe.HEADER_BYTES
        ? null
        : new Name(sequence, length, true, false);
  }

  /** Sixty-four bits that mean nothing name a message that can be once in millions of years. */
  private static boolean canBe(long sequence, long sent) {
    long flow = sequence >>> RunResult.NUMBER_BITS;
    long number = sequence & (1L << RunResult.NUMBER_BITS) - 1;
    return flow < (long) FLOWS_OF_BOTH * MAX_CONNECTIONS && number <= 2 * sent + WORD_BYTES;
  }
}
