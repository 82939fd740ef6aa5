package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import io.dualport.fuzz.FuzzFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;

/** What the kernel could print in /proc: rows, or lines that are counted as unreadable. */
public final class ProcFuzz {
  private static final FuzzFolder FOLDER = FuzzFolder.create();

  private ProcFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    for (String name : new String[] {"tcp", "udp", "tcp6", "udp6", "snmp", "snmp6", "netstat"}) {
      FOLDER.write(name, input);
    }
    SocketTable table = SocketTable.read(FOLDER.path());
    for (SocketRow row : table.rows()) {
      assertThat(table.onLocalPort(row.local().getPort())).contains(row);
      assertThat(table.holder(row.protocol(), row.local())).isPresent();
    }
    NetCounters.read(FOLDER.path())
        .ifPresent(
            counters ->
                assertThat(counters.since(counters).values().values()).allMatch(zero -> zero == 0));
    Path file = FOLDER.path().resolve("tcp");
    SocketOwners.userName(1000, file);
    Neighbours.isUnanswered(file, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    PacketSockets.seeDatagrams(file);
    String line = new String(input, java.nio.charset.StandardCharsets.ISO_8859_1);
    for (Protocol protocol : Protocol.values()) {
      SocketLine.parse(protocol, true, line);
      SocketLine.parse(protocol, false, line);
    }
  }
}
