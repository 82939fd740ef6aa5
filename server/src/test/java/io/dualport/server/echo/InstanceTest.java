package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.server.AdminSide;
import io.dualport.server.TestCommand;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** One start of the server has one name, wherever it is asked for it. */
class InstanceTest {
  private static final byte[] MESSAGE =
      ByteBufUtil.getBytes(probe(new Probe(Probe.HEADER_BYTES, true, 4711, 0, 1)));

  @Test
  void shouldHaveOneNameInStampsEventsAnswersAndMetrics() throws Exception {
    String instance;
    TestCommand command;
    try (AdminSide admin = AdminSide.start()) {
      command = admin.command();
      instance = admin.json("/api/snapshot").get("instance").asText();

      assertThat(instance).matches("[0-9a-f]{16}");
      assertThat(stampOverTcp(admin)).isEqualTo(instance);
      assertThat(stampOverUdp(admin)).isEqualTo(instance);
      assertThat(admin.json("/api/flows").get("instance").asText()).isEqualTo(instance);
      assertThat(admin.json("/api/kernel").get("instance").asText()).isEqualTo(instance);
      assertThat(admin.get("/metrics").body())
          .contains("dualport_info{instance_id=\"" + instance + "\",");
      command.stop();
    }
    assertThat(AdminSide.JSON.readTree(command.outLines().get(0)).get("instance").asText())
        .isEqualTo(instance);
    assertThat(
            AdminSide.JSON
                .readTree(command.outLines().get(command.outLines().size() - 1))
                .get("instance")
                .asText())
        .isEqualTo(instance);
  }

  @Test
  void shouldSayItsNameToPeopleAtTheStartAndAtTheEnd() throws Exception {
    try (TestCommand server = TestCommand.start("--port", "0", "--view", "log")) {
      server.awaitOutput("stop       Ctrl-C");
      server.stop();

      Matcher named = Pattern.compile("instance +([0-9a-f]{16})").matcher(server.out());
      assertThat(named.find()).isTrue();
      assertThat(server.out()).containsPattern("Per protocol, in .*, instance " + named.group(1));
    }
  }

  private static String stampOverTcp(AdminSide admin) throws IOException {
    try (Socket socket = new Socket(admin.echo().getAddress(), admin.echo().getPort())) {
      socket.getOutputStream().write(MESSAGE);
      return instance(socket.getInputStream().readNBytes(MESSAGE.length));
    }
  }

  private static String stampOverUdp(AdminSide admin) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(MESSAGE, MESSAGE.length, admin.echo()));
      byte[] echo = new byte[MESSAGE.length];
      socket.receive(new DatagramPacket(echo, echo.length));
      return instance(echo);
    }
  }

  private static String instance(byte[] echo) {
    Stamp stamp = Stamp.get(Unpooled.wrappedBuffer(echo), Probe.STAMP_OFFSET).orElseThrow();
    return HexFormat.of().toHexDigits(stamp.instanceId());
  }

  private static ByteBuf probe(Probe probe) {
    ByteBuf out = Unpooled.buffer();
    probe.write(out);
    return out;
  }
}
