package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeighboursTest {
  @TempDir private Path folder;

  @Test
  void shouldTellWhoDidNotAnswer() throws Exception {
    Path arp =
        Files.writeString(
            folder.resolve("arp"),
            """
            IP address       HW type     Flags       HW address            Mask     Device
            10.0.1.1         0x1         0x2         9e:5b:1f:aa:00:01     *        eth0
            10.0.1.77        0x1         0x0         00:00:00:00:00:00     *        eth0
            10.0.1.78        0x1         what
            """);

    assertThat(Neighbours.isUnanswered(arp, InetAddress.getByName("10.0.1.77"))).isTrue();
    assertThat(Neighbours.isUnanswered(arp, InetAddress.getByName("10.0.1.1"))).isFalse();
    assertThat(Neighbours.isUnanswered(arp, InetAddress.getByName("10.0.1.78"))).isFalse();
    assertThat(Neighbours.isUnanswered(arp, InetAddress.getByName("10.0.1.9"))).isFalse();
    assertThat(Neighbours.isUnanswered(folder.resolve("no"), InetAddress.getByName("10.0.1.77")))
        .isFalse();
  }
}
