package io.dualport.lab.experiment;

import static io.dualport.lab.experiment.ShortConnections.Closing.CLIENT_FIRST;
import static io.dualport.lab.socket.Option.IP_BIND_ADDRESS_NO_PORT;
import static io.dualport.lab.socket.Option.SO_LINGER;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import java.net.InetSocketAddress;
import java.util.function.Function;

/**
 * A client that opens connections toward one listener and closes each before the next, as a program
 * does that asks one question per connection. Too many calls to be written down one by one.
 */
final class ShortConnections {
  /** How many it tries: three for each of the four ports that the chapters give it. */
  static final int MANY = 12;

  private final Lab lab;
  private final Program client;
  private final String address;
  private final int port;
  private final Sock listener;

  /** Starts the listener. */
  ShortConnections(Lab lab, Program client, Program server, String address) throws Exception {
    this.lab = lab;
    this.client = client;
    this.address = address;
    port = lab.freePort();
    listener = server.quiet().listener("listener", address, port);
  }

  /** How each of them is closed. */
  enum Closing {
    CLIENT_FIRST,
    SERVER_FIRST,
    /** The client closes first, and with RST. */
    RESET
  }

  /**
   * What came of it.
   *
   * @param connections how many were opened and closed
   * @param then what the next connect returned; OK if none failed
   * @param lastRead what the end that closed second read last
   */
  record Made(int connections, String then, String lastRead) {
    /** As in {@code 12 OK}. */
    String count() {
      return connections + " " + then;
    }

    @Override
    public String toString() {
      return connections + ", then " + then;
    }
  }

  /** Lets every TIME_WAIT of a network live as long as it may. */
  static void keepTimeWaits(Lab lab, Program net) throws Exception {
    net.sysctl("net.ipv4.tcp_rfc1337", "1");
    lab.say(
        "This keeps the counts exact: otherwise a late segment that draws a RST could end a"
            + " TIME_WAIT early (RFC 1337).");
  }

  /** Where they go to. */
  String address() {
    return address;
  }

  /** The client closes each of them first, until there is no port left; says how many they were. */
  Made useUpPorts() throws Exception {
    Made made = make(CLIENT_FIRST);
    lab.say(
        "Connect, accept, the client closes, the server closes, again and again toward %s: %d"
            + " connections, then %s.",
        this, made.connections(), made.then());
    return made;
  }

  /** Opens and closes connections until one cannot be opened. */
  Made make(Closing closing) throws Exception {
    return make(closing, null);
  }

  /**
   * The same from another source address.
   *
   * @param source null for the one that the kernel picks
   */
  Made make(Closing closing, String source) throws Exception {
    String read = "";
    for (int i = 0; i < MANY; i++) {
      Sock dialled = client.quiet().tcp("client's end");
      if (source != null) {
        dialled.set(IP_BIND_ADDRESS_NO_PORT, 1).must();
        dialled.bind(source, 0).must();
      }
      Outcome connected = connect(dialled);
      if (!connected.isOk()) {
        dialled.close();
        return new Made(i, connected.word(), read);
      }
      read = close(dialled, accept(), closing);
    }
    return new Made(MANY, "OK", read);
  }

  private static String close(Sock dialled, Sock accepted, Closing closing) throws Exception {
    if (closing == Closing.RESET) {
      dialled.set(SO_LINGER, 0).must();
    }
    Sock first = closing == Closing.SERVER_FIRST ? accepted : dialled;
    Sock second = closing == Closing.SERVER_FIRST ? dialled : accepted;
    first.close();
    Outcome end = second.receive(Sock.PATIENCE_MILLIS);
    second.close();
    return end.isOk() ? end.value() : end.word();
  }

  /** A single connection, if there is a port for it; it stays. */
  Outcome keep(Sock dialled) throws Exception {
    Outcome connected = connect(dialled);
    if (connected.isOk()) {
      // Else the next accept would return this one instead of its own.
      accept();
    }
    return connected;
  }

  /** connect(2) toward the listener, and nothing else. */
  Outcome connect(Sock dialled) throws Exception {
    return dialled.connect(address, port);
  }

  /** The server's end of the oldest connection that nobody accepted yet. */
  Sock accept() throws Exception {
    return listener.accept("server's end");
  }

  /** As in {@code client 4, server 0}. */
  String timeWaits() throws Exception {
    return "client " + timeWaitsOfClient() + ", server " + timeWaitsOfServer();
  }

  /** How many TIME_WAITs the client has toward the listener. */
  long timeWaitsOfClient() throws Exception {
    return timeWaits(SocketRow::remote);
  }

  /** How many TIME_WAITs the listener's side has. */
  long timeWaitsOfServer() throws Exception {
    return timeWaits(SocketRow::local);
  }

  private long timeWaits(Function<SocketRow, InetSocketAddress> serversEnd) throws Exception {
    InetSocketAddress here = new InetSocketAddress(address, port);
    return lab.rows(client, port).stream()
        .filter(row -> row.state() == SocketState.TIME_WAIT)
        .filter(row -> serversEnd.apply(row).equals(here))
        .count();
  }

  @Override
  public String toString() {
    return address + ":" + port;
  }
}
