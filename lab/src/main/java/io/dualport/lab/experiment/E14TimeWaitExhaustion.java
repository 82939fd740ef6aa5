package io.dualport.lab.experiment;

import static io.dualport.lab.experiment.ShortConnections.Closing.CLIENT_FIRST;
import static io.dualport.lab.experiment.ShortConnections.Closing.RESET;
import static io.dualport.lab.experiment.ShortConnections.Closing.SERVER_FIRST;
import static io.dualport.lab.experiment.ShortConnections.MANY;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;

import io.dualport.lab.experiment.ShortConnections.Made;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;

/** Can TIME_WAIT use up a client's ports, and what helps? */
public final class E14TimeWaitExhaustion implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String SECOND_LOOPBACK = "127.0.0.2";
  private static final String THIRD_LOOPBACK = "127.0.0.3";
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String REUSE = "net.ipv4.tcp_tw_reuse";

  private Program net;
  private Program client;
  private ShortConnections usedUp;
  private Made made;
  private ShortConnections ending;
  private Made ended;
  private ShortConnections resetting;
  private Made reset;

  @Override
  public Script script() {
    return Script.of("14", "Ports used up by TIME_WAIT, and what helps")
        .question(
            "A client opens and closes many short connections. Can TIME_WAIT use up its ports, and"
                + " what helps?")
        .filter(
            "tcp.port == PORT and"
                + " (tcp.flags.syn == 1 or tcp.flags.fin == 1 or tcp.flags.reset == 1)")
        .act(
            lab -> {
              PrivateNetwork network = lab.privateNetwork();
              net = network.owner();
              client = network.program("client");
              ShortConnections.keepTimeWaits(lab, net);
              net.sysctl(REUSE, "0");
            })
        .part("A client that closes first, again and again")
        .expect(
            "exhausted",
            "4, then EADDRNOTAVAIL",
            "Without reuse a client that closes first can make as many connections toward one"
                + " destination as it has ports, in every 60 seconds.",
            "connect(2) EADDRNOTAVAIL; __inet_check_established in net/ipv4/inet_hashtables.c",
            lab -> {
              net.sysctl(RANGE, "40000 40003");
              usedUp = toward(lab, LOOPBACK);
              made = usedUp.useUpPorts();
              return made;
            })
        .expect(
            "where",
            "client 4, server 0",
            "All of them are in TIME_WAIT, on the client's side.",
            "RFC 9293 section 3.6",
            lab -> {
              lab.await(
                  "every connection has come to its end",
                  () -> usedUp.timeWaitsOfClient() == made.connections());
              return usedUp.timeWaits();
            })
        .part("What helps: more four-tuples")
        .needsEarlierParts()
        .expect(
            "more-tuples",
            "0, 4, 4, 4, 4",
            "Where all are used up, another four-tuple is not: another destination address or"
                + " port, another source address, a wider range give as many connections again.",
            "__inet_check_established in net/ipv4/inet_hashtables.c",
            this::otherFourTuples)
        .part("What helps: fewer TIME_WAITs on the client's side")
        .act(this::closeOtherwise)
        .expect(
            "server-closes-first",
            "12 OK, client 0",
            "If the server closes first, TIME_WAIT is on its side, where it costs memory but no"
                + " port; a new SYN from the same port may end it.",
            "RFC 9293 section 3.6.1; TCP_TW_SYN in tcp_timewait_state_process,"
                + " net/ipv4/tcp_minisocks.c",
            lab -> ended.count() + ", client " + ending.timeWaitsOfClient())
        .expect(
            "reset",
            "12 OK, client 0, server 0, ECONNRESET read",
            "SO_LINGER 0 leaves no TIME_WAIT, and throws away what the server has not yet"
                + " received: it reads an error instead of an end.",
            "socket(7) SO_LINGER; tcp_disconnect in net/ipv4/tcp.c",
            lab -> reset.count() + ", " + resetting.timeWaits() + ", " + reset.lastRead() + " read")
        .expect(
            "one-connection",
            "12 OK, client 1",
            "One connection for many requests needs one port and leaves one TIME_WAIT.",
            "RFC 9112 section 9.3",
            this::manyRequestsOnOneConnection)
        .answer(
            "Yes, toward one destination, if the client closes first: each connection then keeps"
                + " its port for 60 seconds; other four-tuples help, and still better fewer"
                + " TIME_WAITs: one connection for many requests, or a server that closes first.")
        .refines(
            TCP_AND_UDP,
            "Do too many TIME_WAITs use up a client's ports? (only asked)",
            "Yes, toward the one destination address and port that they belong to; toward any other"
                + " the same ports still serve.");
  }

  private ShortConnections toward(Lab lab, String address) throws Exception {
    return new ShortConnections(lab, client, net, address);
  }

  private String otherFourTuples(Lab lab) throws Exception {
    Table.Builder table =
        Table.titled("")
            .column("toward", "toward")
            .column("from", "from")
            .numbers("range", "rangePorts")
            .numbers("connections", "connections")
            .column("then", "then");
    List<String> connections = new ArrayList<>();
    connections.add(fill(table, usedUp, LOOPBACK, 4));
    connections.add(fill(table, toward(lab, SECOND_LOOPBACK), LOOPBACK, 4));
    connections.add(fill(table, toward(lab, LOOPBACK), LOOPBACK, 4));
    connections.add(fill(table, usedUp, THIRD_LOOPBACK, 4));
    net.sysctl(RANGE, "40000 40007");
    connections.add(fill(table, usedUp, LOOPBACK, 8));
    lab.observe("Connections that the client closes first", table.build());
    return String.join(", ", connections);
  }

  /** How many there still were; a row of the table tells more. */
  private static String fill(Table.Builder table, ShortConnections to, String source, int ports)
      throws Exception {
    Made made = to.make(CLIENT_FIRST, source);
    table.row(to, source, ports, made.connections(), made.then());
    return String.valueOf(made.connections());
  }

  private void closeOtherwise(Lab lab) throws Exception {
    net.sysctl(RANGE, "41000 41003");
    ending = toward(lab, LOOPBACK);
    ended = ending.make(SERVER_FIRST);
    resetting = toward(lab, LOOPBACK);
    reset = resetting.make(RESET);
    Table.Builder table =
        Table.titled("")
            .column("", "how")
            .numbers("connections", "connections")
            .column("then", "then")
            .numbers("TIME_WAIT client", "clientTimeWaits")
            .numbers("TIME_WAIT server", "serverTimeWaits");
    row(table, "server: close", ended, ending);
    row(table, "client: SO_LINGER 0, close", reset, resetting);
    lab.observe("Who closes first, and how, over a range of four ports", table.build());
  }

  private static void row(Table.Builder table, String how, Made made, ShortConnections to)
      throws Exception {
    table.row(how, made.connections(), made.then(), to.timeWaitsOfClient(), to.timeWaitsOfServer());
  }

  private String manyRequestsOnOneConnection(Lab lab) throws Exception {
    ShortConnections to = toward(lab, LOOPBACK);
    Sock connection = client.quiet().tcp("connection");
    to.connect(connection).must();
    Sock accepted = to.accept();
    int answered = 0;
    for (int i = 0; i < MANY; i++) {
      connection.send("question " + i).must();
      accepted.send(accepted.receive(Sock.PATIENCE_MILLIS).must().value()).must();
      boolean answer = connection.receive(Sock.PATIENCE_MILLIS).value().equals("question " + i);
      answered += answer ? 1 : 0;
    }
    connection.close();
    accepted.receive(Sock.PATIENCE_MILLIS);
    accepted.close();
    lab.await("the connection is in TIME_WAIT", () -> to.timeWaitsOfClient() > 0);
    lab.say("One connection, kept: %d requests, %d answers.", MANY, answered);
    return answered + " OK, client " + to.timeWaitsOfClient();
  }
}
