package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Bilingual;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** How does one UDP port serve many sockets of one program, and nobody else's? */
public final class E21SpreadAndClosed implements Experiment {
  private static final String IPV4 = "127.0.0.1";
  private static final String IPV6 = "::1";
  private static final int FEW = 4;

  /** With the guard more than ten, where the kernel looks for conflicts in another list. */
  private static final int MANY = 12;

  private static final int SENT = GuardedPort.DATAGRAMS;
  private static final String REFUSED = "EADDRINUSE";

  private static final String CONFLICT = "udp_lib_lport_inuse in net/ipv4/udp.c";
  private static final String SELECT =
      "udp4_lib_lookup2 in net/ipv4/udp.c; reuseport_select_sock in net/core/sock_reuseport.c";
  private static final String RULE =
      "socket(7) SO_ATTACH_REUSEPORT_CBPF; run_bpf_filter in net/core/sock_reuseport.c";
  private static final String ORDER =
      "udp_lib_get_port in net/ipv4/udp.c; sk_add_node_rcu in include/net/sock.h";

  private static final Prediction SHARED =
      Prediction.exactly(
          "all-with-the-option",
          FEW + " of " + FEW + " sockets hear something",
          Bilingual.of(
              "With SO_REUSEPORT on all four, a hash of the five-tuple spreads the datagrams."),
          "socket(7) SO_REUSEPORT; " + SELECT);

  private static final Prediction JOINED =
      Prediction.exactly(
          "another-program-joins",
          "OK, " + (FEW + 1) + " of " + (FEW + 1) + " sockets hear something",
          Bilingual.of(
              "Any later program of the same user that sets the option is one more of them, and"
                  + " takes its share. Nobody is told."),
          CONFLICT + "; " + SELECT);

  private static final Prediction CLEARED =
      Prediction.exactly(
          "cleared-newcomers",
          REFUSED,
          Bilingual.of(
              "The option counts at the moment of a newcomer's bind, on both sides. Cleared on all"
                  + " four afterwards, it lets nobody join."),
          CONFLICT);

  private static final Prediction LAST_HEARS_ALL =
      Prediction.exactly(
          "cleared-one-hears-all",
          "member0 0, member1 0, member2 0, member3 " + SENT,
          Bilingual.of(
              "But it also counts when a datagram comes: without it they are equals, of which the"
                  + " last bound gets everything (experiment 15)."),
          "inet_lookup_reuseport in net/ipv4/inet_hashtables.c: only if sk_reuseport;"
              + " udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction GUARDED =
      Prediction.exactly(
          "guarded-members-share",
          FEW + " of " + FEW + " members hear something, guard 0",
          Bilingual.of(
              "One more socket, the guard, is connected to a peer that never sends. So it matches no"
                  + " datagram, and the members share as before."),
          "compute_score in net/ipv4/udp.c: -1 if the peer is another; " + SELECT);

  private static final Prediction GUARDED_NEWCOMERS =
      Prediction.exactly(
          "guarded-newcomers",
          REFUSED,
          Bilingual.of(
              "The guard has the option just while it is bound, last of all. The check goes through"
                  + " the list from its head, where the last bound IPv4 socket is, and ends at the"
                  + " first conflict: the guard."),
          CONFLICT + "; " + ORDER);

  private static final Prediction AS_RULED =
      Prediction.exactly(
          "rule",
          SENT + " of " + SENT + " where the rule says",
          Bilingual.of(
              "Source port modulo the number of members says who gets a datagram: a program of four"
                  + " instructions that needs no privilege. Each datagram here names its receiver"
                  + " before it is sent. Where the guard is bound first it has the group's first"
                  + " place, so the rule adds one."),
          RULE);

  private static final Prediction MANY_NEWCOMERS =
      Prediction.exactly(
          "many-newcomers",
          REFUSED,
          Bilingual.of(
              "With more than ten sockets on the port the kernel looks in the list of the address"
                  + " instead, whose head is the guard as well; for a wildcard it takes the port's"
                  + " list all the same. (Kernels without inet_use_hash2_on_bind let the wildcard be"
                  + " bound then; it hears nothing of what is sent to the address.)"),
          "udp_lib_get_port, inet_use_hash2_on_bind and udp_lib_lport_inuse2, net/ipv4/udp.c");

  private static final Prediction IPV6_NEWCOMERS =
      Prediction.exactly(
          "ipv6-newcomers",
          REFUSED,
          Bilingual.of(
              "An IPv6 socket with the option goes to the end of the list. So the guard is bound"
                  + " first, without it, has it while the others are bound, and stays at the head."),
          CONFLICT + "; " + ORDER);

  private static final Prediction MISPLACED =
      Prediction.exactly(
          "misplaced-guard",
          "IPv4 bound first: OK, IPv6 bound last: OK",
          Bilingual.of(
              "Elsewhere in the list the guard is of no use: the check meets a member that shares, and"
                  + " ends there. The newcomer is in."),
          CONFLICT + "; " + ORDER);

  private static final Prediction OTHER_USER =
      Prediction.exactly(
          "other-user",
          REFUSED,
          Bilingual.of(
              "A program of another user is refused at each of these ports, too."),
          CONFLICT + "; socket(7) SO_REUSEPORT");

  @Override
  public Page page() {
    return new Page(
        "21",
        Bilingual.of("UDP spread, and yet nobody else gets in"),
        Bilingual.of(
            "A program wants all its threads to receive on one UDP port. How do its own sockets share"
                + " it, and nobody else's?"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "Two different processes cannot bind the same port of one protocol."),
                Bilingual.of(
                    "Where sockets share, any process of the same user can join, unless one socket of"
                        + " the port refuses and stands where the kernel looks first.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "SO_REUSEPORT shares a port among the threads of one program."),
                Bilingual.of(
                    "The kernel knows no such border: it compares users, not programs.")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Bilingual.of(
                    "Which socket of a group gets a datagram cannot be known."),
                Bilingual.of(
                    "Not from the hash, whose key is drawn at boot; but a program of a few"
                        + " instructions puts a rule in its place."))),
        List.of(
            SHARED,
            JOINED,
            CLEARED,
            LAST_HEARS_ALL,
            GUARDED,
            GUARDED_NEWCOMERS,
            AS_RULED,
            MANY_NEWCOMERS,
            IPV6_NEWCOMERS,
            MISPLACED,
            OTHER_USER));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Lab.requireNative();
    Stage stage =
        new Stage(lab, notes, lab.program("server"), lab.program("other"), lab.program("client"));
    List<GuardedPort> guarded = new ArrayList<>();

    notes.part(
        "SO_REUSEPORT on all: shared, and open to the next",
        stage::open);
    notes.part(
        "Cleared after the bind: closed, and no longer shared", stage::cleared);
    notes.part(
        "A guard beside them: shared, and closed",
        () -> guarded.add(stage.guarded()));
    notes.part(
        "A rule that can be read: source port modulo members",
        () -> {
          notes.requireEarlierParts();
          stage.ruled(guarded.get(0));
          notes.say(
              "Dualport's server binds its datagram sockets like this, one for each event loop;"
                  + " experiment 15 tries to get in there.");
        });
    notes.part(
        "More than ten sockets on the port",
        () -> guarded.add(stage.whole(IPV4, MANY, MANY_NEWCOMERS)));
    notes.part(
        "IPv6: the guard comes first",
        () -> {
          lab.requireAddress(IPV6);
          guarded.add(stage.whole(IPV6, FEW, IPV6_NEWCOMERS));
          guarded.add(stage.whole(IPV6, MANY, IPV6_NEWCOMERS));
        });
    notes.part("The guard in the wrong place", stage::misplaced);
    notes.part(
        "A program of another user",
        () -> {
          Program nobody = lab.programOfAnotherUser("nobody");
          Set<String> results = new TreeSet<>();
          for (GuardedPort port : guarded) {
            results.add(port.newcomers(nobody));
          }
          notes.check(OTHER_USER, String.join(", ", results));
        });
  }

  /** Who takes part. */
  private record Stage(Lab lab, Notebook notes, Program server, Program other, Program client) {
    void open() throws Exception {
      GuardedPort port = new GuardedPort(lab, notes, server, IPV4, false);
      port.bindMembers(FEW);
      port.send(client);
      notes.check(SHARED, port.receivers().hearing(SENT));
      String joined = port.join(other).word();
      port.send(client);
      notes.check(JOINED, joined + ", " + port.receivers().hearing(SENT));
    }

    void cleared() throws Exception {
      GuardedPort port = new GuardedPort(lab, notes, server, IPV4, false);
      port.bindMembers(FEW);
      port.clearMembers();
      notes.check(CLEARED, port.newcomers(other));
      port.send(client);
      notes.check(LAST_HEARS_ALL, port.receivers().heard(SENT));
    }

    GuardedPort guarded() throws Exception {
      GuardedPort port = new GuardedPort(lab, notes, server, IPV4, false);
      port.bindGuarded(FEW);
      port.show();
      port.send(client);
      notes.check(GUARDED, port.shares());
      notes.check(GUARDED_NEWCOMERS, port.newcomers(other));
      return port;
    }

    void ruled(GuardedPort port) throws Exception {
      port.attachRule();
      port.send(client);
      notes.check(AS_RULED, port.asNamed());
    }

    /** A port with guard and rule, and who else gets in. */
    GuardedPort whole(String address, int members, Prediction newcomers) throws Exception {
      Program owner = members == FEW ? server : server.quiet();
      GuardedPort port = new GuardedPort(lab, notes, owner, address, address.equals(IPV6));
      notes.say("The guard and %d members:", members);
      port.bindGuarded(members);
      notes.check(newcomers, port.newcomers(other));
      ruled(port);
      return port;
    }

    void misplaced() throws Exception {
      lab.requireAddress(IPV6);
      GuardedPort first = new GuardedPort(lab, notes, server.quiet(), IPV4, true);
      first.bindGuarded(FEW);
      notes.say("%d members, behind a guard that was bound first:", FEW);
      String joined = "IPv4 bound first: " + first.join(other);
      GuardedPort last = new GuardedPort(lab, notes, server.quiet(), IPV6, false);
      last.bindGuarded(FEW);
      notes.say("IPv6, and the guard bound last:");
      notes.check(MISPLACED, joined + ", IPv6 bound last: " + last.join(other));
    }
  }
}
