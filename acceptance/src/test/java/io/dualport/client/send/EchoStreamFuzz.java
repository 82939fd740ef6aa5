package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.MessageSeries;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Optional;

/**
 * The bytes that come back on a connection of {@code send}: its own, in any pieces, some damaged,
 * left out, stamped or added. What is counted of them is what a comparison of whole messages gives.
 */
public final class EchoStreamFuzz {
  private static final int[] SIZES = {1, 2, 8, 95, 96, 97, 200, 300};
  private static final int MESSAGES = 40;
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 8888);
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 40_000);
  private static final Stamp STAMP =
      new Stamp(5, new FiveTuple(Protocol.TCP, CLIENT, SERVER), 1, 0x1122334455667788L);

  private final ByteBuf in;
  private final MessageSeries messages;
  private final Exchange exchange;
  private final EchoStream stream;

  /** As an echo would return it; some of it stamped. */
  private final ByteBuf echo = Unpooled.buffer();

  private final ByteBuf came = Unpooled.buffer();

  private EchoStreamFuzz(ByteBuf in) {
    this.in = in;
    int size = SIZES[next() % SIZES.length];
    SendPlan plan = new SendPlan(7, MESSAGES, size, 1, 1, 0, (next() & 1) == 0);
    this.messages = plan.messages(Protocol.TCP, 1);
    this.exchange =
        new TcpExchange(
            new Diagnosis(Protocol.TCP, SERVER, plan), line -> assertThat(line.get()).isNotBlank());
    this.stream = new EchoStream(messages, exchange);
  }

  public static void fuzzerTestOneInput(byte[] input) {
    new EchoStreamFuzz(Unpooled.wrappedBuffer(input)).run();
  }

  private void run() {
    launch(1 + next() % 8);
    boolean goesOn = true;
    while (goesOn && in.isReadable()) {
      goesOn =
          switch (next() % 8) {
            case 0 -> launch(1 + next() % 8);
            case 1 -> read(damaged(next() << 2));
            case 2 -> skip(1 + next());
            case 3 -> read(take(in, next()));
            case 4 -> stamp();
            default -> read(take(echo, next() << 1));
          };
    }
    assertCounts();
  }

  private boolean launch(int count) {
    for (int i = 0; i < count && exchange.flight.hasNext() && exchange.flight.hasRoom(); i++) {
      echo.writeBytes(messages.message(exchange.flight.next()));
      exchange.flight.launch(System.nanoTime());
    }
    return true;
  }

  private static ByteBuf take(ByteBuf from, int length) {
    byte[] piece = new byte[Math.min(length, from.readableBytes())];
    from.readBytes(piece);
    return Unpooled.wrappedBuffer(piece);
  }

  private ByteBuf damaged(int length) {
    ByteBuf piece = take(echo, length);
    if (piece.isReadable()) {
      int at = (next() << 8 | next()) % piece.readableBytes();
      piece.setByte(at, piece.getByte(at) ^ 1 + next());
    }
    return piece;
  }

  private boolean skip(int length) {
    echo.skipBytes(Math.min(length, echo.readableBytes()));
    return true;
  }

  /** Of the next message, as the server does where it was asked. */
  private boolean stamp() {
    int message = (echo.readerIndex() + messages.size() - 1) / messages.size();
    if (messages.hasHeader() && message < exchange.flight.next()) {
      STAMP.set(echo, message * messages.size() + Probe.STAMP_OFFSET);
    }
    return true;
  }

  /** What stays is more than was sent; then the exchange ends. */
  private boolean read(ByteBuf piece) {
    came.writeBytes(piece.duplicate());
    stream.read(piece);
    long sent = (long) exchange.flight.next() * messages.size();
    long over = Math.max(0, came.readableBytes() - sent);
    assertThat(piece.readableBytes()).isEqualTo((int) over);
    assertThat(stream.bytesRead()).isEqualTo(came.readableBytes() - over);
    return over == 0;
  }

  private void assertCounts() {
    int size = messages.size();
    int whole = Math.min(exchange.flight.next(), came.readableBytes() / size);
    int good = 0;
    String damage = "";
    for (int sequence = 0; sequence <= whole; sequence++) {
      byte[] back = Arrays.copyOfRange(bytes(came), sequence * size, sequence * size + size);
      int length = Math.min(size, came.readableBytes() - sequence * size);
      int wrong = sequence < exchange.flight.next() ? firstWrong(sequence, back, length) : -1;
      good += sequence < whole && wrong < 0 ? 1 : 0;
      if (wrong >= 0 && damage.isEmpty()) {
        damage = "message " + sequence + " of ";
        assertThat(exchange.firstDamage())
            .startsWith(damage)
            .endsWith(
                "at position %d, byte %d of the stream".formatted(wrong, sequence * size + wrong));
      }
    }
    assertThat(exchange.firstDamage().isEmpty()).isEqualTo(damage.isEmpty());
    ExchangeCounts counts = exchange.flight.counts();
    assertThat(counts.echoed()).isEqualTo(good);
    assertThat(counts.corrupted()).isEqualTo(whole - good);
    assertThat(exchange.flight.inFlight()).hasSize(exchange.flight.next() - whole);
  }

  /** -1 if none; a header is judged once it is whole. */
  private int firstWrong(int sequence, byte[] back, int length) {
    byte[] wanted = bytes(messages.message(sequence));
    if (messages.hasHeader() && length < Probe.HEADER_BYTES) {
      return -1;
    }
    for (int i = 0; i < length; i++) {
      boolean isStamp = messages.hasHeader() && i >= Probe.STAMP_OFFSET && i < Probe.HEADER_BYTES;
      if (isStamp && isStamp(back)) {
        i = Probe.HEADER_BYTES - 1;
      } else if (back[i] != wanted[i]) {
        return isStamp && messages.stampWanted() ? Probe.STAMP_OFFSET : i;
      }
    }
    return -1;
  }

  private boolean isStamp(byte[] back) {
    byte[] wanted = Arrays.copyOfRange(back, Probe.STAMP_OFFSET, Probe.HEADER_BYTES);
    Optional<Stamp> stamp = Stamp.get(Unpooled.wrappedBuffer(back), Probe.STAMP_OFFSET);
    if (!messages.stampWanted() || stamp.isEmpty()) {
      return false;
    }
    byte[] again = new byte[Stamp.BYTES];
    stamp.get().set(Unpooled.wrappedBuffer(again), 0);
    return stamp.get().tuple().protocol() == Protocol.TCP && Arrays.equals(again, wanted);
  }

  private static byte[] bytes(ByteBuf buffer) {
    return ByteBufUtil.getBytes(buffer);
  }

  /** The next byte of the input; 0 behind its end. */
  private int next() {
    return in.isReadable() ? in.readUnsignedByte() : 0;
  }
}
