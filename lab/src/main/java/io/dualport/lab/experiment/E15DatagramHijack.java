package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Option.IP_MULTICAST_IF;
import static io.dualport.lab.socket.Option.IP_MULTICAST_LOOP;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Option;
import java.util.List;

/**
 * Can two processes bind one UDP port, and who then gets the datagrams? Longer than others, as two
 * options are each tried with a friend, with another user, and with multicast.
 */
public final class E15DatagramHijack implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int LOOPBACK_AS_NUMBER = 0x7f000001;
  private static final String EVERYWHERE = "0.0.0.0";

  /** Of the block that is private to an organisation (RFC 2365 section 6.1). */
  private static final String GROUP = "239.255.15.15";

  private static final List<String> MEMBERS = List.of("A", "B", "C");

  /** Datagrams of one round, each from a source port of its own unless said otherwise. */
  private static final int ROUND = 20;

  private static final String A_COPY_FOR_EACH = "A " + ROUND + ", B " + ROUND + ", C " + ROUND;

  /** So many flows that a hash which splits them evenly misses one of two once in 2^63 runs. */
  private static final int FLOWS = 64;

  private static final String CONFLICT = "udp_lib_lport_inuse in net/ipv4/udp.c";

  /** The port of Dualport's server. */
  private int served;

  /** The port that two want, and who of them hears what. */
  private int port;

  private Receivers receivers;

  private Sock second;
  private Program nobody;
  private Sock speaker;

  @Override
  public Script script() {
    return Script.of("15", "Two UDP sockets on one address and port")
        .question("Can two processes bind one UDP port, and who then gets the datagrams?")
        .filter("udp.port == PORT")
        .act(this::startDualport)
        .part("Both set SO_REUSEADDR: the first hears nothing any more")
        .expect(
            "both-set-reuseaddr",
            OK,
            "UDP has no listener that could stand in the way: with SO_REUSEADDR on both sockets the"
                + " second may bind the very same address and port.",
            CONFLICT + "; socket(7) SO_REUSEADDR",
            lab -> {
              bindNewPort(lab, "first", SO_REUSEADDR);
              return bindAsWell(lab.program("B"), "second", SO_REUSEADDR);
            })
        .act(
            lab ->
                lab.show(lab.program("A"), "The kernel's table does not tell who will hear", port))
        .expect(
            "last-bound-hears-all",
            "first 0, second " + ROUND,
            "A unicast datagram goes to one socket only. Of equals it is the one bound last, for"
                + " every sender; the first gets neither datagrams nor an error.",
            "udp_lib_get_port puts a new socket at the head of the chain, udp4_lib_lookup2 keeps"
                + " the first of equal score, net/ipv4/udp.c",
            lab -> heardFromManyPorts(lab, ROUND))
        .expect(
            "second-leaves",
            "first 1",
            "When the second closes, the first hears again, as if nothing had been.",
            "udp_lib_unhash and udp4_lib_lookup2 in net/ipv4/udp.c",
            lab -> {
              second.close();
              receivers.remove(second);
              return heardFromManyPorts(lab, 1);
            })
        .part("The same by a program of another user")
        .act(lab -> nobody = lab.programOfAnotherUser("nobody"))
        .expect(
            "other-user-reuseaddr",
            "OK, first 0, stranger " + ROUND,
            "SO_REUSEADDR asks for no user: a program of another user binds on top and hears all.",
            CONFLICT + " compares users for SO_REUSEPORT only",
            lab -> {
              bindNewPort(lab, "first", SO_REUSEADDR);
              Outcome bound = bindAsWell(nobody, "stranger", SO_REUSEADDR);
              return bound + ", " + heardFromManyPorts(lab, ROUND);
            })
        .expect(
            "other-user-reuseport",
            EADDRINUSE,
            "SO_REUSEPORT does: all sockets of a group must be of one user.",
            "socket(7) SO_REUSEPORT; uid_eq in " + CONFLICT,
            lab -> {
              bindNewPort(lab, "member", SO_REUSEPORT);
              return bindAsWell(nobody, "intruder", SO_REUSEPORT);
            })
        .part("How to keep the port")
        .expect(
            "first-without-option",
            EADDRINUSE,
            "The first can prevent it by leaving the option alone: both must have set it.",
            CONFLICT + "; bind(2) EADDRINUSE",
            lab -> {
              bindNewPort(lab, "first");
              return bindAsWell(lab.program("B"), "second", SO_REUSEADDR);
            })
        .expect(
            "dual-server",
            "none EADDRINUSE, SO_REUSEADDR EADDRINUSE, SO_REUSEPORT EADDRINUSE",
            "Dualport's server lets nobody bind over it either. A single UDP socket of it has"
                + " neither option set while it serves; where it has one for each event loop, these"
                + " share the port, and a guard socket without either option refuses everybody"
                + " else.",
            CONFLICT,
            this::bindBesideDualport)
        .part("SO_REUSEPORT: shared on purpose")
        .expect(
            "reuseport-many-flows",
            "2 of 2 sockets hear something",
            "With SO_REUSEPORT on both, a hash of the five-tuple picks the socket: many source"
                + " ports spread over both.",
            "socket(7) SO_REUSEPORT; udp_ehashfn and reuseport_select_sock,"
                + " net/core/sock_reuseport.c",
            lab -> {
              bindNewPort(lab, "one", SO_REUSEPORT);
              bindAsWell(lab.program("B"), "two", SO_REUSEPORT).must();
              sendFromManyPorts(lab, FLOWS);
              return receivers.hearing(FLOWS);
            })
        .expect(
            "reuseport-one-flow",
            "1 of 2 sockets hear something",
            "One source port is one five-tuple: always the same socket.",
            "reuseport_select_sock in net/core/sock_reuseport.c",
            lab -> {
              sendFromOnePort(lab, lab.program("sender").udp("flow"), LOOPBACK);
              return receivers.hearing(ROUND);
            })
        .say("Which of the two is decided by a secret that changes at every boot.")
        .part("Multicast: what duplicate binding is for")
        .act(this::prepareToSpeakToGroup)
        .expect(
            "multicast-reuseaddr",
            A_COPY_FOR_EACH,
            "A multicast datagram is copied to every socket that matches, so here duplicate binding"
                + " is what the option is for.",
            "__udp4_lib_mcast_deliver in net/ipv4/udp.c; ip(7) IP_ADD_MEMBERSHIP",
            lab -> heardByGroup(lab, SO_REUSEADDR))
        .expect(
            "unicast-to-the-same",
            "A 0, B 0, C " + ROUND,
            "A unicast datagram to the same sockets goes to the last bound alone.",
            "udp4_lib_lookup2 in net/ipv4/udp.c",
            lab -> {
              sendFromOnePort(lab, speaker, LOOPBACK);
              return receivers.heard(ROUND);
            })
        .expect(
            "multicast-reuseport",
            A_COPY_FOR_EACH,
            "With SO_REUSEPORT instead it is the same: copies for all, no share for each.",
            "__udp4_lib_mcast_deliver never calls reuseport_select_sock",
            lab -> heardByGroup(lab, SO_REUSEPORT))
        .answer(
            "Only if both set SO_REUSEADDR or both SO_REUSEPORT: then a unicast datagram goes to"
                + " the one bound last, or to the one that a hash of the five-tuple picks, and a"
                + " multicast datagram to all.")
        .corrects(
            TWO_PROCESSES,
            "UDP cannot bind one port twice at one moment.",
            "It can, with SO_REUSEADDR or SO_REUSEPORT on both sockets, even on the same address."
                + " Without them it cannot.")
        .refines(
            TWO_PROCESSES,
            "SO_REUSEADDR has four uses (after UNP); the text breaks off before the fourth.",
            "The fourth is this one: completely duplicate binding, for UDP only, meant for"
                + " multicast, where everyone gets a copy.")
        .corrects(
            COMMON_BELIEF,
            "A server should always set SO_REUSEADDR, on UDP too.",
            "UDP has no TIME_WAIT, so it gains nothing and lets any local program take its"
                + " datagrams away.");
  }

  /** Before anything else, so that it is up when its part comes. */
  private void startDualport(Lab lab) throws Exception {
    served = lab.freePort();
    lab.startMain(
        "io.dualport.server.DualServerMain",
        "--port",
        String.valueOf(served),
        "--view",
        "quiet",
        "--admin",
        "off");
  }

  private String bindBesideDualport(Lab lab) throws Exception {
    Program b = lab.program("B");
    lab.say("And a real one, started with --port %d.", served);
    lab.await("the server has bound UDP", () -> lab.count(b, SocketState.UNCONN, served) >= 1);
    StringBuilder attempts = new StringBuilder("none " + b.udp("bare").bind(LOOPBACK, served));
    for (Option option : List.of(SO_REUSEADDR, SO_REUSEPORT)) {
      Sock intruder = b.udp("intruder");
      intruder.set(option, 1).must();
      attempts.append(", " + option + " " + intruder.bind(LOOPBACK, served));
    }
    return attempts.toString();
  }

  /** A is the first on a port. */
  private void bindNewPort(Lab lab, String label, Option... options) throws Exception {
    chooseNewPort(lab);
    Program a = lab.program("A");
    receivers.add(a, a.datagrams(label, LOOPBACK, port, options));
  }

  private void chooseNewPort(Lab lab) throws Exception {
    port = lab.freePort();
    receivers = new Receivers(lab);
  }

  /** Another program binds the same address and port. */
  private Outcome bindAsWell(Program program, String label, Option option) throws Exception {
    second = program.udp(label);
    second.set(option, 1).must();
    receivers.add(program, second);
    return second.bind(LOOPBACK, port);
  }

  private void prepareToSpeakToGroup(Lab lab) throws Exception {
    speaker = lab.program("sender").udp("speaker");
    speaker.set(IP_MULTICAST_IF, LOOPBACK_AS_NUMBER).must();
    speaker.set(IP_MULTICAST_LOOP, 1).must();
  }

  /** One socket of each program, all on one port, and all in the group that is spoken to. */
  private String heardByGroup(Lab lab, Option option) throws Exception {
    chooseNewPort(lab);
    for (String name : MEMBERS) {
      Program program = lab.program(name);
      Sock member = program.datagrams(name, EVERYWHERE, port, option);
      member.join(GROUP, LOOPBACK).must();
      receivers.add(program, member);
    }
    sendFromOnePort(lab, speaker, GROUP);
    return receivers.heard(ROUND * MEMBERS.size());
  }

  private String heardFromManyPorts(Lab lab, int count) throws Exception {
    sendFromManyPorts(lab, count);
    return receivers.heard(count);
  }

  private void sendFromManyPorts(Lab lab, int count) throws Exception {
    Program sender = lab.program("sender");
    for (int i = 0; i < count; i++) {
      Sock flow = sender.quiet().udp("flow");
      flow.sendTo("message " + i, LOOPBACK, port).must();
      flow.close();
    }
    lab.say(
        "%s sends to %s:%d, each time from another source port; datagrams: %d.",
        sender, LOOPBACK, port, count);
  }

  private void sendFromOnePort(Lab lab, Sock flow, String address) throws Exception {
    for (int i = 0; i < ROUND; i++) {
      flow.quiet().sendTo("message " + i, address, port).must();
    }
    lab.say(
        "%s sends %d datagrams to %s:%d, all from one source port.",
        lab.program("sender"), ROUND, address, port);
  }
}
