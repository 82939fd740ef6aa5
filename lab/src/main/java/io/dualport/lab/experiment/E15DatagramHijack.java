package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_MULTICAST_IF;
import static io.dualport.lab.socket.Option.IP_MULTICAST_LOOP;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.util.ArrayList;
import java.util.List;

/** Two UDP sockets on the very same address and port: who hears, and who may do that to whom? */
public final class E15DatagramHijack implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int LOOPBACK_AS_NUMBER = 0x7f000001;
  private static final String EVERYWHERE = "0.0.0.0";

  /** Of the block that is private to an organisation (RFC 2365 section 6.1). */
  private static final String GROUP = "239.255.15.15";

  /** Datagrams of one round, each from a source port of its own unless said otherwise. */
  private static final int ROUND = 20;

  /** So many flows that a hash which splits them evenly misses one of two once in 2^63 runs. */
  private static final int FLOWS = 64;

  private static final String CONFLICT = "udp_lib_lport_inuse in net/ipv4/udp.c";

  private static final Prediction BOTH_BIND =
      Prediction.exactly(
          "both-set-reuseaddr",
          "OK",
          Bilingual.of(
              "UDP has no listener that could stand in the way: with SO_REUSEADDR on both sockets"
                  + " the second may bind the very same address and port."),
          CONFLICT + "; socket(7) SO_REUSEADDR");

  private static final Prediction HIJACK =
      Prediction.exactly(
          "last-bound-hears-all",
          "first 0, second " + ROUND,
          Bilingual.of(
              "A unicast datagram goes to one socket only. Of equals it is the one bound last, for"
                  + " every sender; the first gets neither datagrams nor an error."),
          "udp_lib_get_port puts a new socket at the head of the chain, udp4_lib_lookup2 keeps the"
              + " first of equal score, net/ipv4/udp.c");

  private static final Prediction GIVEN_BACK =
      Prediction.exactly(
          "second-leaves",
          "first 1",
          Bilingual.of(
              "When the second closes, the first hears again, as if nothing had been."),
          "udp_lib_unhash and udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction FIRST_WITHOUT =
      Prediction.exactly(
          "first-without-option",
          "EADDRINUSE",
          Bilingual.of(
              "The first can prevent it by leaving the option alone: both must have set it."),
          CONFLICT + "; bind(2) EADDRINUSE");

  private static final Prediction DUAL_SERVER =
      Prediction.exactly(
          "dual-server",
          "none EADDRINUSE, SO_REUSEADDR EADDRINUSE, SO_REUSEPORT EADDRINUSE",
          Bilingual.of(
              "Dualport's server lets nobody bind over it either. A single UDP socket of it has neither option set while it"
                  + " serves; where it has one for each event loop, these share the port, and a guard socket without"
                  + " either option refuses everybody else."),
          CONFLICT);

  private static final Prediction STRANGER_BINDS =
      Prediction.exactly(
          "other-user-reuseaddr",
          "OK, first 0, stranger " + ROUND,
          Bilingual.of(
              "SO_REUSEADDR asks for no user: a program of another user binds on top and hears all."),
          CONFLICT + " compares users for SO_REUSEPORT only");

  private static final Prediction STRANGER_REFUSED =
      Prediction.exactly(
          "other-user-reuseport",
          "EADDRINUSE",
          Bilingual.of(
              "SO_REUSEPORT does: all sockets of a group must be of one user."),
          "socket(7) SO_REUSEPORT; uid_eq in " + CONFLICT);

  private static final Prediction SHARED =
      Prediction.exactly(
          "reuseport-many-flows",
          "2 of 2 sockets hear something",
          Bilingual.of(
              "With SO_REUSEPORT on both, a hash of the five-tuple picks the socket: many source"
                  + " ports spread over both."),
          "socket(7) SO_REUSEPORT; udp_ehashfn and reuseport_select_sock,"
              + " net/core/sock_reuseport.c");

  private static final Prediction ONE_FLOW =
      Prediction.exactly(
          "reuseport-one-flow",
          "1 of 2 sockets hear something",
          Bilingual.of(
              "One source port is one five-tuple: always the same socket."),
          "reuseport_select_sock in net/core/sock_reuseport.c");

  private static final Prediction MULTICAST =
      Prediction.exactly(
          "multicast-reuseaddr",
          "A " + ROUND + ", B " + ROUND + ", C " + ROUND,
          Bilingual.of(
              "A multicast datagram is copied to every socket that matches, so here "
                  + "duplicate binding"
                  + " is what the option is for."),
          "__udp4_lib_mcast_deliver in net/ipv4/udp.c; ip(7) IP_ADD_MEMBERSHIP");

  private static final Prediction MULTICAST_REUSEPORT =
      Prediction.exactly(
          "multicast-reuseport",
          "A " + ROUND + ", B " + ROUND + ", C " + ROUND,
          Bilingual.of(
              "With SO_REUSEPORT instead it is the same: copies for all, no share for each."),
          "__udp4_lib_mcast_deliver never calls reuseport_select_sock");

  private static final Prediction UNICAST_BESIDE =
      Prediction.exactly(
          "unicast-to-the-same",
          "A 0, B 0, C " + ROUND,
          Bilingual.of(
              "A unicast datagram to the same sockets goes to the last bound alone."),
          "udp4_lib_lookup2 in net/ipv4/udp.c");

  @Override
  public Page page() {
    return new Page(
        "15",
        Bilingual.of("Two UDP sockets on one address and port"),
        Bilingual.of(
            "Can two processes bind one UDP port, and who then gets the datagrams?"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of("UDP cannot bind one port twice at one moment."),
                Bilingual.of(
                    "It can, with SO_REUSEADDR or SO_REUSEPORT on both sockets, even on the same"
                        + " address. Without them it cannot.")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "SO_REUSEADDR has four uses (after UNP); the text breaks off before the fourth."),
                Bilingual.of(
                    "The fourth is this one: completely duplicate binding, for UDP only, meant for"
                        + " multicast, where everyone gets a copy.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "A server should always set SO_REUSEADDR, on UDP too."),
                Bilingual.of(
                    "UDP has no TIME_WAIT, so it gains nothing and lets any local program take its"
                        + " datagrams away."))),
        List.of(
            BOTH_BIND,
            HIJACK,
            GIVEN_BACK,
            STRANGER_BINDS,
            STRANGER_REFUSED,
            FIRST_WITHOUT,
            DUAL_SERVER,
            SHARED,
            ONE_FLOW,
            MULTICAST,
            UNICAST_BESIDE,
            MULTICAST_REUSEPORT));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    int served = lab.freePort();
    // At once, so that it is up when its part comes.
    lab.startMain(
        "io.dualport.server.DualServerMain",
        "--port",
        String.valueOf(served),
        "--view",
        "quiet",
        "--admin",
        "off");
    Program a = lab.program("A");
    Program b = lab.program("B");
    Program sender = lab.program("sender");

    notes.part(
        "Both set SO_REUSEADDR: the first hears nothing any more",
        () -> hijack(lab, notes, a, b, sender));
    notes.part(
        "The same by a program of another user",
        () -> stranger(lab, notes, a, sender));
    notes.part("How to keep the port", () -> keep(lab, notes, a, b, served));
    notes.part(
        "SO_REUSEPORT: shared on purpose",
        () -> share(lab, notes, a, b, sender));
    notes.part(
        "Multicast: what duplicate binding is for",
        () -> multicast(lab, notes, List.of(a, b, lab.program("C")), sender));
  }

  private static void hijack(Lab lab, Notebook notes, Program a, Program b, Program sender)
      throws Exception {
    int port = lab.freePort();
    Receivers receivers = new Receivers(lab, notes);
    receivers.add(a, a.datagrams("first", LOOPBACK, port, SO_REUSEADDR));
    Sock second = b.udp("second");
    second.set(SO_REUSEADDR, 1).must();
    notes.check(BOTH_BIND, second.bind(LOOPBACK, port));
    receivers.add(b, second);
    lab.show(a, "The kernel's table does not tell who will hear", port);
    sendFromManyPorts(notes, sender, ROUND, LOOPBACK, port);
    notes.check(HIJACK, receivers.heard(ROUND));
    second.close();
    sendFromManyPorts(notes, sender, 1, LOOPBACK, port);
    receivers.remove(second);
    notes.check(GIVEN_BACK, receivers.heard(1));
  }

  private static void stranger(Lab lab, Notebook notes, Program a, Program sender)
      throws Exception {
    Program other = lab.programOfAnotherUser("nobody");
    int port = lab.freePort();
    Receivers receivers = new Receivers(lab, notes);
    receivers.add(a, a.datagrams("first", LOOPBACK, port, SO_REUSEADDR));
    Sock stranger = other.udp("stranger");
    stranger.set(SO_REUSEADDR, 1).must();
    String bound = stranger.bind(LOOPBACK, port).word();
    receivers.add(other, stranger);
    sendFromManyPorts(notes, sender, ROUND, LOOPBACK, port);
    notes.check(STRANGER_BINDS, bound + ", " + receivers.heard(ROUND));

    int shared = lab.freePort();
    a.datagrams("member", LOOPBACK, shared, SO_REUSEPORT);
    Sock intruder = other.udp("intruder");
    intruder.set(SO_REUSEPORT, 1).must();
    notes.check(STRANGER_REFUSED, intruder.bind(LOOPBACK, shared));
  }

  private static void keep(Lab lab, Notebook notes, Program a, Program b, int served)
      throws Exception {
    int port = lab.freePort();
    a.datagrams("first", LOOPBACK, port);
    Sock second = b.udp("second");
    second.set(SO_REUSEADDR, 1).must();
    notes.check(FIRST_WITHOUT, second.bind(LOOPBACK, port));

    notes.say("And a real one, started with --port %d.", served);
    lab.await(
        "the server has bound UDP",
        () -> lab.count(b, SocketState.UNCONN, served) >= 1);
    List<String> attempts = new ArrayList<>();
    attempts.add("none " + b.udp("bare").bind(LOOPBACK, served));
    for (Option option : List.of(SO_REUSEADDR, SO_REUSEPORT)) {
      Sock intruder = b.udp("intruder");
      intruder.set(option, 1).must();
      attempts.add(option + " " + intruder.bind(LOOPBACK, served));
    }
    notes.check(DUAL_SERVER, String.join(", ", attempts));
  }

  private static void share(Lab lab, Notebook notes, Program a, Program b, Program sender)
      throws Exception {
    int port = lab.freePort();
    Receivers receivers = new Receivers(lab, notes);
    receivers.add(a, a.datagrams("one", LOOPBACK, port, SO_REUSEPORT));
    receivers.add(b, b.datagrams("two", LOOPBACK, port, SO_REUSEPORT));
    sendFromManyPorts(notes, sender, FLOWS, LOOPBACK, port);
    notes.check(SHARED, receivers.hearing(FLOWS));
    sendFromOnePort(notes, sender, sender.udp("flow"), LOOPBACK, port);
    notes.check(ONE_FLOW, receivers.hearing(ROUND));
    notes.say(
        "Which of the two is decided by a secret that changes at every boot.");
  }

  private static void multicast(Lab lab, Notebook notes, List<Program> programs, Program sender)
      throws Exception {
    Sock speaker = sender.udp("speaker");
    speaker.set(IP_MULTICAST_IF, LOOPBACK_AS_NUMBER).must();
    speaker.set(IP_MULTICAST_LOOP, 1).must();

    int port = lab.freePort();
    Receivers members = members(lab, notes, programs, port, SO_REUSEADDR);
    sendFromOnePort(notes, sender, speaker, GROUP, port);
    notes.check(MULTICAST, members.heard(ROUND * programs.size()));
    sendFromOnePort(notes, sender, speaker, LOOPBACK, port);
    notes.check(UNICAST_BESIDE, members.heard(ROUND));

    int another = lab.freePort();
    Receivers group = members(lab, notes, programs, another, SO_REUSEPORT);
    sendFromOnePort(notes, sender, speaker, GROUP, another);
    notes.check(MULTICAST_REUSEPORT, group.heard(ROUND * programs.size()));
  }

  private static Receivers members(
      Lab lab, Notebook notes, List<Program> programs, int port, Option option) throws Exception {
    Receivers members = new Receivers(lab, notes);
    for (Program program : programs) {
      Sock member = program.datagrams(program.name(), EVERYWHERE, port, option);
      member.join(GROUP, LOOPBACK).must();
      members.add(program, member);
    }
    return members;
  }

  private static void sendFromManyPorts(
      Notebook notes, Program sender, int count, String address, int port) throws Exception {
    for (int i = 0; i < count; i++) {
      Sock flow = sender.quiet().udp("flow");
      flow.sendTo("message " + i, address, port).must();
      flow.close();
    }
    notes.say(
        "%s sends to %s:%d, each time from another source port; datagrams: %d.", sender, address, port, count);
  }

  private static void sendFromOnePort(
      Notebook notes, Program sender, Sock flow, String address, int port) throws Exception {
    Sock quiet = new Sock(sender.quiet(), flow.label(), flow.descriptor());
    for (int i = 0; i < ROUND; i++) {
      quiet.sendTo("message " + i, address, port).must();
    }
    notes.say(
        "%s sends %d datagrams to %s:%d, all from one source port.", sender, ROUND, address, port);
  }
}
