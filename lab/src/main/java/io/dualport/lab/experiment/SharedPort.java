package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Bilingual;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Programs that share one port of both protocols, and a client that sends to it from many source
 * ports, again and again from the same ones.
 */
final class SharedPort {
  /** How many source ports the client has. */
  static final int FLOWS = 200;

  /** How many datagrams it sends from each. */
  static final int DATAGRAMS_PER_FLOW = 3;

  // As if all connections found one queue: none must be turned away.
  private static final int BACKLOG = 2 * FLOWS;

  private static final String LOOPBACK = "127.0.0.1";

  // Below every ephemeral range: between two uses nobody takes one of them by chance.
  private static final int FIRST_SOURCE_PORT = 10_000;
  private static final int LAST_SOURCE_PORT = 11_999;

  private final Lab lab;
  private final Program client;
  private final int port;
  private final List<Receiver> receivers = new ArrayList<>();
  private final Map<Integer, Sock> datagramSources = new TreeMap<>();

  /** A program's two sockets on the port. */
  private record Receiver(Program program, Sock listener, Sock datagrams) {
    Sock quietListener() {
      return new Sock(program.quiet(), listener.label(), listener.descriptor());
    }

    Sock quietDatagrams() {
      return new Sock(program.quiet(), datagrams.label(), datagrams.descriptor());
    }
  }

  /**
   * One connection or datagram.
   *
   * @param sourcePort which names the flow: nothing else in its five-tuple differs
   * @param text what it says; empty for a connection
   * @param receiver the program that got it
   */
  record Arrival(int sourcePort, String text, String receiver) {}

  SharedPort(Lab lab, Program client, int port) throws Exception {
    this.lab = lab;
    this.client = client.quiet();
    this.port = port;
    findSourcePorts();
  }

  /** An address of the loopback network that no other program uses: it is made of a process id. */
  String source() {
    long id = client.pid();
    return "127." + (128 + (id >> 16 & 63)) + "." + (id >> 8 & 255) + "." + (id & 255);
  }

  private void findSourcePorts() throws Exception {
    for (int from = FIRST_SOURCE_PORT;
        from <= LAST_SOURCE_PORT && datagramSources.size() < FLOWS;
        from++) {
      Sock datagrams = client.udp("flow");
      Sock connection = client.tcp("flow");
      if (datagrams.bind(source(), from).isOk() && connection.bind(source(), from).isOk()) {
        datagramSources.put(from, datagrams);
      } else {
        datagrams.close();
      }
      connection.close();
    }
    if (datagramSources.size() < FLOWS) {
      throw new FailedException(
          Bilingual.of("only %d source ports are free", datagramSources.size()));
    }
  }

  /** One more program shares the port: it opens its two sockets. */
  void join(Program program) throws Exception {
    Sock listener = program.tcp("stream");
    listener.set(SO_REUSEPORT, 1).must();
    listener.bind(LOOPBACK, port).must();
    listener.listen(BACKLOG).must();
    Sock datagrams = program.datagrams("datagrams", LOOPBACK, port, SO_REUSEPORT);
    receivers.add(new Receiver(program, listener, datagrams));
  }

  /** A program closes its two sockets. */
  void leave(Program program) throws Exception {
    Receiver leaver = receiver(program);
    leaver.listener().close().must();
    leaver.datagrams().close().must();
    receivers.remove(leaver);
  }

  /** A program's listening socket. */
  Sock listener(Program program) {
    return receiver(program).listener();
  }

  private Receiver receiver(Program program) {
    return receivers.stream()
        .filter(receiver -> receiver.program().name().equals(program.name()))
        .findFirst()
        .orElseThrow();
  }

  /** The port. */
  int port() {
    return port;
  }

  /** A connection from one of the source ports; ends with a reset, so that the port is free. */
  Sock dial(Program from, String label, int sourcePort) throws Exception {
    Sock connection = from.tcp(label);
    connection.set(SO_LINGER, 0).must();
    connection.bind(source(), sourcePort).must();
    connection.connect(LOOPBACK, port).must();
    return connection;
  }

  /** One connection from each source port, accepted by whoever has it, then reset. */
  List<Arrival> connectAll() throws Exception {
    List<Sock> connections = new ArrayList<>();
    for (int sourcePort : datagramSources.keySet()) {
      connections.add(dial(client, "flow", sourcePort));
    }
    List<Arrival> arrivals = new ArrayList<>();
    lab.await(
        "every connection is accepted",
        () -> acceptAll(arrivals, connections) == 0 && arrivals.size() >= FLOWS);
    for (Sock connection : connections) {
      connection.close();
    }
    return arrivals;
  }

  /**
   * How many were accepted now; their sockets are added to those to be closed, behind the peers'.
   */
  private int acceptAll(List<Arrival> arrivals, List<Sock> toBeClosed) throws Exception {
    int before = arrivals.size();
    for (Receiver receiver : receivers) {
      Sock listener = receiver.quietListener();
      for (Optional<Sock> accepted = listener.accept("flow", 0);
          accepted.isPresent();
          accepted = listener.accept("flow", 0)) {
        arrivals.add(new Arrival(accepted.get().peer().getPort(), "", receiver.program().name()));
        toBeClosed.add(accepted.get());
      }
    }
    return arrivals.size() - before;
  }

  /** Some datagrams from each source port; each receiver is emptied before the next round. */
  List<Arrival> sendAll() throws Exception {
    List<Arrival> arrivals = new ArrayList<>();
    for (int round = 1; round <= DATAGRAMS_PER_FLOW; round++) {
      for (Sock datagrams : datagramSources.values()) {
        datagrams.sendTo("number " + round, LOOPBACK, port).must();
      }
      int expected = round * FLOWS;
      lab.await(
          "every datagram is received",
          () -> receiveAll(arrivals) == 0 && arrivals.size() >= expected);
    }
    return arrivals;
  }

  private int receiveAll(List<Arrival> arrivals) throws Exception {
    int before = arrivals.size();
    for (Receiver receiver : receivers) {
      Sock datagrams = receiver.quietDatagrams();
      for (Optional<Datagram> got = datagrams.receiveFrom(0);
          got.isPresent();
          got = datagrams.receiveFrom(0)) {
        Datagram datagram = got.get();
        arrivals.add(
            new Arrival(datagram.source().getPort(), datagram.text(), receiver.program().name()));
      }
    }
    return arrivals.size() - before;
  }

  /** Source port to the program that got this flow; the last one, if several did. */
  static Map<Integer, String> owners(List<Arrival> arrivals) {
    Map<Integer, String> owners = new HashMap<>();
    arrivals.forEach(arrival -> owners.put(arrival.sourcePort(), arrival.receiver()));
    return owners;
  }
}
