package io.dualport.lab.experiment;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;

/** A TCP listener that accepts nobody unasked: who connects stays in its queue. */
final class AcceptQueue {
  private static final String LOOPBACK = "127.0.0.1";

  /** Handshakes on loopback end within the connect; longer only means that none is coming. */
  static final int SHORT_PATIENCE_MILLIS = 200;

  private final Lab lab;
  private final Program server;
  private final Sock listener;
  private final int port;

  /**
   * A socket that does not listen yet.
   *
   * @throws SkippedException where a backlog cannot be chosen
   */
  AcceptQueue(Lab lab, Program server, String label) throws Exception {
    if (!Needs.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java listens as it binds, with a backlog of its own; listen(2) needs our native"
                  + " library"));
    }
    this.lab = lab;
    this.server = server;
    port = lab.freePort();
    listener = server.tcp(label);
  }

  /** bind(2) and listen(2). */
  AcceptQueue open(int backlog) throws Exception {
    listener.bind(LOOPBACK, port).must();
    listener.listen(backlog).must();
    return this;
  }

  Sock listener() {
    return listener;
  }

  int port() {
    return port;
  }

  /** connect(2) of a client that perhaps does not get in. */
  Outcome connect(Sock client) throws Exception {
    return client.connect(LOOPBACK, port, SHORT_PATIENCE_MILLIS);
  }

  /** A client that must get in. */
  Sock dial(Program program, String label) throws Exception {
    return program.dial(label, LOOPBACK, port);
  }

  void awaitLength(int length) throws Exception {
    lab.await("the client is in the queue", () -> length() == length);
  }

  /** How many connections wait: recv-q of the listener's row. */
  long length() throws Exception {
    return lab.rows(server, port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .mapToLong(SocketRow::receiveQueueBytes)
        .sum();
  }

  /** How often a full queue turned somebody away, in the server's whole network. */
  long overflows() throws SkippedException {
    return server.counters().value("TcpExt.ListenOverflows").orElse(0);
  }
}
