package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_BIND_ADDRESS_NO_PORT;
import static io.dualport.lab.socket.Option.SO_LINGER;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Outcome;
import io.dualport.lab.socket.Sock;
import java.net.InetSocketAddress;
import java.util.function.Function;

/**
 * A client that opens connections toward one listener and closes each before the next, as a program
 * does that asks one question per connection. Too many calls to be written down one by one.
 */
final class ShortConnections {
  private static final int BACKLOG = 64;

  private final Lab lab;
  private final Program client;
  private final String address;
  private final int port;
  private final Sock listener;

  /** Starts the listener. */
  ShortConnections(Lab lab, Program client, Program server, String address, int port)
      throws Exception {
    this.lab = lab;
    this.client = client;
    this.address = address;
    this.port = port;
    listener = server.quiet().tcp("listener");
    listener.bind(address, port).must();
    listener.listen(BACKLOG).must();
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
    @Override
    public String toString() {
      return connections + ", then " + then;
    }
  }

  /** Where they go to. */
  String address() {
    return address;
  }

  /** Opens and closes connections until one cannot be opened. */
  Made make(int most, Closing closing) throws Exception {
    return make(most, closing, null);
  }

  /**
   * The same from another source address.
   *
   * @param source null for the one that the kernel picks
   */
  Made make(int most, Closing closing, String source) throws Exception {
    String read = "";
    for (int i = 0; i < most; i++) {
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
    return new Made(most, "OK", read);
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

  /** How many TIME_WAITs the client has toward the listener. */
  long timeWaitsOfClient() throws Exception {
    return timeWaits(SocketRow::remote);
  }

  /** How many TIME_WAITs the listener's side has. */
  long timeWaitsOfServer() throws Exception {
    return timeWaits(SocketRow::local);
  }

  private long timeWaits(Function<SocketRow, InetSocketAddress> serversEnd) throws Exception {
    return lab.rows(client, port).stream()
        .filter(row -> row.state() == SocketState.TIME_WAIT)
        .filter(row -> serversEnd.apply(row).equals(new InetSocketAddress(address, port)))
        .count();
  }

  @Override
  public String toString() {
    return address + ":" + port;
  }
}
