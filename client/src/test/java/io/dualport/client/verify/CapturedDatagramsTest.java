package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.SizeRange;
import io.dualport.flow.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one captured datagram counts for. */
class CapturedDatagramsTest {
  private static final int SIZE = 128;

  private CapturedFlows flows = new CapturedFlows(Runs.of(SIZE, 100));

  /** Where it is, the tunnel of the same number is not looked into. */
  @Test
  void shouldKnowTheRunsOwnPorts() {
    assertThat(flows.isOnPort(8888)).isTrue();
    assertThat(flows.isOnPort(40000)).isTrue();
    assertThat(flows.isOnPort(888)).isFalse();
    assertThat(flows.isOnPort(8472)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17})
  void shouldCountEachSegmentOfADatagramThatIsCutLater(int segments) {
    byte[] bytes = joined(segments, SIZE);
    assertThat(take(bytes, bytes.length)).isTrue();

    Direction way = way();
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
    byte[] bytes = joined(3, SIZE);
    take(bytes, SIZE + 100);

    assertThat(way().messages).isEqualTo(2);
    assertThat(way().unnamed).isEqualTo(1);
    assertThat(way().cut).isEqualTo(2);
    assertThat(way().bytes).isEqualTo(bytes.length);
  }

  /** Whatever a snaplen leaves of the first message: its name, its length, its magic, nothing. */
  @ParameterizedTest
  @ValueSource(ints = {SIZE + 50, SIZE + 7, SIZE, 100, 96, 95, 22, 12, 11, 8, 7, 2, 0})
  void shouldCountSegmentsThatTheCaptureCutOff(int captured) {
    byte[] bytes = joined(10, SIZE);
    assertThat(take(bytes, captured)).isTrue();

    assertThat(way().distinct()).isEqualTo(10);
    assertThat(way().bytes).isEqualTo(bytes.length);
    assertThat(way().foreign + way().untold).isZero();
    assertThat(way().cut).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 20, 12, 8, 4, 0})
  void shouldCountSegmentsWithoutHeader(int captured) {
    flows = new CapturedFlows(Runs.of(40, 100));
    take(joined(7, 40), captured);

    assertThat(way().distinct()).isEqualTo(7);
    assertThat(way().bytes).isEqualTo(7 * 40);
    assertThat(way().messages).isEqualTo(captured >= 48 ? 2 : captured >= 8 ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64, 128})
  void shouldCountSegmentsThatAreTooShortToNameThemselves(int segments) {
    flows = new CapturedFlows(Runs.of(5, 200));
    take(joined(segments, 5), 5 * segments);
    take(joined(segments, 5), 3);

    assertThat(way().distinct()).isEqualTo(2 * segments);
    assertThat(way().bytes).isEqualTo(10 * segments);
  }

  @Test
  void shouldNotTakeForSegmentsWhatTheyCannotMakeUp() {
    flows = new CapturedFlows(Runs.of(5, 200));
    take(joined(129, 5), 645); // more than a kernel cuts
    take(new byte[13], 13);
    take(new byte[0], 0);

    assertThat(way().distinct()).isEqualTo(3);
  }

  /** By their lengths alone 200 bytes of messages of 64 to 400 are one of 200, or two or three. */
  @Test
  void shouldSayThatItCannotTellOneFromSeveral() {
    flows = new CapturedFlows(Runs.of(new SizeRange(64, 400), 100));
    take(new byte[200], 7);
    assertThat(way().untold).isEqualTo(1);
    assertThat(way().bytes).isEqualTo(200);
    assertThat(flows.flows().iterator().next().areMessagesKnown(true)).isFalse();

    take(new byte[127], 7); // not two
    take(Runs.message(Runs.ID, 1, 200), 12); // of this length
    assertThat(way().untold).isEqualTo(1);
    assertThat(way().distinct()).isEqualTo(3);
  }

  @Test
  void shouldTakeApartWhatBeginsWithADamagedMessage() {
    byte[] bytes = joined(4, SIZE);
    Arrays.fill(bytes, 0, 8, (byte) 0);
    take(bytes, bytes.length);

    assertThat(way().messages).isEqualTo(3);
    assertThat(way().unnamed).isEqualTo(1);
  }

  private static byte[] joined(int segments, int size) {
    byte[] bytes = new byte[segments * size];
    for (int i = 0; i < segments; i++) {
      System.arraycopy(Runs.message(Runs.ID, i, size), 0, bytes, i * size, size);
    }
    return bytes;
  }

  private Direction way() {
    return flows.flows().iterator().next().out;
  }

  private boolean take(byte[] bytes, int captured) {
    Map<TsharkField, String> told = new TreeMap<>();
    told.put(TsharkField.IPV4_SOURCE, "192.0.2.1");
    told.put(TsharkField.IPV4_DESTINATION, "192.0.2.2");
    told.put(TsharkField.UDP_SOURCE, "40000");
    told.put(TsharkField.UDP_DESTINATION, "8888");
    told.put(TsharkField.UDP_LENGTH, String.valueOf(8 + bytes.length));
    told.put(TsharkField.UDP_PAYLOAD, HexFormat.of().formatHex(bytes, 0, captured));
    told.put(TsharkField.TIME, "1.0");
    StringBuilder line = new StringBuilder();
    for (TsharkField field : TsharkField.values()) {
      line.append(field.ordinal() == 0 ? "" : "\t").append(told.getOrDefault(field, ""));
    }
    byte[] ascii = line.toString().getBytes(StandardCharsets.US_ASCII);
    Packet packet = new Packet();
    packet.set(ascii, 0, ascii.length);
    return new CapturedDatagrams(flows)
        .take(packet, new FlowKey(Protocol.UDP, Runs.CLIENT, Runs.SERVER));
  }
}
