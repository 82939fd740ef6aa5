package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Option;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * When may two TCP servers, each a process of its own, have one address and port?
 *
 * <p>Longer than others, as the answer is a table: two options, on the holder, the newcomer or
 * both, set before the bind or after it, by one user or two.
 */
public final class E07TwoServersOnePort implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int BACKLOG = 16;
  private static final int ON = 1;
  private static final int OFF = 0;
  private static final String CONFLICT =
      "inet_bind_conflict in net/ipv4/inet_connection_sock.c; socket(7) ";

  private int port;
  private Sock first;
  private Sock second;
  private Program other;

  @Override
  public Script script() {
    return Script.of("7", "Two TCP servers on one address and port")
        .question(
            "Can two processes listen with TCP on the same address and port at once? What do"
                + " SO_REUSEADDR and SO_REUSEPORT allow, and who must set them?")
        .filter("tcp.port == PORT")
        .part("No options")
        .expect(
            "no-option",
            EADDRINUSE,
            "Without options an address and port belong to one socket, even while that does not"
                + " listen yet.",
            "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c",
            lab -> {
              port = lab.freePort();
              lab.program("A").tcp("first").bind(LOOPBACK, port).must();
              return bind(lab.program("B"));
            })
        .part("SO_REUSEADDR on both: who listens first?")
        .act(lab -> Needs.nativeCalls())
        .expect(
            "reuseaddr-bind",
            OK,
            "With SO_REUSEADDR on both, and nobody listening, the second bind passes.",
            CONFLICT + "SO_REUSEADDR",
            lab -> {
              port = lab.freePort();
              first = socket(lab.program("A"), "first", SO_REUSEADDR);
              first.bind(LOOPBACK, port).must();
              second = socket(lab.program("B"), "second", SO_REUSEADDR);
              return second.bind(LOOPBACK, port);
            })
        .expect(
            "reuseaddr-second-listen",
            EADDRINUSE,
            "Then the first to listen wins: listen asks for the port once more, and by then another"
                + " socket is listening on it.",
            "listen(2) EADDRINUSE; inet_csk_listen_start in net/ipv4/inet_connection_sock.c calls"
                + " get_port again",
            lab -> {
              first.listen(BACKLOG).must();
              return second.listen(BACKLOG);
            })
        .act(
            lab ->
                lab.show(
                    lab.program("A"),
                    "The kernel's table: a TCP socket that is bound and does not listen is not in"
                        + " it",
                    port))
        .expect(
            "reuseaddr-bind-beside-listener",
            EADDRINUSE,
            "From then on a further bind is refused as well: SO_REUSEADDR never passes a listener.",
            CONFLICT + "SO_REUSEADDR (\"except when there is an active listening socket\")",
            lab -> socket(lab.program("B"), "third", SO_REUSEADDR).bind(LOOPBACK, port))
        .expect(
            "reuseaddr-listen-after-close",
            OK,
            "Once the first listener is closed, the second socket, bound all the time, may listen.",
            "inet_csk_listen_start in net/ipv4/inet_connection_sock.c",
            lab -> {
              first.close();
              return second.listen(BACKLOG);
            })
        .part("SO_REUSEPORT on both")
        .expect(
            "reuseport-both",
            "tcp LISTEN A, tcp LISTEN B",
            "With SO_REUSEPORT on both, both bind and both listen: two sockets in two processes,"
                + " one address and port.",
            "socket(7) SO_REUSEPORT; sk_reuseport_match in net/ipv4/inet_connection_sock.c",
            lab -> {
              listens(lab, lab.program("A"), SO_REUSEPORT);
              lab.program("B").listener("second", LOOPBACK, port, SO_REUSEPORT);
              lab.show(lab.program("A"), "The kernel's table", port);
              return sorted(lab.summary(lab.program("A"), port));
            })
        .say("These are two sockets with two queues; who gets which connection is experiment 8.")
        .part("SO_REUSEPORT on one of them only")
        .expect(
            "reuseport-second-only",
            EADDRINUSE,
            "SO_REUSEPORT on the newcomer alone does not help.",
            CONFLICT + "SO_REUSEPORT",
            lab -> {
              listens(lab, lab.program("A"));
              return bind(lab.program("B"), SO_REUSEPORT);
            })
        .expect(
            "reuseport-first-only",
            EADDRINUSE,
            "On the holder alone it does not help either.",
            CONFLICT + "SO_REUSEPORT",
            lab -> {
              listens(lab, lab.program("A"), SO_REUSEPORT);
              return bind(lab.program("B"));
            })
        .part("The holder changes its mind")
        .expect(
            "reuseport-set-late-on-holder",
            OK,
            "The manual wants the option on the holder before its bind. This kernel looks at what"
                + " is set when the newcomer asks, so a listener may open its port to others"
                + " later.",
            "sk2->sk_reuseport in " + CONFLICT + "SO_REUSEPORT",
            lab -> {
              listens(lab, lab.program("A")).set(SO_REUSEPORT, ON).must();
              return bindAndListen(lab.program("B"), SO_REUSEPORT);
            })
        .expect(
            "reuseport-cleared-on-holder",
            OK,
            "A listener that was bound with the option cannot take it back: the port remembers that"
                + " all its sockets shared it when they were bound.",
            "fastreuseport in sk_reuseport_match, net/ipv4/inet_connection_sock.c",
            lab -> {
              listens(lab, lab.program("A"), SO_REUSEPORT).set(SO_REUSEPORT, OFF).must();
              return bindAndListen(lab.program("B"), SO_REUSEPORT);
            })
        .part("SO_REUSEPORT on both, but another user")
        .act(
            lab -> {
              other = lab.programOfAnotherUser("other");
              lab.say(
                  "A runs with user id %s, other with %s.",
                  userOf(lab.program("A")), userOf(other));
            })
        .expect(
            "reuseport-other-user",
            EADDRINUSE,
            "Another user is refused although both have SO_REUSEPORT, so that nobody can take a"
                + " part of somebody else's connections.",
            CONFLICT + "SO_REUSEPORT (\"the same effective UID\")",
            lab -> {
              listens(lab, lab.program("A"), SO_REUSEPORT);
              return bind(other, SO_REUSEPORT);
            })
        .expect(
            "reuseport-root-is-second",
            EADDRINUSE,
            "The rule holds the other way round too: root may not join another user's port.",
            "uid_eq in " + CONFLICT + "SO_REUSEPORT",
            lab -> {
              listens(lab, other, SO_REUSEPORT);
              return bind(lab.program("A"), SO_REUSEPORT);
            })
        .answer(
            "Yes, if both sockets set SO_REUSEPORT and both programs run as the same user; with"
                + " SO_REUSEADDR on both, both may bind, but only one of them may listen.")
        .refines(
            TCP_AND_UDP,
            "Can several TCP servers bind one port? (asked; the text breaks off before the answer)",
            "On one address: to bind, SO_REUSEADDR or SO_REUSEPORT on both; to listen, SO_REUSEPORT"
                + " on both.")
        .corrects(
            TWO_PROCESSES,
            "With TCP it is impossible to start several servers on the same address and port.",
            "True of SO_REUSEADDR, and of the time the book is from. Since Linux 3.9, SO_REUSEPORT"
                + " on all of them allows just that to programs of one user.")
        .refines(
            TWO_PROCESSES,
            "Several instances of a server may share a port by SO_REUSEADDR if each binds another"
                + " address.",
            "On the same address, too, bind succeeds while nobody listens; the refusal only comes"
                + " at listen. So check the result of listen.")
        .corrects(
            COMMON_BELIEF,
            "SO_REUSEADDR and SO_REUSEPORT are about the same.",
            "For TCP the first passes every socket that does not listen, the second passes"
                + " listeners of the same user.");
  }

  /** A program listens on a port that is free until now. */
  private Sock listens(Lab lab, Program holder, Option... options) throws Exception {
    port = lab.freePort();
    return holder.listener("first", LOOPBACK, port, options);
  }

  /** Another one wants that port. */
  private Outcome bind(Program newcomer, Option... options) throws Exception {
    return socket(newcomer, "second", options).bind(LOOPBACK, port);
  }

  /** What listen returns after a bind that succeeded, else what bind returned. */
  private Outcome bindAndListen(Program newcomer, Option... options) throws Exception {
    Sock socket = socket(newcomer, "second", options);
    Outcome bound = socket.bind(LOOPBACK, port);
    return bound.isOk() ? socket.listen(BACKLOG) : bound;
  }

  private static Sock socket(Program program, String label, Option... options) throws Exception {
    Sock socket = program.tcp(label);
    for (Option option : options) {
      socket.set(option, ON).must();
    }
    return socket;
  }

  /** The kernel lists listeners by hash, the youngest first or not; here the order says nothing. */
  private static String sorted(String summary) {
    return Stream.of(summary.split(", ")).sorted().collect(Collectors.joining(", "));
  }

  private static Object userOf(Program program) throws Exception {
    return Files.getAttribute(Path.of("/proc", String.valueOf(program.pid())), "unix:uid");
  }
}
