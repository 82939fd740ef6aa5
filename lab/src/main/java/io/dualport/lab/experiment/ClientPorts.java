package io.dualport.lab.experiment;

import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The local ports that clients got, one after the other, until there was none for the next.
 *
 * @param ports ascending
 * @param then what the next client got instead; OK if none was refused
 */
record ClientPorts(List<Integer> ports, String then) {
  /** No range is that large: ends a count that the kernel does not end. */
  private static final int MOST_SOCKETS = 16;

  /** How a client that has a new socket gets its port. */
  @FunctionalInterface
  interface Asking {
    Outcome with(Sock socket) throws Exception;
  }

  /** Of TCP sockets; they stay open. */
  static ClientPorts tcp(Program client, Asking asking) throws Exception {
    return untilRefused(() -> client.tcp("c"), asking);
  }

  /** Of UDP sockets; they stay open. */
  static ClientPorts udp(Program client, Asking asking) throws Exception {
    return untilRefused(() -> client.udp("u"), asking);
  }

  private static ClientPorts untilRefused(Callable<Sock> opening, Asking asking) throws Exception {
    List<Integer> ports = new ArrayList<>();
    String then = "OK";
    while (then.equals("OK") && ports.size() < MOST_SOCKETS) {
      Sock socket = opening.call();
      then = asking.with(socket).word();
      if (then.equals("OK")) {
        ports.add(socket.local().getPort());
      }
    }
    return new ClientPorts(ports.stream().sorted().toList(), then);
  }

  /** As in {@code 4, then EADDRNOTAVAIL, same ports}. */
  String comparedWith(ClientPorts others) {
    return this + ", " + (ports.equals(others.ports) ? "same" : "other") + " ports";
  }

  @Override
  public String toString() {
    return ports.size() + ", then " + then;
  }
}
