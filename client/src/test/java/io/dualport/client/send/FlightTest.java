package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlightTest {
  @Test
  void shouldHaveRoomForTheWindowAndNoMore() {
    Flight flight = new Flight(100, line -> {});
    for (int i = 0; i < Flight.WINDOW; i++) {
      assertThat(flight.hasRoom()).isTrue();
      flight.launch(i);
    }
    assertThat(flight.hasRoom()).isFalse();

    flight.echoed(17, 100);

    assertThat(flight.hasRoom()).isTrue();
  }

  @Test
  void shouldFreeTheWindowOfWhatIsOverdue() {
    Flight flight = new Flight(3, line -> {});
    flight.launch(10);
    flight.launch(20);

    assertThat(flight.expire(9)).isFalse();
    assertThat(flight.expire(10)).isTrue();

    assertThat(flight.inFlight()).containsExactly(1);
    assertThat(flight.counts().lost()).isEqualTo(1);
  }

  @Test
  void shouldCountALateEchoOnceAndThenItsDuplicates() {
    Flight flight = new Flight(1, line -> {});
    flight.launch(0);
    flight.expire(0);

    flight.echoed(0, 5);
    flight.echoed(0, 6);

    assertThat(flight.counts()).isEqualTo(new ExchangeCounts(1, 0, 1, 1, 0, 0, 0, 1, 0));
    assertThat(flight.roundTrips()).isNull();
  }

  @Test
  void shouldSettleADamagedMessageOnce() {
    Flight flight = new Flight(1, line -> {});
    flight.launch(0);

    flight.corrupted(0);
    flight.corrupted(0);
    flight.abandon();

    assertThat(flight.isSettled()).isTrue();
    assertThat(flight.counts()).isEqualTo(new ExchangeCounts(1, 0, 0, 0, 0, 2, 0, 0, 0));
  }

  @Test
  void shouldOfferTheOldestInFlightFirstThenTheLastSettled() {
    Flight flight = new Flight(1000, line -> {});
    for (int i = 0; i < 900; i++) {
      flight.launch(i);
      flight.echoed(i, i + 1);
    }
    flight.launch(900);
    flight.launch(901);

    assertThat(flight.candidates()).startsWith(900, 901, 899, 898).hasSize(2 + Flight.RECENT);
  }

  @Test
  void shouldAccountForEveryMessageWhenItEndsEarly() {
    Flight flight = new Flight(10, line -> {});
    flight.launch(0);
    flight.launch(1);
    flight.launch(2);
    flight.echoed(1, 3);

    flight.abandon();

    assertThat(flight.counts()).isEqualTo(new ExchangeCounts(3, 1, 2, 0, 0, 0, 0, 0, 0));
  }
}
