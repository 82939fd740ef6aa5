package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One listening socket in several processes: who gets the connections, and when is it gone? */
public final class E09ListenerHandedOver implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECTIONS = 4;
  private static final String SHARED =
      "fork(2) (\"the same open file description\"); unix(7) SCM_RIGHTS (\"a reference to an"
          + " open file description\")";
  private static final String LAST_CLOSE =
      "close(2) (\"the last file descriptor\"); __fput in fs/file_table.c";

  private static final Prediction HOLDERS =
      Prediction.exactly(
          "holders-after-handover",
          "tcp LISTEN A, B; inodes: 1",
          Bilingual.of(
              "The kernel's table still has one listener; two processes have it open."),
          SHARED);

  private static final Prediction OPTION_SHARED =
      Prediction.exactly(
          "option-set-by-b-seen-by-a",
          1,
          Bilingual.of(
              "What B sets on it, A finds set: it is the same socket."),
          SHARED);

  private static final Prediction OWN_BIND =
      Prediction.exactly(
          "b-binds-a-socket-of-its-own",
          "EADDRINUSE",
          Bilingual.of(
              "A second bind is refused as ever, even to B. To share a listener is not to bind"
                  + " twice."),
          "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c");

  private static final Prediction ONE_QUEUE =
      Prediction.exactly(
          "who-accepted-which",
          "B 1, A 2, A 3, B 4, nothing left",
          Bilingual.of(
              "There is one queue. Whoever calls accept gets the connection that has waited longest,"
                  + " and nobody gets it again."),
          "accept(2) (\"the first connection request on the queue\"); reqsk_queue_remove in"
              + " include/net/request_sock.h");

  private static final Prediction FIRST_OWNER_CLOSES =
      Prediction.exactly(
          "first-owner-closes",
          "tcp LISTEN B",
          Bilingual.of(
              "A's close removes a descriptor, not the socket: the port stays in LISTEN."),
          LAST_CLOSE);

  private static final Prediction OTHER_GOES_ON =
      Prediction.exactly(
          "the-other-goes-on",
          "hello",
          Bilingual.of("New connections reach B."),
          LAST_CLOSE);

  private static final Prediction STILL_TAKEN =
      Prediction.exactly(
          "bind-by-the-first-owner",
          "EADDRINUSE",
          Bilingual.of("To A, who opened it, the port is now taken."),
          LAST_CLOSE);

  private static final Prediction IN_FLIGHT =
      Prediction.exactly(
          "descriptor-on-its-way",
          "tcp LISTEN nobody",
          Bilingual.of(
              "B sends it to C and closes before C has received it. The message holds the socket,"
                  + " and the port listens without any process."),
          "unix(7) SCM_RIGHTS; scm_fp_copy in net/core/scm.c");

  private static final Prediction NO_GAP =
      Prediction.exactly(
          "connection-made-meanwhile",
          "sent meanwhile",
          Bilingual.of(
              "A connection made in that moment is complete and waits in the queue; C accepts it."),
          "listen(2); tcp_v4_syn_recv_sock in net/ipv4/tcp_ipv4.c");

  private static final Prediction LAST_CLOSES =
      Prediction.exactly(
          "bind-after-the-last-close",
          "OK",
          Bilingual.of(
              "Only when the last descriptor is closed the port is free."),
          LAST_CLOSE);

  private static final Prediction SHUTDOWN =
      Prediction.exactly(
          "accept-after-the-others-shutdown",
          "EINVAL",
          Bilingual.of(
              "shutdown, unlike close, is done to the socket: B's accept fails too."),
          "accept(2) EINVAL; TCP_LISTEN in inet_shutdown, net/ipv4/af_inet.c");

  @Override
  public Page page() {
    return new Page(
        "9",
        Bilingual.of("A listener handed from process to process"),
        Bilingual.of(
            "A child inherits its parent's listener, or a server hands it to its successor. Are two"
                + " processes bound to the port then? Who gets the connections, and when is the port"
                + " free?"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "The kernel gives every socket a file descriptor that is unique."),
                Bilingual.of(
                    "A descriptor's number is unique within one process only, and one socket may have several: here two, in"
                        + " two processes; and for a moment none.")),
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Bilingual.of(
                    "After bind and fork, several processes have one port."),
                Bilingual.of(
                    "They do, and all of them accept. Descriptor passing, used here because Java"
                        + " cannot fork, shares the open socket in the same way.")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "That makes it possible for several processes to bind one port."),
                Bilingual.of(
                    "Nothing is bound a second time: one socket, one inode, one queue, two"
                        + " descriptors.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "When the process that bound the port ends, the port is free."),
                Bilingual.of(
                    "A forgotten child that inherited the descriptor keeps it: a usual reason for"
                        + " \"address already in use\" with no server in sight."))),
        List.of(
            HOLDERS,
            OPTION_SHARED,
            OWN_BIND,
            ONE_QUEUE,
            FIRST_OWNER_CLOSES,
            OTHER_GOES_ON,
            STILL_TAKEN,
            IN_FLIGHT,
            NO_GAP,
            LAST_CLOSES,
            SHUTDOWN));
  }

  /** The two ends of a unix(7) connection, over which descriptors can be sent. */
  private record Channel(Sock from, Sock to) {
    static Channel open(Program from, Program to, String name) throws Exception {
      Sock door = to.quiet().unix("door");
      door.bindUnix(name).must();
      door.listen(1).must();
      Sock near = from.unix("channel");
      near.connectUnix(name).must();
      Sock far = new Sock(to, "channel", door.accept("channel").descriptor());
      door.close();
      return new Channel(near, far);
    }

    Sock hand(Sock socket) throws Exception {
      from.sendDescriptor(socket).must();
      return to.receiveDescriptor(socket.label());
    }
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Lab.requireNative();
    Program a = lab.program("A");
    Program b = lab.program("B");
    Program client = lab.program("client");
    int port = lab.freePort();
    // Abstract names are the machine's; a process id makes this one ours alone.
    String name = "dualport-lab-" + client.pid();
    notes.say(
        "A listens, and sends a descriptor of its listener over a UNIX socket to B.");
    Sock ofA = a.listener("listener", LOOPBACK, port);
    Channel toB = Channel.open(a, b, name);
    Sock ofB = toB.hand(ofA);

    notes.part(
        "A's listener is now in B, too",
        () -> {
          lab.show(a, "The kernel's table", port);
          long inodes = Stream.of(ofA.inode(), ofB.inode()).distinct().count();
          notes.check(HOLDERS, lab.summary(a, port) + "; inodes: " + inodes);
          ofB.set(SO_REUSEADDR, 1).must();
          notes.check(OPTION_SHARED, ofA.get(SO_REUSEADDR).value());
          notes.check(OWN_BIND, b.tcp("own").bind(LOOPBACK, port));
        });
    notes.part(
        "Both accept from one queue",
        () -> oneQueue(lab, notes, client, port, ofA, ofB));
    notes.part(
        "The first owner closes",
        () -> {
          ofA.close().must();
          notes.check(FIRST_OWNER_CLOSES, lab.summary(a, port));
          Sock connection = dial(client, "connection", port);
          connection.send("hello").must();
          notes.check(OTHER_GOES_ON, readAndClose(ofB, connection));
          awaitOnlyListener(lab, a, port);
          notes.check(STILL_TAKEN, a.tcp("again").bind(LOOPBACK, port));
        });
    notes.part(
        "B hands it on to C and closes before C has it",
        () -> handOn(lab, notes, client, port, ofB, Channel.open(b, lab.program("C"), name)));
    notes.part(
        "shutdown is another matter",
        () -> {
          Sock shared = a.listener("listener", LOOPBACK, lab.freePort());
          Sock inherited = toB.hand(shared);
          shared.shutdownBoth().must();
          notes.check(SHUTDOWN, inherited.call("accept(" + inherited + ")", "accept", 0));
        });
  }

  /** Four connections wait; B, A, A and B call accept, and then A once more. */
  private static void oneQueue(
      Lab lab, Notebook notes, Program client, int port, Sock ofA, Sock ofB) throws Exception {
    notes.say(
        "The client connects %d times; each connection says which one it is.", CONNECTIONS);
    List<Sock> connections = new ArrayList<>();
    for (int number = 1; number <= CONNECTIONS; number++) {
      Sock connection = dial(client.quiet(), "connection", port);
      connections.add(connection);
      connection.send(String.valueOf(number)).must();
      int waiting = number;
      lab.await(
          "the connection waits in the queue",
          () -> listener(lab, client, port).receiveQueueBytes() == waiting);
    }
    notes.observe(
        "The listener; Recv-Q counts the connections that wait",
        lab.table(List.of(listener(lab, client, port))));
    List<String> took = new ArrayList<>();
    for (Sock listener : List.of(ofB, ofA, ofA, ofB)) {
      Sock accepted = listener.accept("accepted");
      String number = accepted.receive(Sock.PATIENCE_MILLIS).value();
      took.add((listener == ofA ? "A " : "B ") + number);
      connections.add(accepted);
    }
    took.add(ofA.accept("accepted", 0).isPresent() ? "A once more" : "nothing left");
    notes.check(ONE_QUEUE, String.join(", ", took));
    for (Sock connection : connections) {
      connection.close();
    }
    awaitOnlyListener(lab, client, port);
  }

  private static void handOn(
      Lab lab, Notebook notes, Program client, int port, Sock ofB, Channel toC) throws Exception {
    toC.from().sendDescriptor(ofB).must();
    ofB.close().must();
    lab.show(client, "The kernel's table", port);
    notes.check(IN_FLIGHT, lab.summary(client, port));
    Sock connection = dial(client, "connection", port);
    connection.send("sent meanwhile").must();
    Sock ofC = toC.to().receiveDescriptor(ofB.label());
    notes.check(NO_GAP, readAndClose(ofC, connection));
    ofC.close().must();
    lab.await("the port is unused", () -> lab.rows(client, port).isEmpty());
    notes.check(LAST_CLOSES, client.tcp("next").bind(LOOPBACK, port));
  }

  /** A connection that leaves nothing behind when it is closed. */
  private static Sock dial(Program client, String label, int port) throws Exception {
    Sock connection = client.tcp(label);
    connection.set(SO_LINGER, 0).must();
    connection.connect(LOOPBACK, port).must();
    return connection;
  }

  /** What a listener's program reads from a connection that waits; both ends are closed after. */
  private static String readAndClose(Sock listener, Sock connection) throws Exception {
    Sock accepted = listener.accept("accepted");
    String text = accepted.receive(Sock.PATIENCE_MILLIS).value();
    connection.close();
    accepted.close();
    return text;
  }

  private static SocketRow listener(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .findFirst()
        .orElseThrow();
  }

  private static void awaitOnlyListener(Lab lab, Program program, int port) throws Exception {
    lab.await(
        "only the listener is left",
        () -> lab.rows(program, port).stream().allMatch(row -> row.state() == SocketState.LISTEN));
  }
}
