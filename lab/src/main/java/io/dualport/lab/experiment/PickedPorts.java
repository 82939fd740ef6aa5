package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.stream.Stream;

/**
 * Ports that the kernel picked because nobody asked for one.
 *
 * @param boundTcp at a bind of port 0, TCP
 * @param boundUdp at a bind of port 0, UDP
 * @param connected at a connect of a TCP socket that was never bound
 */
record PickedPorts(List<Integer> boundTcp, List<Integer> boundUdp, List<Integer> connected) {
  private static final String LOOPBACK = "127.0.0.1";

  /** Lets the kernel pick so many in each of the three ways, in a program's network. */
  static PickedPorts of(Lab lab, Program owner, int each) throws Exception {
    PickedPorts picked = new PickedPorts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Program program = owner.quiet();
    int port = lab.freePort();
    Sock listener = program.listener("listener", LOOPBACK, port);
    for (int i = 0; i < each; i++) {
      Sock stream = program.tcp("stream");
      stream.bind(LOOPBACK, 0).must();
      picked.boundTcp.add(release(stream));
      picked.boundUdp.add(release(program.datagrams("datagrams", LOOPBACK, 0)));
      Sock client = program.dial("client", LOOPBACK, port);
      Sock accepted = listener.accept("accepted");
      // A reset leaves no TIME_WAIT behind, which would hold the port for a minute.
      client.set(SO_LINGER, 0).must();
      picked.connected.add(release(client));
      accepted.close();
    }
    listener.close();
    return picked;
  }

  private static int release(Sock socket) throws Exception {
    int port = socket.local().getPort();
    socket.close().must();
    return port;
  }

  /** All of them. */
  List<Integer> all() {
    return Stream.of(boundTcp, boundUdp, connected).flatMap(List::stream).toList();
  }

  /** How many of all lie in a range, as in {@code 150 of 150 within NAME}. */
  String within(PortRange range, String name) {
    return all().stream().filter(range::contains).count()
        + " of "
        + all().size()
        + " within "
        + name;
  }

  /** One row for each way. */
  Table table() {
    Table.Builder table =
        Table.titled("")
            .column("call", "call")
            .numbers("ports", "ports")
            .numbers("lowest", "lowest")
            .numbers("highest", "highest");
    row(table, "tcp bind 0", boundTcp);
    row(table, "udp bind 0", boundUdp);
    row(table, "tcp connect", connected);
    return table.build();
  }

  private static void row(Table.Builder table, String call, List<Integer> ports) {
    IntSummaryStatistics summary = ports.stream().mapToInt(Integer::intValue).summaryStatistics();
    table.row(call, summary.getCount(), summary.getMin(), summary.getMax());
  }
}
