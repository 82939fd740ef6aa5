package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.kernel.Errno.EINVAL;
import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One listening socket in several processes: who gets the connections, and when is it gone?
 *
 * <p>Longer than others, as it is the whole life of one socket, from hand to hand.
 */
public final class E09ListenerHandedOver implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECTIONS = 4;
  private static final String SHARED =
      "fork(2) (\"the same open file description\"); unix(7) SCM_RIGHTS (\"a reference to an"
          + " open file description\")";
  private static final String LAST_CLOSE =
      "close(2) (\"the last file descriptor\"); __fput in fs/file_table.c";

  private int port;
  private Sock ofA;
  private Sock ofB;
  private Sock ofC;
  private DescriptorChannel aToB;
  private DescriptorChannel bToC;
  private final List<Sock> connections = new ArrayList<>();

  @Override
  public Script script() {
    return Script.of("9", "A listener handed from process to process")
        .question(
            "A child inherits its parent's listener, or a server hands it to its successor. Are two"
                + " processes bound to the port then? Who gets the connections, and when is the"
                + " port free?")
        .filter("tcp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .say("A listens, and sends a descriptor of its listener over a UNIX socket to B.")
        .act(
            lab -> {
              port = lab.freePort();
              ofA = lab.program("A").listener("listener", LOOPBACK, port);
              aToB = DescriptorChannel.open(lab, "A", "B");
              ofB = aToB.hand(ofA);
            })
        .part("A's listener is now in B, too")
        .act(lab -> lab.show(lab.program("A"), "The kernel's table", port))
        .expect(
            "holders-after-handover",
            "tcp LISTEN A, B; inodes: 1",
            "The kernel's table still has one listener; two processes have it open.",
            SHARED,
            lab -> {
              long inodes = Stream.of(ofA.inode(), ofB.inode()).distinct().count();
              return lab.summary(lab.program("A"), port) + "; inodes: " + inodes;
            })
        .expect(
            "option-set-by-b-seen-by-a",
            1,
            "What B sets on it, A finds set: it is the same socket.",
            SHARED,
            lab -> {
              ofB.set(SO_REUSEADDR, 1).must();
              return ofA.get(SO_REUSEADDR).value();
            })
        .expect(
            "b-binds-a-socket-of-its-own",
            EADDRINUSE,
            "A second bind is refused as ever, even to B. To share a listener is not to bind"
                + " twice.",
            "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c",
            lab -> lab.program("B").tcp("own").bind(LOOPBACK, port))
        .part("Both accept from one queue")
        .act(this::connectionsWait)
        .expect(
            "who-accepted-which",
            "B 1, A 2, A 3, B 4, nothing left",
            "There is one queue. Whoever calls accept gets the connection that has waited longest,"
                + " and nobody gets it again.",
            "accept(2) (\"the first connection request on the queue\"); reqsk_queue_remove in"
                + " include/net/request_sock.h",
            lab -> {
              String took = takes(ofB) + ", " + takes(ofA) + ", " + takes(ofA) + ", " + takes(ofB);
              return took + (ofA.accept("accepted", 0).isPresent() ? ", more" : ", nothing left");
            })
        .act(
            lab -> {
              for (Sock connection : connections) {
                connection.close();
              }
              awaitOnlyListener(lab);
            })
        .part("The first owner closes")
        .needsEarlierParts()
        .expect(
            "first-owner-closes",
            "tcp LISTEN B",
            "A's close removes a descriptor, not the socket: the port stays in LISTEN.",
            LAST_CLOSE,
            lab -> {
              ofA.close().must();
              return lab.summary(lab.program("A"), port);
            })
        .expect(
            "the-other-goes-on",
            "hello",
            "New connections reach B.",
            LAST_CLOSE,
            lab -> {
              Sock connection = dial(lab.program("client"));
              connection.send("hello").must();
              return readAndClose(ofB, connection);
            })
        .act(this::awaitOnlyListener)
        .expect(
            "bind-by-the-first-owner",
            EADDRINUSE,
            "To A, who opened it, the port is now taken.",
            LAST_CLOSE,
            lab -> lab.program("A").tcp("again").bind(LOOPBACK, port))
        .part("B hands it on to C and closes before C has it")
        .needsEarlierParts()
        .act(
            lab -> {
              bToC = DescriptorChannel.open(lab, "B", "C");
              bToC.from().sendDescriptor(ofB).must();
              ofB.close().must();
              lab.show(lab.program("client"), "The kernel's table", port);
            })
        .expect(
            "descriptor-on-its-way",
            "tcp LISTEN nobody",
            "B sends it to C and closes before C has received it. The message holds the socket, and"
                + " the port listens without any process.",
            "unix(7) SCM_RIGHTS; scm_fp_copy in net/core/scm.c",
            lab -> lab.summary(lab.program("client"), port))
        .expect(
            "connection-made-meanwhile",
            "sent meanwhile",
            "A connection made in that moment is complete and waits in the queue; C accepts it.",
            "listen(2); tcp_v4_syn_recv_sock in net/ipv4/tcp_ipv4.c",
            lab -> {
              Sock connection = dial(lab.program("client"));
              connection.send("sent meanwhile").must();
              ofC = bToC.to().receiveDescriptor("listener");
              return readAndClose(ofC, connection);
            })
        .expect(
            "bind-after-the-last-close",
            OK,
            "Only when the last descriptor is closed the port is free.",
            LAST_CLOSE,
            lab -> {
              ofC.close().must();
              lab.await(
                  "the port is unused", () -> lab.rows(lab.program("client"), port).isEmpty());
              return lab.program("client").tcp("next").bind(LOOPBACK, port);
            })
        .part("shutdown is another matter")
        .expect(
            "accept-after-the-others-shutdown",
            EINVAL,
            "shutdown, unlike close, is done to the socket: B's accept fails too.",
            "accept(2) EINVAL; TCP_LISTEN in inet_shutdown, net/ipv4/af_inet.c",
            lab -> {
              Sock own = lab.program("A").listener("listener", LOOPBACK, lab.freePort());
              Sock inherited = aToB.hand(own);
              own.shutdownBoth().must();
              return inherited.call("accept(" + inherited + ")", "accept", 0);
            })
        .answer(
            "It is one socket, bound once and open in two processes: whoever calls accept takes the"
                + " connection that has waited longest, and the port is free when the last"
                + " descriptor is closed.")
        .corrects(
            TWO_PROCESSES,
            "The kernel gives every socket a file descriptor that is unique.",
            "A descriptor's number is unique within one process only, and one socket may have"
                + " several: here two, in two processes; and for a moment none.")
        .confirms(
            TWO_PROCESSES,
            "After bind and fork, several processes have one port.",
            "They do, and all of them accept. Descriptor passing, used here because Java cannot"
                + " fork, shares the open socket in the same way.")
        .refines(
            TWO_PROCESSES,
            "That makes it possible for several processes to bind one port.",
            "Nothing is bound a second time: one socket, one inode, one queue, two descriptors.")
        .corrects(
            COMMON_BELIEF,
            "When the process that bound the port ends, the port is free.",
            "A forgotten child that inherited the descriptor keeps it: a usual reason for \"address"
                + " already in use\" with no server in sight.");
  }

  /** The client's connections stand in the queue, each with its number; nobody accepts yet. */
  private void connectionsWait(Lab lab) throws Exception {
    lab.say("The client connects %d times; each connection says which one it is.", CONNECTIONS);
    connections.clear();
    for (int number = 1; number <= CONNECTIONS; number++) {
      Sock connection = dial(lab.program("client").quiet());
      connections.add(connection);
      connection.send(String.valueOf(number)).must();
      int waiting = number;
      lab.await(
          "the connection waits in the queue", () -> listener(lab).receiveQueueBytes() == waiting);
    }
    lab.observe(
        "The listener; Recv-Q counts the connections that wait", lab.table(List.of(listener(lab))));
  }

  /** A connection that leaves nothing behind when it is closed. */
  private Sock dial(Program client) throws Exception {
    Sock connection = client.tcp("connection");
    connection.set(SO_LINGER, 0).must();
    connection.connect(LOOPBACK, port).must();
    return connection;
  }

  /** Who accepts here, and the number that the connection says. */
  private String takes(Sock listener) throws Exception {
    Sock accepted = listener.accept("accepted");
    connections.add(accepted);
    String number = accepted.receive(Sock.PATIENCE_MILLIS).value();
    return (listener == ofA ? "A " : "B ") + number;
  }

  /** What a listener's program reads from a connection that waits; both ends are closed after. */
  private static String readAndClose(Sock listener, Sock connection) throws Exception {
    Sock accepted = listener.accept("accepted");
    String text = accepted.receive(Sock.PATIENCE_MILLIS).value();
    connection.close();
    accepted.close();
    return text;
  }

  private SocketRow listener(Lab lab) throws Exception {
    return lab.rows(lab.program("client"), port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .findFirst()
        .orElseThrow();
  }

  private void awaitOnlyListener(Lab lab) throws Exception {
    lab.await(
        "only the listener is left",
        () ->
            lab.rows(lab.program("client"), port).stream()
                .allMatch(row -> row.state() == SocketState.LISTEN));
  }
}
