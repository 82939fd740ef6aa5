package io.dualport.client.load.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.load.count.Outages.Outage;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutagesTest {
  private static final long END = seconds(60);

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  private static List<Outage> common(Outages... loops) {
    return Outages.common(List.of(loops), END);
  }

  /** Nothing came back from one time to another. */
  private static Outages gap(double from, double to) {
    Outages outages = new Outages();
    outages.sent(seconds(from));
    outages.heard(seconds(to));
    return outages;
  }

  @Test
  void shouldTellFromTheFirstUnansweredMessageToTheFirstEcho() {
    Outages outages = gap(1, 1.001);
    outages.sent(seconds(2));
    outages.sent(seconds(2.5));
    outages.failed(seconds(3));
    outages.heard(seconds(4));
    outages.sent(seconds(4.1));
    outages.heard(seconds(4.2));

    assertThat(common(outages)).containsExactly(new Outage(seconds(2), seconds(4), 2, 0, 1));
    assertThat(outages.endedInFailure()).isFalse();
  }

  @Test
  void shouldLearnLaterWhatWasLost() {
    Outages outages = gap(2, 4);
    assertThat(common(outages)).isEmpty(); // a stall, as far as is known
    for (double sent : new double[] {1.9, 2, 3, 4, 4.1}) {
      outages.lost(seconds(sent));
    }

    assertThat(common(outages)).containsExactly(new Outage(seconds(2), seconds(4), 1, 3, 0));
  }

  @Test
  void shouldTakeNeitherASlowPathNorALostMessageForAnOutage() {
    Outages outages = new Outages();
    for (int i = 0; i < 5000; i++) { // more than are kept
      outages.sent(seconds(i));
      outages.heard(seconds(i + 0.6));
    }
    outages.lost(seconds(4999));
    assertThat(common(outages)).isEmpty();

    outages.failed(seconds(6000));
    outages.heard(seconds(6001));
    assertThat(Outages.common(List.of(outages), seconds(7000)))
        .containsExactly(new Outage(seconds(6000), seconds(6001), 0, 0, 1));
  }

  @Test
  void shouldTellThatItLastedUntilTheEnd() {
    Outages outages = gap(1, 1.1);
    outages.failed(seconds(50));
    outages.sent(seconds(51));

    assertThat(common(outages)).containsExactly(new Outage(seconds(50), Outages.OPEN, 1, 0, 1));
    assertThat(outages.endedInFailure()).isTrue();
    assertThat(Outages.common(List.of(outages), seconds(50.4))).isEmpty();
  }

  @Test
  void shouldTellOnlyWhatHoldsForAllLoops() {
    Outages one = new Outages();
    one.failed(seconds(2));
    one.heard(seconds(4));
    one.failed(seconds(10)); // the other loop hears something meanwhile
    one.heard(seconds(12));
    one.failed(seconds(50));
    Outages two = gap(2.1, 4.2);
    two.failed(seconds(50.5));

    assertThat(common(one, two))
        .containsExactly(
            new Outage(seconds(2.1), seconds(4), 1, 0, 1),
            new Outage(seconds(50.5), Outages.OPEN, 0, 0, 2));
  }

  @Test
  void shouldTellAStallFromAnOutageByWhatComesBackLater() {
    Outages outages = new Outages();
    for (int message = 0; message < 10; message++) {
      outages.sent(seconds(2 + message / 10.0));
    }
    outages.heard(seconds(3));
    for (int lost = 0; lost < 4; lost++) { // the usual loss of the path
      outages.lost(seconds(2 + lost / 10.0));
    }
    assertThat(common(outages)).isEmpty();

    outages.lost(seconds(2.9));
    assertThat(common(outages)).containsExactly(new Outage(seconds(2), seconds(3), 10, 5, 0));
  }

  @Test
  void shouldNotCallItAnOutageThatItDidNotLook() {
    Outages outages = new Outages();
    outages.failed(seconds(1));
    outages.heard(seconds(2));
    outages.stoodStill(seconds(1.2)); // it can have come at any time since then
    outages.failed(seconds(3));
    outages.heard(seconds(5));
    outages.stoodStill(seconds(4));

    assertThat(common(outages)).containsExactly(new Outage(seconds(3), seconds(4), 0, 0, 1));
  }
}
