package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether datagrams that a capture has twice were two, by what client and server counted. */
class CapturedCopiesTest {
  private static final int SIZE = 100;

  @ParameterizedTest
  @CsvSource({
    "10, 10, 10, 10, 0, 0, true, true", // a mirror port
    "10, 10,  9,  9, 0, 0, true, true", // and one lost behind it, on the way to the server
    "10, 10, 10,  9, 0, 0, true, true", // and one lost behind it, on the way back
    " 3,  3, 10, 10, 0, 0, true, true", // captures that overlap
    "10,  0, 20, 10, 0, 0, false, false", // the network, before the server
    "10, 10, 20, 20, 10, 0, false, false", // so, and all of it was echoed
    " 0, 10, 10, 20, 10, 0, false, false", // the network, before the client
    "10, 10, 10, 10, 0, 10, false, true", // the server's guard refused them
    " 3,  3,  9,  9, 0, 0, false, false" // one was lost, or one came twice: not known
  })
  void shouldDiscountWhatNeitherHadTwice(
      int asked,
      int echoed,
      long in,
      long received,
      long duplicated,
      long dropped,
      boolean isOnceOut,
      boolean isOnceBack) {
    ClientFlow client =
        Runs.flow(
            Protocol.UDP, 10, received - duplicated, 10 - received + duplicated, duplicated, 0, 0);
    CapturedFlow flow = new CapturedFlow(client.tuple(), client, new MessageSet.Room(1 << 16));
    put(flow, true, asked);
    put(flow, false, echoed);
    CapturedCopies.discount(List.of(flow), new ServerFlow(in, in, in * SIZE, in * SIZE, dropped));

    assertThat(flow.out.copies).isEqualTo(isOnceOut ? asked : 0);
    assertThat(flow.out.repeated).isEqualTo(isOnceOut ? 0 : asked);
    assertThat(flow.back.copies).isEqualTo(isOnceBack ? echoed : 0);
    assertThat(flow.back.arrivedBytes()).isEqualTo(SIZE * (isOnceBack ? 10L : 10L + echoed));
  }

  /** Ten messages, and so many of them once more. */
  private static void put(CapturedFlow flow, boolean isRequest, int again) {
    Direction way = flow.way(isRequest);
    for (int i = 0; i < 10 + again; i++) {
      way.bytes += SIZE;
      if (flow.message(isRequest, i % 10, 1, 0, 1) == MessageSet.Sighting.REPEATED) {
        way.repeatedBytes += SIZE;
      }
    }
  }

  @Test
  void shouldLeaveMessagesOfAFlowThatTheResultDoesNotHave() {
    FlowKey tuple = new FlowKey(Protocol.UDP, Runs.CLIENT, Runs.SERVER);
    CapturedFlow flow = new CapturedFlow(tuple, null, new MessageSet.Room(1 << 16));
    put(flow, false, 10);
    CapturedCopies.discount(List.of(flow), new ServerFlow(10, 10, 1000, 1000, 0));
    assertThat(flow.back.copies).isZero();
  }
}
