package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_RCVBUF;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Both ends of one TCP connection, and what the kernel's table lists of them, moment by moment. The
 * programs {@code client} and {@code server} live on one machine, so one table has both.
 */
final class BothEnds {
  private static final String LOOPBACK = "127.0.0.1";

  /** How an end is written that is in no table. */
  private static final String GONE = "-";

  /** SO_RCVBUF of an end that is full soon. */
  private static final int SMALL_BUFFER = 4_096;

  private final Lab lab;
  private final int port;
  private final List<String> moments = new ArrayList<>();
  private final Table.Builder timeline =
      Table.titled("")
          .column("after", "after")
          .column("client", "client")
          .column("server", "server");
  private Sock client;
  private Sock server;
  private int clientPort;

  /** Of a connection that is still to be made, to a port of its own. */
  BothEnds(Lab lab) throws Exception {
    this.lab = lab;
    port = lab.freePort();
  }

  /** Of a connection that was made without words. */
  static BothEnds connected(Lab lab) throws Exception {
    return connected(lab, socket -> {});
  }

  /** The same, of ends that hold little of what they do not read. */
  static BothEnds connectedWithSmallBuffers(Lab lab) throws Exception {
    // An accepted socket inherits the listener's; later would be too late for the window.
    return connected(lab, socket -> socket.set(SO_RCVBUF, SMALL_BUFFER).must());
  }

  private interface Setting {
    void on(Sock socket) throws Exception;
  }

  private static BothEnds connected(Lab lab, Setting beforehand) throws Exception {
    BothEnds ends = new BothEnds(lab);
    Sock listener = lab.program("server").quiet().tcp("listener");
    Sock dialled = lab.program("client").quiet().tcp("client's end");
    beforehand.on(listener);
    beforehand.on(dialled);
    listener.bind(LOOPBACK, ends.port).must();
    listener.listen(1).must();
    dialled.connect(LOOPBACK, ends.port).must();
    ends.dialled(dialled);
    Sock accepted = listener.accept("server's end");
    ends.client = lab.program("client").socket(dialled.label(), dialled.descriptor());
    ends.accepted(lab.program("server").socket(accepted.label(), accepted.descriptor()));
    return ends;
  }

  /** From now on the table is searched for this end; before, the server's end is the listener. */
  void dialled(Sock end) throws Exception {
    client = end;
    clientPort = end.local().getPort();
  }

  /** The server's end, once somebody has called accept. */
  void accepted(Sock end) {
    server = end;
  }

  int port() {
    return port;
  }

  Sock client() {
    return client;
  }

  Sock server() {
    return server;
  }

  /**
   * Waits until the table shows this and writes down what it shows.
   *
   * @param call what was called to bring it about
   * @param states as in {@code FIN_WAIT2/CLOSE_WAIT}, the client's end first
   */
  void moment(String call, String states) throws Exception {
    lab.await(Bilingual.of("the two ends are in %s", states), () -> states().equals(states));
    moments.add(states);
    String[] ends = states.split("/");
    timeline.row(call, ends[0], ends[1]);
  }

  /** The latest moment. */
  String last() {
    return moments.get(moments.size() - 1);
  }

  /** Shows every moment so far; the same in one line, for a prediction. */
  String told() {
    lab.observe("Both ends in the kernel's table", timeline.build());
    return String.join(", ", moments);
  }

  private String states() throws Exception {
    List<SocketRow> rows = lab.rows(lab.program("server"), port);
    if (clientPort == 0) {
      return GONE + "/" + state(rows, row -> row.state() == SocketState.LISTEN);
    }
    return state(rows, row -> row.local().getPort() == clientPort)
        + "/"
        + state(rows, row -> row.remote().getPort() == clientPort);
  }

  private static String state(List<SocketRow> rows, Predicate<SocketRow> end) {
    return rows.stream().filter(end).map(row -> row.state().name()).findFirst().orElse(GONE);
  }
}
