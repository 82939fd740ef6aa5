package io.dualport.client.check;

import static io.dualport.client.check.Checking.check;
import static io.dualport.client.check.Checking.settings;
import static io.dualport.client.check.Checking.stamp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.config.SettingException;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which servers answered, by their stamps. */
class CheckInstancesTest {
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldTellThatTheProtocolsReachDifferentServers(Transport transport) throws Exception {
    try (PlainEcho echo = stamping(1, 2)) {
      CheckResult told = check(transport, echo.port(), Map.of());
      CheckResult required = check(transport, echo.port(), Map.of("same-server", "on"));

      assertThat(told.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(required.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      for (CheckResult result : List.of(told, required)) {
        assertThat(result.isOpen()).isTrue();
        assertThat(new CheckConclusion(result).notes())
            .hasSize(2)
            .contains(
                "TCP and UDP reach different servers: TCP instance 0000000000000001, UDP instance"
                    + " 0000000000000002.");
      }
    }
  }

  @Test
  void shouldTellThatDatagramsAreSpreadOverServers() throws Exception {
    try (PlainEcho echo = stamping(1, 1, 3)) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of());

      assertThat(new CheckConclusion(result).notes().get(1))
          .isEqualTo(
              "Several servers answer: TCP instance 0000000000000001, UDP 2 instances"
                  + " (0000000000000001 and 0000000000000003).");
    }
  }

  @Test
  void shouldProveOneServerByItsStampsOnly() throws Exception {
    Map<String, String> required = Map.of("same-server", "on");
    try (PlainEcho stamping = stamping(7, 7);
        PlainEcho plain = PlainEcho.good()) {
      CheckResult proven = check(Transport.automatic(), stamping.port(), required);
      CheckResult unproven = check(Transport.automatic(), plain.port(), required);

      assertThat(proven.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(new CheckConclusion(proven).notes()).hasSize(1);
      assertThat(unproven.isOpen()).isTrue();
      assertThat(unproven.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(new CheckConclusion(unproven).notes().get(1))
          .isEqualTo(
              "That TCP and UDP reach the same server is not proven: no stamp came over TCP and"
                  + " UDP.");
    }
    assertThatThrownBy(() -> settings(Map.of("same-server", "on", "protocol", "tcp")))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("client.same-server = on (from --same-server): compares");
  }

  @Test
  void shouldTellThatTheAddressesOfANameLeadToDifferentServersWithoutCallingItWrong()
      throws Exception {
    try (PlainEcho first = stamping(1, 1);
        PlainEcho second = stamping(2, 2)) {
      CheckResult one = check(Transport.automatic(), first.port(), Map.of());
      CheckResult other = check(Transport.automatic(), second.port(), Map.of());
      List<CheckedProtocol> both = new ArrayList<>(one.findings());
      for (CheckedProtocol finding : other.findings()) {
        both.add(at(InetAddress.getByName("127.0.0.2"), finding));
      }
      CheckResult result =
          new CheckResult(one.target(), 1, settings(Map.of("same-server", "on")), both, 0);

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(new CheckConclusion(result).notes().get(1))
          .isEqualTo(
              "The addresses lead to different servers: 127.0.0.1 instance 0000000000000001,"
                  + " 127.0.0.2 instance 0000000000000002.");
    }
  }

  private static CheckedProtocol at(InetAddress address, CheckedProtocol found) {
    return new CheckedProtocol(
        found.protocol(),
        address,
        found.finding(),
        found.answeredBy(),
        found.verdictNanos(),
        found.connectNanos(),
        found.fastestNanos(),
        found.askedBytes(),
        found.largestBytes(),
        found.pathMtuBytes(),
        found.halfClose(),
        found.ours(),
        found.seen(),
        found.alternatives(),
        found.instances());
  }

  /** A server on TCP and others on UDP in turn, as behind a load balancer, by their ids. */
  private static PlainEcho stamping(long tcp, long... udp) {
    AtomicInteger turn = new AtomicInteger();
    return PlainEcho.start(
        socket -> PlainEcho.echoThrough(socket, 65536, bytes -> stamp(bytes, Protocol.TCP, tcp)),
        (datagram, from) -> {
          stamp(datagram, Protocol.UDP, udp[turn.getAndIncrement() % udp.length]);
          return List.of(datagram);
        });
  }
}
