package io.dualport.lab.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.report.Format;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelTableTest {
  @Test
  void shouldShowEachPartOfARowUnderItsOwnHead() {
    SocketRow row =
        new SocketRow(
            Protocol.TCP,
            false,
            new InetSocketAddress("127.0.0.1", 1),
            new InetSocketAddress("127.0.0.2", 2),
            SocketState.CLOSE_WAIT,
            11,
            12,
            13,
            14,
            15);

    assertThat(Format.MARKDOWN.render(KernelTable.table(List.of(row), Map.of())).lines())
        .contains(
            "| proto | local | remote | state | recv-q | send-q | inode | program |",
            "| tcp | 127.0.0.1:1 | 127.0.0.2:2 | CLOSE_WAIT | 12 | 11 | 14 | - |");
  }
}
