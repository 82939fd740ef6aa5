package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Four programs that share one port of both protocols by SO_REUSEPORT, and a client that sends to
 * it from many source ports, again and again from the same ones.
 */
final class SharedPort {
  /** Who shares, in the order in which they join. */
  static final List<String> PROGRAMS = List.of("A", "B", "C", "D");

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
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final Map<Integer, Sock> sources = new TreeMap<>();

  /** A program's two sockets on the port. */
  private record Member(Sock listener, Sock datagrams) {}

  private SharedPort(Lab lab) throws Exception {
    this.lab = lab;
    client = lab.program("client").quiet();
    port = lab.freePort();
  }

  /** The programs open their two sockets each; how the first does it is written down. */
  static SharedPort open(Lab lab) throws Exception {
    SharedPort shared = new SharedPort(lab);
    shared.findSourcePorts();
    shared.join(lab.program("A"));
    lab.say("B, C and D do the same.");
    for (String name : PROGRAMS.subList(1, PROGRAMS.size())) {
      shared.join(lab.program(name).quiet());
    }
    lab.show(shared.client, "The kernel's table", shared.port);
    return shared;
  }

  private void findSourcePorts() throws Exception {
    for (int from = FIRST_SOURCE_PORT; from <= LAST_SOURCE_PORT && sources.size() < FLOWS; from++) {
      Sock datagrams = client.udp("flow");
      Sock connection = client.tcp("flow");
      if (datagrams.bind(source(), from).isOk() && connection.bind(source(), from).isOk()) {
        sources.put(from, datagrams);
      } else {
        datagrams.close();
      }
      connection.close();
    }
    if (sources.size() < FLOWS) {
      throw new FailedException(Bilingual.of("only %d source ports are free", sources.size()));
    }
  }

  private void join(Program program) throws Exception {
    Sock listener = program.tcp("stream");
    listener.set(SO_REUSEPORT, 1).must();
    listener.bind(LOOPBACK, port).must();
    listener.listen(BACKLOG).must();
    Sock datagrams = program.datagrams("datagrams", LOOPBACK, port, SO_REUSEPORT);
    members.put(program.name(), new Member(listener, datagrams));
  }

  /** A program closes its two sockets. */
  void leave(String program) throws Exception {
    listener(program).close().must();
    datagrams(program).close().must();
    members.remove(program);
  }

  /** A program's listening socket; its calls are written down, however it was opened. */
  Sock listener(String program) throws Exception {
    return aloud(program, members.get(program).listener());
  }

  /** A program's datagram socket, in the same way. */
  Sock datagrams(String program) throws Exception {
    return aloud(program, members.get(program).datagrams());
  }

  private Sock aloud(String program, Sock socket) throws Exception {
    return lab.program(program).socket(socket.label(), socket.descriptor());
  }

  /** The port. */
  int port() {
    return port;
  }

  /** An address of the loopback network that no other program uses: it is made of a process id. */
  String source() {
    long id = client.pid();
    return "127." + (128 + (id >> 16 & 63)) + "." + (id >> 8 & 255) + "." + (id & 255);
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
  Arrivals connectAll() throws Exception {
    List<Sock> ends = new ArrayList<>();
    for (int sourcePort : sources.keySet()) {
      ends.add(dial(client, "flow", sourcePort));
    }
    Arrivals arrivals = new Arrivals();
    lab.await(
        "every connection is accepted",
        () -> acceptAll(arrivals, ends) == 0 && arrivals.size() >= FLOWS);
    for (Sock end : ends) {
      end.close();
    }
    return arrivals;
  }

  /** How many were accepted now; their sockets are added to the ends, behind the peers'. */
  private int acceptAll(Arrivals arrivals, List<Sock> ends) throws Exception {
    int before = arrivals.size();
    for (Map.Entry<String, Member> member : members.entrySet()) {
      Sock listener = member.getValue().listener().quiet();
      for (Optional<Sock> accepted = listener.accept("flow", 0);
          accepted.isPresent();
          accepted = listener.accept("flow", 0)) {
        arrivals.add(accepted.get().peer().getPort(), "connection", member.getKey());
        ends.add(accepted.get());
      }
    }
    return arrivals.size() - before;
  }

  /** Some datagrams from each source port; each program is emptied before the next round. */
  Arrivals sendAll() throws Exception {
    Arrivals arrivals = new Arrivals();
    for (int round = 1; round <= DATAGRAMS_PER_FLOW; round++) {
      for (Sock datagrams : sources.values()) {
        datagrams.sendTo("number " + round, LOOPBACK, port).must();
      }
      int expected = round * FLOWS;
      lab.await(
          "every datagram is received",
          () -> receiveAll(arrivals) == 0 && arrivals.size() >= expected);
    }
    return arrivals;
  }

  private int receiveAll(Arrivals arrivals) throws Exception {
    int before = arrivals.size();
    for (Map.Entry<String, Member> member : members.entrySet()) {
      Sock datagrams = member.getValue().datagrams().quiet();
      for (Optional<Datagram> got = datagrams.receiveFrom(0);
          got.isPresent();
          got = datagrams.receiveFrom(0)) {
        arrivals.add(got.get().source().getPort(), got.get().text(), member.getKey());
      }
    }
    return arrivals.size() - before;
  }
}
