package io.dualport.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowFilterTest {
  private static final FiveTuple TCP = tuple(Protocol.TCP, "127.0.0.1", 40001);
  private static final FiveTuple UDP = tuple(Protocol.UDP, "127.0.0.1", 40001);
  private static final FiveTuple OTHER = tuple(Protocol.UDP, "10.1.2.3", 40002);
  private static final FiveTuple SIX = tuple(Protocol.TCP, "2001:db8::7", 40001);
  private static final List<FiveTuple> ALL = List.of(TCP, UDP, OTHER, SIX);

  private static FiveTuple tuple(Protocol protocol, String source, int port) {
    return new FiveTuple(
        protocol,
        new InetSocketAddress(source, port),
        new InetSocketAddress(source.contains(":") ? "2001:db8::1" : "10.0.0.1", 8888));
  }

  @ParameterizedTest
  @CsvSource({
    "'',                     TCP UDP OTHER SIX",
    "'  ',                   TCP UDP OTHER SIX",
    "udp,                    UDP OTHER",
    "udp 127,                UDP",
    "127 udp,                UDP",
    "'  UDP   127 ',         UDP",
    ":4000 tcp,              TCP SIX",
    "8888,                   TCP UDP OTHER SIX",
    "10.0.0.1:8888 :40002,   OTHER",
    "db8::7,                 SIX",
    "2001:db8::/32,          SIX",
    "10.1.0.0/16,            OTHER",
    "10.0.0.0/8,             TCP UDP OTHER",
    "10.0.0.0/8 tcp,         TCP",
    "10.0.0.0/,              ''",
    "10.0.0.0/99,            ''",
    "twins,                  TCP UDP",
    "Twins udp,              UDP",
    "twins 10.1.2.3,         ''"
  })
  void shouldLetThroughWhatMatchesEveryWord(String typed, String expected) {
    List<String> names = List.of("TCP", "UDP", "OTHER", "SIX");
    var wanted = FlowFilter.of(typed).among(ALL);

    assertThat(
            String.join(
                " ", names.stream().filter(n -> wanted.test(ALL.get(names.indexOf(n)))).toList()))
        .isEqualTo(expected);
  }

  @Test
  void shouldTellWhetherItFiltersAtAll() {
    assertThat(FlowFilter.of(" ").isEmpty()).isTrue();
    assertThat(FlowFilter.of("twins").isEmpty()).isFalse();
    assertThat(FlowFilter.of("::/0").isEmpty()).isFalse();
  }
}
