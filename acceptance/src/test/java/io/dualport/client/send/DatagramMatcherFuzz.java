package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.MessageSeries;
import io.dualport.client.send.DatagramMatcher.Kind;
import io.dualport.client.send.DatagramMatcher.Match;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * Datagrams that come back to {@code send}: messages that were sent, whole, cut, damaged, longer,
 * and bytes of anybody. What is said of each is held against the message itself, and no message is
 * settled twice.
 */
public final class DatagramMatcherFuzz {
  private static final int[] SIZES = {0, 1, 2, 8, 40, 95, 96, 97, 200};
  private static final int MESSAGES = 300; // more than are remembered
  private static final int MOST_STEPS = 600;

  private final ByteBuf in;
  private final MessageSeries messages;
  private final Flight flight = new Flight(MESSAGES, line -> assertThat(line.get()).isNotBlank());
  private final DatagramMatcher matcher;
  private int now;
  private int damaged;

  private DatagramMatcherFuzz(ByteBuf in) {
    this.in = in;
    int size = SIZES[next() % SIZES.length];
    this.messages = new MessageSeries(Protocol.UDP, 7, size, (next() & 1) == 0, 1, 1);
    this.matcher = new DatagramMatcher(messages, flight);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    new DatagramMatcherFuzz(Unpooled.wrappedBuffer(input)).run();
  }

  private void run() {
    for (int step = 0; step < MOST_STEPS && in.isReadable(); step++) {
      now++;
      int what = next() % 10;
      if (what < 3) {
        launch(1 + next() % 4);
      } else if (what == 3) {
        flight.expire(now - next() % 32);
      } else if (flight.next() > 0) {
        comesBack(what);
      }
      assertSettledOnce();
    }
    flight.abandon();
    assertThat(flight.isEmpty()).isTrue();
    assertSettledOnce();
  }

  private void launch(int count) {
    for (int i = 0; i < count && flight.hasNext() && flight.hasRoom(); i++) {
      flight.launch(now);
    }
  }

  private void comesBack(int what) {
    int sequence = (next() << 8 | next()) % flight.next();
    ByteBuf whole = messages.message(sequence);
    boolean isKnown = messages.hasHeader() || flight.candidates().contains(sequence);
    switch (what) {
      case 4, 5 -> {
        Match match = judge(whole);
        if (isKnown) {
          assertThat(match.kind()).isEqualTo(Kind.WHOLE);
        }
        if (messages.hasHeader()) {
          assertThat(match.sequence()).isEqualTo(sequence);
        }
      }
      case 6 -> {
        int length = (next() << 8 | next()) % (messages.size() + 1);
        boolean isPiece = length > 0 && length < messages.size();
        boolean isNamed = messages.hasHeader() && length >= Probe.HEADER_BYTES;
        boolean isInFlight = flight.isInFlight(sequence);
        Match match = judge(whole.slice(0, length));
        if (isPiece && (isNamed || isInFlight)) {
          assertThat(match.kind()).isEqualTo(Kind.TRUNCATED);
        }
        if (isPiece && isNamed) {
          assertThat(match.sequence()).isEqualTo(sequence);
        }
      }
      case 7 -> {
        for (int hits = 1 + next() % 3; hits > 0 && whole.isReadable(); hits--) {
          int at = (next() << 8 | next()) % messages.size();
          whole.setByte(at, whole.getByte(at) ^ next());
        }
        judge(whole);
      }
      case 8 -> judge(Unpooled.copiedBuffer(whole, in.readSlice(bytes())));
      default -> judge(Unpooled.copiedBuffer(in.readSlice(bytes())));
    }
  }

  /** Matches it, counts it as {@link UdpExchange} does, and holds the answer against the bytes. */
  private Match judge(ByteBuf datagram) {
    Match match = matcher.match(datagram);
    int length = datagram.readableBytes();
    switch (match.kind()) {
      case WHOLE -> {
        assertThat(length).isEqualTo(messages.size());
        assertThat(firstDifference(match.sequence(), datagram)).isEqualTo(length);
        flight.echoed(match.sequence(), now);
      }
      case TRUNCATED -> {
        assertThat(length).isPositive().isLessThan(messages.size()).isEqualTo(match.position());
        assertThat(firstDifference(match.sequence(), datagram)).isEqualTo(length);
        noteDamage(match);
        flight.truncated(match.sequence());
      }
      case CORRUPTED -> {
        assertThat(flight.isInFlight(match.sequence())).isTrue();
        assertThat(match.position())
            .isBetween(0, Math.min(length, messages.size()))
            .isLessThanOrEqualTo(firstDifference(match.sequence(), datagram));
        noteDamage(match);
        flight.corrupted(match.sequence());
      }
      case STRANGER -> {
        assertThat(match.sequence()).isNegative();
        flight.corrupted();
      }
    }
    return match;
  }

  private void noteDamage(Match match) {
    damaged += flight.isInFlight(match.sequence()) ? 1 : 0;
  }

  /** Every message that was sent is in flight, or ended as one thing. */
  private void assertSettledOnce() {
    ExchangeCounts counts = flight.counts();
    assertThat(counts.echoed() + counts.lost() + damaged + flight.inFlight().size())
        .isEqualTo(flight.next());
  }

  /** Past the end of the shorter one, if they are the same so far; a stamp may be anything. */
  private int firstDifference(int sequence, ByteBuf datagram) {
    byte[] wanted = ByteBufUtil.getBytes(messages.message(sequence));
    byte[] came = ByteBufUtil.getBytes(datagram);
    int both = Math.min(wanted.length, came.length);
    for (int i = 0; i < both; i++) {
      boolean isStamp = messages.hasHeader() && i >= Probe.STAMP_OFFSET && i < Probe.HEADER_BYTES;
      if (!isStamp && wanted[i] != came[i]) {
        return i;
      }
    }
    return both;
  }

  private int bytes() {
    return Math.min(next(), in.readableBytes());
  }

  /** The next byte of the input; 0 behind its end. */
  private int next() {
    return in.isReadable() ? in.readUnsignedByte() : 0;
  }
}
