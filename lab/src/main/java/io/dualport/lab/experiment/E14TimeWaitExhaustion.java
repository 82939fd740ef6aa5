package io.dualport.lab.experiment;

import static io.dualport.lab.experiment.ShortConnections.Closing.CLIENT_FIRST;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.experiment.ShortConnections.Closing;
import io.dualport.lab.experiment.ShortConnections.Made;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Outcome;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import io.dualport.report.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Can TIME_WAIT use up a client's ports, and what helps: tcp_tw_reuse, or something better? */
public final class E14TimeWaitExhaustion implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String SECOND_LOOPBACK = "127.0.0.2";
  private static final String THIRD_LOOPBACK = "127.0.0.3";

  /** An address of this machine that is not of 127.0.0.0/8. */
  private static final String NO_LOOPBACK = "10.9.9.9";

  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String REUSE = "net.ipv4.tcp_tw_reuse";
  private static final String REUSE_DELAY = "net.ipv4.tcp_tw_reuse_delay";
  private static final String TIMESTAMPS = "net.ipv4.tcp_timestamps";
  private static final Path IPV4_SYSCTLS = Path.of("/proc/sys/net/ipv4");

  private static final int PORTS = 4;

  /** Three times as many as there are ports. */
  private static final int MANY = 3 * PORTS;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(10);

  private static final Prediction DEFAULT =
      Prediction.exactly(
          "default",
          "2",
          Bilingual.of(
              "A network starts with tcp_tw_reuse = 2: for loopback only."),
          "tcp_tw_reuse in the kernel's Documentation/networking/ip-sysctl.rst; tcp_sk_init in"
              + " net/ipv4/tcp_ipv4.c");

  private static final Prediction EXHAUSTED =
      Prediction.exactly(
          "exhausted",
          "4, then EADDRNOTAVAIL",
          Bilingual.of(
              "Without reuse a client that closes first can make as many connections toward one"
                  + " destination as it has ports, in every 60 seconds."),
          "connect(2) EADDRNOTAVAIL; __inet_check_established in net/ipv4/inet_hashtables.c");

  private static final Prediction WHERE =
      Prediction.exactly(
          "where",
          "client 4, server 0",
          Bilingual.of(
              "All of them are in TIME_WAIT, on the client's side."),
          "RFC 9293 section 3.6");

  private static final Prediction LOOPBACK_ONLY =
      Prediction.exactly(
          "reuse-2",
          "127.0.0.1 OK, 10.9.9.9 EADDRNOTAVAIL",
          Bilingual.of(
              "With 2 a TIME_WAIT older than a second is reused if one address is in 127.0.0.0/8."
                  + " Another address of this machine does not count, though its packets use lo as"
                  + " well."),
          "reuse == 2 in tcp_twsk_unique, net/ipv4/tcp_ipv4.c");

  private static final Prediction EVERYWHERE =
      Prediction.exactly(
          "reuse-1",
          "OK",
          Bilingual.of("With 1 it is reused toward any address."),
          "tcp_twsk_unique in net/ipv4/tcp_ipv4.c");

  private static final Prediction NO_TIMESTAMPS =
      Prediction.exactly(
          "no-timestamps",
          "EADDRNOTAVAIL",
          Bilingual.of(
              "Reuse relies on TCP timestamps to tell old segments from new: a connection that had"
                  + " none keeps its port for the whole minute."),
          "RFC 6191; tw_ts_recent_stamp in tcp_twsk_unique, net/ipv4/tcp_ipv4.c");

  private static final Prediction DELAY =
      Prediction.exactly(
          "reuse-delay",
          "60000 ms EADDRNOTAVAIL, 1 ms OK",
          Bilingual.of("The second is a sysctl since Linux 6.14."),
          "tcp_tw_reuse_delay in Documentation/networking/ip-sysctl.rst");

  private static final Prediction MORE_TUPLES =
      Prediction.exactly(
          "more-tuples",
          "0, 4, 4, 4, 4",
          Bilingual.of(
              "Where all are used up, another four-tuple is not: another destination address or"
                  + " port, another source address, a wider range give as many connections again."),
          "__inet_check_established in net/ipv4/inet_hashtables.c");

  private static final Prediction SERVER_FIRST =
      Prediction.exactly(
          "server-closes-first",
          "12 OK, client 0",
          Bilingual.of(
              "If the server closes first, TIME_WAIT is on its side, where it costs memory but no"
                  + " port; a new SYN from the same port may end it."),
          "RFC 9293 section 3.6.1; TCP_TW_SYN in tcp_timewait_state_process,"
              + " net/ipv4/tcp_minisocks.c");

  private static final Prediction RESET =
      Prediction.exactly(
          "reset",
          "12 OK, client 0, server 0, ECONNRESET read",
          Bilingual.of(
              "SO_LINGER 0 leaves no TIME_WAIT, and throws away what the server has not yet"
                  + " received: it reads an error instead of an end."),
          "socket(7) SO_LINGER; tcp_disconnect in net/ipv4/tcp.c");

  private static final Prediction ONE_CONNECTION =
      Prediction.exactly(
          "one-connection",
          "12 OK, client 1",
          Bilingual.of(
              "One connection for many requests needs one port and leaves one TIME_WAIT."),
          "RFC 9112 section 9.3");

  private static final Prediction RECYCLE =
      Prediction.exactly(
          "tcp-tw-recycle",
          "gone",
          Bilingual.of("tcp_tw_recycle does not exist any more."),
          "tcp(7) tcp_tw_recycle (removed in Linux 4.12)");

  @Override
  public Page page() {
    return new Page(
        "14",
        Bilingual.of("Ports used up by TIME_WAIT, and what helps"),
        Bilingual.of(
            "A client opens and closes many short connections. Can TIME_WAIT use up its ports? Does"
                + " tcp_tw_reuse help, and what helps better?"),
        "tcp.port == PORT and (tcp.flags.syn == 1 or tcp.flags.fin == 1 or tcp.flags.reset == 1)",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Bilingual.of(
                    "Do too many TIME_WAITs use up a client's ports? (only asked)"),
                Bilingual.of(
                    "Yes, toward the one destination address and port that they belong to; toward"
                        + " any other the same ports still serve.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "tcp_tw_recycle and a small tcp_max_tw_buckets cure it."),
                Bilingual.of(
                    "The first is gone since Linux 4.12, because it cut off clients behind NAT. The"
                        + " second drops TIME_WAITs beyond it, and with them the protection from"
                        + " old segments: a limit for memory, not a cure.")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Bilingual.of("tcp_tw_reuse is off unless one sets it."),
                Bilingual.of(
                    "It is 2 since Linux 4.19: a load test over loopback passes where the same test"
                        + " over a network runs out of ports."))),
        List.of(
            DEFAULT,
            EXHAUSTED,
            WHERE,
            LOOPBACK_ONLY,
            EVERYWHERE,
            NO_TIMESTAMPS,
            DELAY,
            MORE_TUPLES,
            SERVER_FIRST,
            RESET,
            ONE_CONNECTION,
            RECYCLE));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    Program net = network.owner();
    Program client = network.program("client");
    net.run("ip", "address", "add", NO_LOOPBACK + "/32", "dev", "lo");
    notes.check(DEFAULT, net.sysctl(REUSE));
    net.sysctl("net.ipv4.tcp_rfc1337", "1");
    notes.say(
        "This keeps the counts exact: otherwise a late segment that draws a RST "
            + "could end a TIME_WAIT early (RFC 1337).");
    int port = lab.freePort();
    ShortConnections near = new ShortConnections(lab, client, net, LOOPBACK, port);
    ShortConnections far = new ShortConnections(lab, client, net, NO_LOOPBACK, port);

    notes.part(
        "tcp_tw_reuse = 0, then 2, then 1",
        () -> {
          ShortConnections plain = new ShortConnections(lab, client, net, LOOPBACK, lab.freePort());
          exhaust(notes, net, plain, far);
          long start = System.nanoTime();
          exhaust(lab, notes, near);
          loopbackOnly(lab, notes, net, client, near, far, start);
          everywhere(notes, net, client, far, plain);
        });
    notes.part(
        "How long is \"older than a second\"?",
        () -> reuseDelay(notes, net, client, far));
    notes.part(
        "What helps: more four-tuples",
        () -> moreTuples(lab, notes, net, client, near));
    notes.part(
        "What helps: fewer TIME_WAITs on the client's side",
        () -> fewerTimeWaits(lab, notes, net, client));
    notes.part(
        "What is no more",
        () -> {
          boolean there = Files.exists(IPV4_SYSCTLS.resolve("tcp_tw_recycle"));
          notes.check(RECYCLE, there ? "there" : "gone");
        });
  }

  /** Two destinations that are older than the third, for later. */
  private static void exhaust(
      Notebook notes, Program net, ShortConnections plain, ShortConnections far) throws Exception {
    net.sysctl(REUSE, "0");
    net.sysctl(RANGE, "40000 " + (40_000 + PORTS - 1));
    // Whether a connection has timestamps is decided by its handshake.
    net.sysctl(TIMESTAMPS, "0");
    Made withoutTimestamps = plain.make(MANY, CLIENT_FIRST);
    net.sysctl(TIMESTAMPS, "1");
    Made toward = far.make(MANY, CLIENT_FIRST);
    notes.say(
        "For later: toward %s, without timestamps, %d connections, then %s; toward %s %d, then %s.",
        plain,
        withoutTimestamps.connections(),
        withoutTimestamps.then(),
        far,
        toward.connections(),
        toward.then());
  }

  private static void exhaust(Lab lab, Notebook notes, ShortConnections near) throws Exception {
    Made made = near.make(MANY, CLIENT_FIRST);
    notes.say(
        "Connect, accept, the client closes, the server closes, again and again toward %s: %d"
            + " connections, then %s.",
        near,
        made.connections(),
        made.then());
    notes.check(EXHAUSTED, made);
    lab.await(
        "every connection has come to its end",
        () -> near.timeWaitsOfClient() == made.connections());
    notes.check(
        WHERE, "client " + near.timeWaitsOfClient() + ", server " + near.timeWaitsOfServer());
  }

  private static void loopbackOnly(
      Lab lab,
      Notebook notes,
      Program net,
      Program client,
      ShortConnections near,
      ShortConnections far,
      long start)
      throws Exception {
    net.sysctl(REUSE, "2");
    // One socket asks again and again: a connect that found no port leaves it as it was.
    Sock patient = client.quiet().tcp("patient");
    AtomicReference<Outcome> latest = new AtomicReference<>();
    lab.await(
        Bilingual.of("a TIME_WAIT toward %s is reused", near),
        PATIENCE,
        POLL,
        () -> {
          latest.set(near.keep(patient));
          return latest.get().isOk();
        });
    notes.say(
        "Asked again and again, connect toward %s returned %s %d ms after the first connection was"
            + " made.",
        near,
        latest.get(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    Outcome other = far.keep(client.tcp("c"));
    notes.check(
        LOOPBACK_ONLY, near.address() + " " + latest.get() + ", " + far.address() + " " + other);
  }

  private static void everywhere(
      Notebook notes, Program net, Program client, ShortConnections far, ShortConnections plain)
      throws Exception {
    net.sysctl(REUSE, "1");
    notes.check(EVERYWHERE, far.keep(client.tcp("c")));
    notes.say("Now toward %s, whose connections had no timestamps:", plain);
    notes.check(NO_TIMESTAMPS, plain.keep(client.tcp("c")));
  }

  private static void reuseDelay(Notebook notes, Program net, Program client, ShortConnections far)
      throws Exception {
    if (!Files.exists(IPV4_SYSCTLS.resolve("tcp_tw_reuse_delay"))) {
      throw new SkippedException(
          Bilingual.of(
              "this kernel has no tcp_tw_reuse_delay: it needs Linux 6.14"));
    }
    net.sysctl(REUSE_DELAY);
    net.sysctl(REUSE_DELAY, "60000");
    Outcome patient = far.keep(client.tcp("c"));
    net.sysctl(REUSE_DELAY, "1");
    Outcome hasty = far.keep(client.tcp("c"));
    notes.check(DELAY, "60000 ms " + patient + ", 1 ms " + hasty);
  }

  private static void moreTuples(
      Lab lab, Notebook notes, Program net, Program client, ShortConnections near)
      throws Exception {
    net.sysctl(REUSE, "0");
    ShortConnections elsewhere =
        new ShortConnections(lab, client, net, SECOND_LOOPBACK, lab.freePort());
    ShortConnections otherPort = new ShortConnections(lab, client, net, LOOPBACK, lab.freePort());
    Made none = near.make(MANY, CLIENT_FIRST);
    Made address = elsewhere.make(MANY, CLIENT_FIRST);
    Made port = otherPort.make(MANY, CLIENT_FIRST);
    Made source = near.make(MANY, CLIENT_FIRST, THIRD_LOOPBACK);
    net.sysctl(RANGE, "40000 " + (40_000 + 2 * PORTS - 1));
    Made wider = near.make(MANY, CLIENT_FIRST);
    notes.observe(
        "Connections that the client closes first",
        Table.titled("")
            .column("toward", "toward")
            .column("from", "from")
            .numbers("range", "rangePorts")
            .numbers("connections", "connections")
            .column("then", "then")
            .row(near, LOOPBACK, PORTS, none.connections(), none.then())
            .row(elsewhere, LOOPBACK, PORTS, address.connections(), address.then())
            .row(otherPort, LOOPBACK, PORTS, port.connections(), port.then())
            .row(near, THIRD_LOOPBACK, PORTS, source.connections(), source.then())
            .row(near, LOOPBACK, 2 * PORTS, wider.connections(), wider.then())
            .build());
    notes.check(
        MORE_TUPLES,
        Stream.of(none, address, port, source, wider)
            .map(made -> String.valueOf(made.connections()))
            .collect(Collectors.joining(", ")));
  }

  private static void fewerTimeWaits(Lab lab, Notebook notes, Program net, Program client)
      throws Exception {
    net.sysctl(REUSE, "0");
    net.sysctl(RANGE, "41000 " + (41_000 + PORTS - 1));
    Table.Builder table =
        Table.titled("")
            .column("", "how")
            .numbers("connections", "connections")
            .column("then", "then")
            .numbers("TIME_WAIT client", "clientTimeWaits")
            .numbers("TIME_WAIT server", "serverTimeWaits");
    ShortConnections ending = new ShortConnections(lab, client, net, LOOPBACK, lab.freePort());
    Made ended = ending.make(MANY, Closing.SERVER_FIRST);
    long endedClient = ending.timeWaitsOfClient();
    row(table, "server: close", ended, ending);
    ShortConnections resetting = new ShortConnections(lab, client, net, LOOPBACK, lab.freePort());
    Made reset = resetting.make(MANY, Closing.RESET);
    row(table, "client: SO_LINGER 0, close", reset, resetting);
    notes.observe(
        "Who closes first, and how, over a range of four ports",
        table.build());
    notes.check(SERVER_FIRST, ended.connections() + " " + ended.then() + ", client " + endedClient);
    notes.check(
        RESET,
        String.format(
            "%d %s, client %d, server %d, %s read",
            reset.connections(),
            reset.then(),
            resetting.timeWaitsOfClient(),
            resetting.timeWaitsOfServer(),
            reset.lastRead()));
    oneConnection(lab, notes, client, net);
  }

  private static void row(Table.Builder table, String how, Made made, ShortConnections to)
      throws Exception {
    table.row(how, made.connections(), made.then(), to.timeWaitsOfClient(), to.timeWaitsOfServer());
  }

  private static void oneConnection(Lab lab, Notebook notes, Program client, Program net)
      throws Exception {
    ShortConnections to = new ShortConnections(lab, client, net, LOOPBACK, lab.freePort());
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
    lab.await(
        "the connection is in TIME_WAIT", () -> to.timeWaitsOfClient() > 0);
    notes.say(
        "One connection, kept: %d requests, %d answers.", MANY, answered);
    notes.check(ONE_CONNECTION, answered + " OK, client " + to.timeWaitsOfClient());
  }
}
