package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one captured datagram counts for. */
class DatagramsTest {
  private static final int SIZE = 128;

  private final FlowBook book = new FlowBook(Runs.of(SIZE, 100));
  private final Datagrams datagrams = new Datagrams(book);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17})
  void shouldCountEachSegmentOfADatagramThatIsCutLater(int segments) {
    byte[] bytes = new byte[segments * SIZE];
    for (int i = 0; i < segments; i++) {
      System.arraycopy(Runs.message(Runs.ID, i, SIZE), 0, bytes, i * SIZE, SIZE);
    }
    assertThat(take(bytes, bytes.length)).isTrue();

    Way way = way();
    assertThat(way.messages).isEqualTo(segments);
    assertThat(way.bytes).isEqualTo(bytes.length);
    assertThat(way.unnamed + way.foreign + way.cut).isZero();
  }

  @Test
  void shouldTakeTheLastSegmentAsShortAsItIs() {
    byte[] bytes = new byte[SIZE + 96];
    System.arraycopy(Runs.message(Runs.ID, 0, SIZE), 0, bytes, 0, SIZE);
    System.arraycopy(Runs.message(Runs.ID, 1, 96), 0, bytes, SIZE, 96);
    take(bytes, bytes.length);

    assertThat(way().messages).isEqualTo(2);
    assertThat(way().bytes).isEqualTo(bytes.length);
  }

  /** Bytes behind a message that begin none: somebody made it longer. */
  @Test
  void shouldLeaveADatagramWholeThatIsNotMadeOfMessages() {
    byte[] bytes = new byte[SIZE + 40];
    System.arraycopy(Runs.message(Runs.ID, 0, SIZE), 0, bytes, 0, SIZE);
    take(bytes, bytes.length);

    assertThat(way().messages).isEqualTo(1);
    assertThat(way().packets).isEqualTo(1);
    assertThat(way().bytes).isEqualTo(bytes.length);
    assertThat(way().unnamed).isZero();
  }

  @Test
  void shouldSayWhatTheCaptureCutOff() {
    byte[] bytes = new byte[3 * SIZE];
    for (int i = 0; i < 3; i++) {
      System.arraycopy(Runs.message(Runs.ID, i, SIZE), 0, bytes, i * SIZE, SIZE);
    }
    take(bytes, SIZE + 100);

    assertThat(way().messages).isEqualTo(2);
    assertThat(way().unnamed).isEqualTo(1);
    assertThat(way().cut).isEqualTo(2);
    assertThat(way().bytes).isEqualTo(bytes.length);
  }

  private Way way() {
    return book.flows().iterator().next().out;
  }

  private boolean take(byte[] bytes, int captured) {
    Map<Field, String> told = new TreeMap<>();
    told.put(Field.IPV4_SOURCE, "192.0.2.1");
    told.put(Field.IPV4_DESTINATION, "192.0.2.2");
    told.put(Field.UDP_SOURCE, "40000");
    told.put(Field.UDP_DESTINATION, "8888");
    told.put(Field.UDP_LENGTH, String.valueOf(8 + bytes.length));
    told.put(Field.UDP_PAYLOAD, HexFormat.of().formatHex(bytes, 0, captured));
    told.put(Field.TIME, "1.0");
    StringBuilder line = new StringBuilder();
    for (Field field : Field.values()) {
      line.append(field.ordinal() == 0 ? "" : "\t").append(told.getOrDefault(field, ""));
    }
    byte[] ascii = line.toString().getBytes(StandardCharsets.US_ASCII);
    Packet packet = new Packet();
    packet.set(ascii, 0, ascii.length);
    return datagrams.take(packet, new Tuple(Protocol.UDP, Runs.CLIENT, Runs.SERVER));
  }
}
