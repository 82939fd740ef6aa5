package io.dualport.lab.experiment;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.story.Notebook;
import io.dualport.report.Table;
import io.dualport.lab.story.Bilingual;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Both ends of one TCP connection as the kernel's table lists them, moment by moment. Client and
 * server live on one machine, so one table has both.
 */
final class BothEnds {
  /** How an end is written that is in no table. */
  private static final String GONE = "-";

  private final Lab lab;
  private final Program observer;
  private final int serverPort;
  private final List<String> moments = new ArrayList<>();
  private final Table.Builder timeline =
      Table.titled("")
          .column("after", "after")
          .column("client", "client")
          .column("server", "server");
  private int clientPort;
  private String last = "";

  /**
   * @param observer a program in the network of the connection
   * @param serverPort where the server listens; until {@link #dialledFrom} the server's end is the
   *     listener
   */
  BothEnds(Lab lab, Program observer, int serverPort) {
    this.lab = lab;
    this.observer = observer;
    this.serverPort = serverPort;
  }

  void dialledFrom(int localPort) {
    clientPort = localPort;
  }

  /**
   * Waits until the table shows this and writes down what it shows.
   *
   * @param states as in {@code FIN_WAIT2/CLOSE_WAIT}, the client's end first
   * @param call what was called to bring it about
   */
  void moment(String call, String states) throws Exception {
    lab.await(
        Bilingual.of("the two ends are in %s", states),
        () -> {
          last = states();
          return last.equals(states);
        });
    moments.add(last);
    String[] ends = last.split("/");
    timeline.row(call, ends[0], ends[1]);
  }

  /** Every moment so far, for a prediction. */
  String moments() {
    return String.join(", ", moments);
  }

  /** The latest moment. */
  String last() {
    return last;
  }

  /** Writes the timeline down. */
  void show(Notebook notes) {
    notes.observe("Both ends in the kernel's table", timeline.build());
  }

  private String states() throws Exception {
    List<SocketRow> rows = lab.rows(observer, serverPort);
    String client = state(rows, row -> clientPort != 0 && row.local().getPort() == clientPort);
    String server =
        state(
            rows,
            row ->
                row.local().getPort() == serverPort
                    && (clientPort == 0
                        ? row.state() == SocketState.LISTEN
                        : row.remote().getPort() == clientPort));
    return client + "/" + server;
  }

  private static String state(List<SocketRow> rows, Predicate<SocketRow> end) {
    return rows.stream().filter(end).map(row -> row.state().name()).findFirst().orElse(GONE);
  }
}
