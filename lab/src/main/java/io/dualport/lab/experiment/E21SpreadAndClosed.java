package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.experiment.GuardedPort.DATAGRAMS;
import static io.dualport.lab.experiment.GuardedPort.Guard.AFTER_THE_MEMBERS;
import static io.dualport.lab.experiment.GuardedPort.Guard.BEFORE_THE_MEMBERS;
import static io.dualport.lab.experiment.GuardedPort.Guard.NONE;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How does one UDP port serve many sockets of one program, and nobody else's? Longer than most
 * chapters: the kernel keeps several lists, and the guard must be worth something in each.
 */
public final class E21SpreadAndClosed implements Experiment {
  private static final String IPV4 = "127.0.0.1";
  private static final String IPV6 = "::1";
  private static final int FEW = 4;

  /** With the guard more than ten, where the kernel looks for conflicts in another list. */
  private static final int MANY = 12;

  private static final String CONFLICT = "udp_lib_lport_inuse in net/ipv4/udp.c";
  private static final String SELECT =
      "udp4_lib_lookup2 in net/ipv4/udp.c; reuseport_select_sock in net/core/sock_reuseport.c";
  private static final String RULE =
      "socket(7) SO_ATTACH_REUSEPORT_CBPF; run_bpf_filter in net/core/sock_reuseport.c";
  private static final String ORDER =
      "udp_lib_get_port in net/ipv4/udp.c; sk_add_node_rcu in include/net/sock.h";

  /** The port that the next step is about. */
  private GuardedPort port;

  /** Those where nobody else should get in. */
  private final List<GuardedPort> closed = new ArrayList<>();

  @Override
  public Script script() {
    return Script.of("21", "UDP spread, and yet nobody else gets in")
        .question(
            "A program wants all its threads to receive on one UDP port. How do its own sockets"
                + " share it, and nobody else's?")
        .filter("udp.port == PORT")
        .act(lab -> Needs.nativeCalls())
        .act(lab -> closed.clear())
        .part("SO_REUSEPORT on all: shared, and open to the next")
        .act(lab -> port = new GuardedPort(lab, lab.program("server"), IPV4, FEW, NONE))
        .expect(
            "all-with-the-option",
            FEW + " of " + FEW + " sockets hear something",
            "With SO_REUSEPORT on all four, a hash of the five-tuple spreads the datagrams.",
            "socket(7) SO_REUSEPORT; " + SELECT,
            lab -> port.hearing())
        .expect(
            "another-program-joins",
            "OK, " + (FEW + 1) + " of " + (FEW + 1) + " sockets hear something",
            "Any later program of the same user that sets the option is one more of them, and takes"
                + " its share. Nobody is told.",
            CONFLICT + "; " + SELECT,
            lab -> port.join(lab.program("other")) + ", " + port.hearing())
        .part("Cleared after the bind: closed, and no longer shared")
        .act(lab -> port = new GuardedPort(lab, lab.program("server"), IPV4, FEW, NONE))
        .act(lab -> port.clearMembers())
        .expect(
            "cleared-newcomers",
            EADDRINUSE,
            "The option counts at the moment of a newcomer's bind, on both sides. Cleared on all"
                + " four afterwards, it lets nobody join.",
            CONFLICT,
            this::newcomers)
        .expect(
            "cleared-one-hears-all",
            "member0 0, member1 0, member2 0, member3 " + DATAGRAMS,
            "But it also counts when a datagram comes: without it they are equals, of which the"
                + " last bound gets everything (experiment 15).",
            "inet_lookup_reuseport in net/ipv4/inet_hashtables.c: only if sk_reuseport;"
                + " udp4_lib_lookup2 in net/ipv4/udp.c",
            lab -> port.heard())
        .part("A guard beside them: shared, and closed")
        .act(lab -> guarded(lab, IPV4, FEW))
        .act(lab -> port.show())
        .expect(
            "guarded-members-share",
            FEW + " of " + FEW + " members hear something, guard 0",
            "One more socket, the guard, is connected to a peer that never sends. So it matches no"
                + " datagram, and the members share as before.",
            "compute_score in net/ipv4/udp.c: -1 if the peer is another; " + SELECT,
            lab -> port.shares())
        .expect(
            "guarded-newcomers",
            EADDRINUSE,
            "The guard has the option just while it is bound, last of all. The check goes through"
                + " the list from its head, where the last bound IPv4 socket is, and ends at the"
                + " first conflict: the guard.",
            CONFLICT + "; " + ORDER,
            this::newcomers)
        .part("A rule that can be read: source port modulo members")
        .needsEarlierParts()
        .expect(
            "rule",
            DATAGRAMS + " of " + DATAGRAMS + " where the rule says",
            "Source port modulo the number of members says who gets a datagram: a program of four"
                + " instructions that needs no privilege. Each datagram here names its receiver"
                + " before it is sent. Where the guard is bound first it has the group's first"
                + " place, so the rule adds one.",
            RULE,
            this::asRuled)
        .say(
            "Dualport's server binds its datagram sockets like this, one for each event"
                + " loop; experiment 15 tries to get in there.")
        .part("More than ten sockets on the port")
        .act(lab -> anotherGuarded(lab, IPV4, MANY))
        .expect(
            "many-newcomers",
            EADDRINUSE,
            "With more than ten sockets on the port the kernel looks in the list of the address"
                + " instead, whose head is the guard as well; for a wildcard it takes the port's"
                + " list all the same. (Kernels without inet_use_hash2_on_bind let the wildcard be"
                + " bound then; it hears nothing of what is sent to the address.)",
            "udp_lib_get_port, inet_use_hash2_on_bind and udp_lib_lport_inuse2, net/ipv4/udp.c",
            this::newcomers)
        .again("rule", this::asRuled)
        .part("IPv6: the guard comes first")
        .act(lab -> Needs.address(IPV6))
        .act(lab -> anotherGuarded(lab, IPV6, FEW))
        .expect(
            "ipv6-newcomers",
            EADDRINUSE,
            "An IPv6 socket with the option goes to the end of the list. So the guard is bound"
                + " first, without it, has it while the others are bound, and stays at the head.",
            CONFLICT + "; " + ORDER,
            this::newcomers)
        .again("rule", this::asRuled)
        .act(lab -> anotherGuarded(lab, IPV6, MANY))
        .again("ipv6-newcomers", this::newcomers)
        .again("rule", this::asRuled)
        .part("The guard in the wrong place")
        .act(lab -> Needs.address(IPV6))
        .expect(
            "misplaced-guard",
            "IPv4 bound first: OK, IPv6 bound last: OK",
            "Elsewhere in the list the guard is of no use: the check meets a member that shares,"
                + " and ends there. The newcomer is in.",
            CONFLICT + "; " + ORDER,
            E21SpreadAndClosed::besideAMisplacedGuard)
        .part("A program of another user")
        .expect(
            "other-user",
            EADDRINUSE,
            "A program of another user is refused at each of these ports, too.",
            CONFLICT + "; socket(7) SO_REUSEPORT",
            this::newcomersOfAnotherUser)
        .answer(
            "Its sockets all have SO_REUSEPORT, and one more, the guard, keeps everybody else out:"
                + " it is connected to a peer that never sends, has no such option once all are"
                + " bound, and stands where the kernel looks first, so it is bound last for IPv4"
                + " and first for IPv6.")
        .refines(
            TWO_PROCESSES,
            "Two different processes cannot bind the same port of one protocol.",
            "Where sockets share, any process of the same user can join, unless one socket of the"
                + " port refuses and stands where the kernel looks first.")
        .corrects(
            COMMON_BELIEF,
            "SO_REUSEPORT shares a port among the threads of one program.",
            "The kernel knows no such border: it compares users, not programs.")
        .refines(
            COMMON_BELIEF,
            "Which socket of a group gets a datagram cannot be known.",
            "Not from the hash, whose key is drawn at boot; but a program of a few instructions"
                + " puts a rule in its place.");
  }

  /** A port whose guard is where the kernel looks first. */
  private void guarded(Lab lab, String address, int members) throws Exception {
    Program server = members == FEW ? lab.program("server") : lab.program("server").quiet();
    GuardedPort.Guard place = address.equals(IPV6) ? BEFORE_THE_MEMBERS : AFTER_THE_MEMBERS;
    port = new GuardedPort(lab, server, address, members, place);
    closed.add(port);
  }

  private void anotherGuarded(Lab lab, String address, int members) throws Exception {
    lab.say("The guard and %d members:", members);
    guarded(lab, address, members);
  }

  private String newcomers(Lab lab) throws Exception {
    return port.newcomers(lab.program("other"));
  }

  private String asRuled(Lab lab) throws Exception {
    port.attachRule();
    return port.asNamed();
  }

  private static String besideAMisplacedGuard(Lab lab) throws Exception {
    Program server = lab.program("server").quiet();
    GuardedPort first = new GuardedPort(lab, server, IPV4, FEW, BEFORE_THE_MEMBERS);
    lab.say("%d members, behind a guard that was bound first:", FEW);
    String joined = "IPv4 bound first: " + first.join(lab.program("other"));
    GuardedPort last = new GuardedPort(lab, server, IPV6, FEW, AFTER_THE_MEMBERS);
    lab.say("IPv6, and the guard bound last:");
    return joined + ", IPv6 bound last: " + last.join(lab.program("other"));
  }

  private String newcomersOfAnotherUser(Lab lab) throws Exception {
    Program nobody = lab.programOfAnotherUser("nobody");
    Set<String> results = new TreeSet<>();
    for (GuardedPort one : closed) {
      results.add(one.newcomers(nobody));
    }
    return String.join(", ", results);
  }
}
