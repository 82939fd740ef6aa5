package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.ClientKeys;
import io.dualport.client.FreePort;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.message.SizeRange;
import io.dualport.config.SettingException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadSettingsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "load.size=7          | client.load.size = 7",
        "load.size=100..50    | client.load.size = 100..50",
        "load.size=many       | a range such as 64..1400",
        "load.size=70000      | one UDP datagram carries at most 65507 bytes",
        "load.rate=0          | client.load.rate = 0",
        "load.connections=0   | client.load.connections = 0",
        "load.run-id=12       | 16 hexadecimal digits",
        "load.sources=here    | a list of addresses of this machine",
        "load.duration=0.05   | client.load.duration = 0.05",
        "load.verify=some     | one of all, sample, off",
        "source-port=1234 load.connections=2 | one port makes one five-tuple",
        "load.connect-per-message=on load.depth=2 | raise --connections",
        "load.connect-per-message=on protocol=udp | UDP connects nothing",
        "load.udp-gso=on transport=nio | the nio transport sends no segmented datagrams; choose"
            + " auto or off",
      })
  void shouldRefuseWithTheKeyAndTheReason(String typed, String message) {
    assertThatThrownBy(() -> read(typed))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldReadWhatIsAllowed() {
    LoadSettings read =
        read("load.size=64..1400 load.run-id=00000000000000ff load.sources=127.0.0.2,127.0.0.3");

    assertThat(read.size()).isEqualTo(new SizeRange(64, 1400));
    assertThat(read.runId()).hasValue(255);
    assertThat(read.sources()).hasSize(2);
    assertThat(read.isOpenLoop()).isFalse();
    assertThat(read("load.size=70000 protocol=tcp").size().max()).isEqualTo(70_000);
    assertThat(read("load.rate=off").rate()).isZero();
    assertThat(read("load.udp-gso=on transport=nio protocol=tcp").rate()).isZero();
    assertThat(read("load.hdr-log=off").hdrLog()).isNull();
  }

  @Test
  void shouldSayThatASourceIsNotOfThisMachine() throws Exception {
    assertThatThrownBy(() -> Loading.of(FreePort.onBoth()).with("sources", "192.0.2.1").run())
        .isInstanceOf(LoadFailure.class)
        .hasMessageContaining("192.0.2.1: cannot be sent from")
        .hasMessageContaining("EADDRNOTAVAIL");
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    assertThatThrownBy(() -> Loading.of(FreePort.onBoth()).run())
        .isInstanceOf(LoadFailure.class)
        .hasMessageContaining("ECONNREFUSED")
        .hasMessageContaining("Nobody listens there on TCP");
  }

  private static LoadSettings read(String typed) {
    Map<String, String> keys = new HashMap<>();
    for (String pair : typed.strip().split(" +")) {
      keys.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return LoadSettings.of(ClientKeys.load(keys, Map.of(), null));
  }
}
