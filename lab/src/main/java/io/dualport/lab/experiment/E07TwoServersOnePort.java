package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.Outcome;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** When may two TCP servers, each a process of its own, have one address and port? */
public final class E07TwoServersOnePort implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int BACKLOG = 16;
  private static final String CONFLICT =
      "inet_bind_conflict in net/ipv4/inet_connection_sock.c; socket(7) ";

  private static final Prediction NO_OPTION =
      Prediction.exactly(
          "no-option",
          "EADDRINUSE",
          Bilingual.of(
              "Without options an address and port belong to one socket, even while that does not"
                  + " listen yet."),
          "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c");

  private static final Prediction ADDR_BIND =
      Prediction.exactly(
          "reuseaddr-bind",
          "OK",
          Bilingual.of(
              "With SO_REUSEADDR on both, and nobody listening, the second bind passes."),
          CONFLICT + "SO_REUSEADDR");

  private static final Prediction ADDR_LISTEN =
      Prediction.exactly(
          "reuseaddr-second-listen",
          "EADDRINUSE",
          Bilingual.of(
              "Then the first to listen wins: listen asks for the port once more, and by then another"
                  + " socket is listening on it."),
          "listen(2) EADDRINUSE; inet_csk_listen_start in net/ipv4/inet_connection_sock.c calls"
              + " get_port again");

  private static final Prediction ADDR_LATE_BIND =
      Prediction.exactly(
          "reuseaddr-bind-beside-listener",
          "EADDRINUSE",
          Bilingual.of(
              "From then on a further bind is refused as well: SO_REUSEADDR never passes a"
                  + " listener."),
          CONFLICT + "SO_REUSEADDR (\"except when there is an active listening socket\")");

  private static final Prediction ADDR_HANDOVER =
      Prediction.exactly(
          "reuseaddr-listen-after-close",
          "OK",
          Bilingual.of(
              "Once the first listener is closed, the second socket, bound all the time, may"
                  + " listen."),
          "inet_csk_listen_start in net/ipv4/inet_connection_sock.c");

  private static final Prediction PORT_ONLY_SECOND =
      Prediction.exactly(
          "reuseport-second-only",
          "EADDRINUSE",
          Bilingual.of("SO_REUSEPORT on the newcomer alone does not help."),
          CONFLICT + "SO_REUSEPORT");

  private static final Prediction PORT_ONLY_FIRST =
      Prediction.exactly(
          "reuseport-first-only",
          "EADDRINUSE",
          Bilingual.of("On the holder alone it does not help either."),
          CONFLICT + "SO_REUSEPORT");

  private static final Prediction PORT_BOTH =
      Prediction.exactly(
          "reuseport-both",
          "tcp LISTEN A, tcp LISTEN B",
          Bilingual.of(
              "With SO_REUSEPORT on both, both bind and both listen: two sockets in two processes,"
                  + " one address and port."),
          "socket(7) SO_REUSEPORT; sk_reuseport_match in net/ipv4/inet_connection_sock.c");

  private static final Prediction SET_LATE =
      Prediction.exactly(
          "reuseport-set-late-on-holder",
          "OK",
          Bilingual.of(
              "The manual wants the option on the holder before its bind. This kernel looks at what"
                  + " is set when the newcomer asks, so a listener may open its port to others"
                  + " later."),
          "sk2->sk_reuseport in " + CONFLICT + "SO_REUSEPORT");

  private static final Prediction CLEARED =
      Prediction.exactly(
          "reuseport-cleared-on-holder",
          "OK",
          Bilingual.of(
              "A listener that was bound with the option cannot take it back: the port "
                  + "remembers that all its sockets shared it when they were bound."),
          "fastreuseport in sk_reuseport_match, net/ipv4/inet_connection_sock.c");

  private static final Prediction OTHER_USER =
      Prediction.exactly(
          "reuseport-other-user",
          "EADDRINUSE",
          Bilingual.of(
              "Another user is refused although both have SO_REUSEPORT, so that nobody can take a"
                  + " part of somebody else's connections."),
          CONFLICT + "SO_REUSEPORT (\"the same effective UID\")");

  private static final Prediction OTHER_USER_FIRST =
      Prediction.exactly(
          "reuseport-root-is-second",
          "EADDRINUSE",
          Bilingual.of(
              "The rule holds the other way round too: root may not join another user's port."),
          "uid_eq in " + CONFLICT + "SO_REUSEPORT");

  @Override
  public Page page() {
    return new Page(
        "7",
        Bilingual.of("Two TCP servers on one address and port"),
        Bilingual.of(
            "Can two processes listen with TCP on the same address and port at once? What do"
                + " SO_REUSEADDR and SO_REUSEPORT allow, and who must set them?"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                REFINES,
                Bilingual.of(
                    "Can several TCP servers bind one port? (asked; the text breaks off before the answer)"),
                Bilingual.of(
                    "On one address: to bind, SO_REUSEADDR or SO_REUSEPORT on both; to listen, SO_REUSEPORT on both.")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "With TCP it is impossible to start several servers on the same address and"
                        + " port."),
                Bilingual.of(
                    "True of SO_REUSEADDR, and of the time the book is from. Since Linux 3.9,"
                        + " SO_REUSEPORT on all of them allows just that to programs of one user.")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "Several instances of a server may share a port by SO_REUSEADDR if each binds"
                        + " another address."),
                Bilingual.of(
                    "On the same address, too, bind succeeds while nobody listens; the refusal only"
                        + " comes at listen. So check the result of listen.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "SO_REUSEADDR and SO_REUSEPORT are about the same."),
                Bilingual.of(
                    "For TCP the first passes every socket that does not listen, the second passes"
                        + " listeners of the same user."))),
        List.of(
            NO_OPTION,
            ADDR_BIND,
            ADDR_LISTEN,
            ADDR_LATE_BIND,
            ADDR_HANDOVER,
            PORT_BOTH,
            PORT_ONLY_SECOND,
            PORT_ONLY_FIRST,
            SET_LATE,
            CLEARED,
            OTHER_USER,
            OTHER_USER_FIRST));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program a = lab.program("A");
    Program b = lab.program("B");

    notes.part(
        "No options",
        () -> {
          int port = lab.freePort();
          a.tcp("first").bind(LOOPBACK, port).must();
          notes.check(NO_OPTION, bind(b, port));
        });
    notes.part(
        "SO_REUSEADDR on both: who listens first?",
        () -> reuseAddress(lab, notes, a, b));
    notes.part(
        "SO_REUSEPORT on both",
        () -> {
          int port = lab.freePort();
          a.listener("first", LOOPBACK, port, SO_REUSEPORT);
          b.listener("second", LOOPBACK, port, SO_REUSEPORT);
          lab.show(a, "The kernel's table", port);
          notes.check(PORT_BOTH, sorted(lab.summary(a, port)));
          notes.say(
              "These are two sockets with two queues; who gets which connection is experiment 8.");
        });
    notes.part(
        "SO_REUSEPORT on one of them only",
        () -> {
          int port = lab.freePort();
          a.listener("first", LOOPBACK, port);
          notes.check(PORT_ONLY_SECOND, bind(b, port, SO_REUSEPORT));
          int another = lab.freePort();
          a.listener("first", LOOPBACK, another, SO_REUSEPORT);
          notes.check(PORT_ONLY_FIRST, bind(b, another));
        });
    notes.part(
        "The holder changes its mind",
        () -> {
          int port = lab.freePort();
          Sock closedToOthers = a.listener("first", LOOPBACK, port);
          closedToOthers.set(SO_REUSEPORT, 1).must();
          notes.check(SET_LATE, bindAndListen(b, port, SO_REUSEPORT));
          int another = lab.freePort();
          Sock openToOthers = a.listener("first", LOOPBACK, another, SO_REUSEPORT);
          openToOthers.set(SO_REUSEPORT, 0).must();
          notes.check(CLEARED, bindAndListen(b, another, SO_REUSEPORT));
        });
    notes.part(
        "SO_REUSEPORT on both, but another user",
        () -> anotherUser(lab, notes, a));
  }

  private static void reuseAddress(Lab lab, Notebook notes, Program a, Program b) throws Exception {
    Lab.requireNative();
    int port = lab.freePort();
    Sock first = socket(a, "first", SO_REUSEADDR);
    first.bind(LOOPBACK, port).must();
    Sock second = socket(b, "second", SO_REUSEADDR);
    notes.check(ADDR_BIND, second.bind(LOOPBACK, port));
    first.listen(BACKLOG).must();
    notes.check(ADDR_LISTEN, second.listen(BACKLOG));
    lab.show(
        a,
        "The kernel's table: a TCP socket that is bound and does not listen is not in it",
        port);
    notes.check(ADDR_LATE_BIND, socket(b, "third", SO_REUSEADDR).bind(LOOPBACK, port));
    first.close();
    notes.check(ADDR_HANDOVER, second.listen(BACKLOG));
  }

  private static void anotherUser(Lab lab, Notebook notes, Program a) throws Exception {
    Program other = lab.programOfAnotherUser("other");
    notes.say(
        "A runs with user id %s, other with %s.", userOf(a), userOf(other));
    int port = lab.freePort();
    a.listener("first", LOOPBACK, port, SO_REUSEPORT);
    notes.check(OTHER_USER, bind(other, port, SO_REUSEPORT));
    int another = lab.freePort();
    other.listener("first", LOOPBACK, another, SO_REUSEPORT);
    notes.check(OTHER_USER_FIRST, bind(a, another, SO_REUSEPORT));
  }

  /** The kernel lists listeners by hash, the youngest first or not; here the order says nothing. */
  private static String sorted(String summary) {
    return Stream.of(summary.split(", ")).sorted().collect(Collectors.joining(", "));
  }

  private static Object userOf(Program program) throws Exception {
    return Files.getAttribute(Path.of("/proc", String.valueOf(program.pid())), "unix:uid");
  }

  private static Outcome bind(Program program, int port, Option... options) throws Exception {
    return socket(program, "second", options).bind(LOOPBACK, port);
  }

  /** What listen returns after a bind that succeeded, else what bind returned. */
  private static Outcome bindAndListen(Program program, int port, Option... options)
      throws Exception {
    Sock socket = socket(program, "second", options);
    Outcome bound = socket.bind(LOOPBACK, port);
    return bound.isOk() ? socket.listen(BACKLOG) : bound;
  }

  private static Sock socket(Program program, String label, Option... options) throws Exception {
    Sock socket = program.tcp(label);
    for (Option option : options) {
      socket.set(option, 1).must();
    }
    return socket;
  }
}
