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
import io.dualport.lab.story.Text;
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
          Text.of(
              "With SO_REUSEPORT on all four, a hash of the five-tuple spreads the datagrams.",
              "四个套接字都设 SO_REUSEPORT，由五元组的哈希分摊数据报。"),
          "socket(7) SO_REUSEPORT; " + SELECT);

  private static final Prediction JOINED =
      Prediction.exactly(
          "another-program-joins",
          "OK, " + (FEW + 1) + " of " + (FEW + 1) + " sockets hear something",
          Text.of(
              "Any later program of the same user that sets the option is one more of them, and"
                  + " takes its share. Nobody is told.",
              "同一用户的任何后来程序，只要设了该选项，就成为其中一员并分走一份。没有人得到通知。"),
          CONFLICT + "; " + SELECT);

  private static final Prediction CLEARED =
      Prediction.exactly(
          "cleared-newcomers",
          REFUSED,
          Text.of(
              "The option counts at the moment of a newcomer's bind, on both sides. Cleared on all"
                  + " four afterwards, it lets nobody join.",
              "该选项在后来者 bind 的那一刻起作用，两边都要有。绑定之后把四个都清除，就没有人能再加入。"),
          CONFLICT);

  private static final Prediction LAST_HEARS_ALL =
      Prediction.exactly(
          "cleared-one-hears-all",
          "member0 0, member1 0, member2 0, member3 " + SENT,
          Text.of(
              "But it also counts when a datagram comes: without it they are equals, of which the"
                  + " last bound gets everything (experiment 15).",
              "但数据报到来时也看它：没有它，它们只是条件相同的套接字，一切归最后绑定者（实验 15）。"),
          "inet_lookup_reuseport in net/ipv4/inet_hashtables.c: only if sk_reuseport;"
              + " udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction GUARDED =
      Prediction.exactly(
          "guarded-members-share",
          FEW + " of " + FEW + " members hear something, guard 0",
          Text.of(
              "One more socket, the guard, is connected to a peer that never sends. So it matches no"
                  + " datagram, and the members share as before.",
              "再加一个守护套接字，connect 到从不发送的对端。它不匹配任何数据报，成员照旧分摊。"),
          "compute_score in net/ipv4/udp.c: -1 if the peer is another; " + SELECT);

  private static final Prediction GUARDED_NEWCOMERS =
      Prediction.exactly(
          "guarded-newcomers",
          REFUSED,
          Text.of(
              "The guard has the option just while it is bound, last of all. The check goes through"
                  + " the list from its head, where the last bound IPv4 socket is, and ends at the"
                  + " first conflict: the guard.",
              "守护套接字最后绑定，仅在绑定时设该选项。冲突检查从链表头开始，而最后绑定的 IPv4" + " 套接字正在表头；遇到第一个冲突即止：守护套接字。"),
          CONFLICT + "; " + ORDER);

  private static final Prediction AS_RULED =
      Prediction.exactly(
          "rule",
          SENT + " of " + SENT + " where the rule says",
          Text.of(
              "Source port modulo the number of members says who gets a datagram: a program of four"
                  + " instructions that needs no privilege. Each datagram here names its receiver"
                  + " before it is sent. Where the guard is bound first it has the group's first"
                  + " place, so the rule adds one.",
              "源端口对成员数取模决定数据报归谁：一个四条指令的程序，不需要特权。这里每个数据报在发送前就写明了接收者。"
                  + "守护套接字最先绑定时占了组里的第一个位置，规则要加一。"),
          RULE);

  private static final Prediction MANY_NEWCOMERS =
      Prediction.exactly(
          "many-newcomers",
          REFUSED,
          Text.of(
              "With more than ten sockets on the port the kernel looks in the list of the address"
                  + " instead, whose head is the guard as well; for a wildcard it takes the port's"
                  + " list all the same. (Kernels without inet_use_hash2_on_bind let the wildcard be"
                  + " bound then; it hears nothing of what is sent to the address.)",
              "端口上的套接字超过十个时，内核改查按地址排的链表，表头同样是守护套接字；对通配地址仍查按端口排的链表。（没有"
                  + " inet_use_hash2_on_bind 的内核此时允许绑定通配地址；它收不到发往该地址的任何数据报。）"),
          "udp_lib_get_port, inet_use_hash2_on_bind and udp_lib_lport_inuse2, net/ipv4/udp.c");

  private static final Prediction IPV6_NEWCOMERS =
      Prediction.exactly(
          "ipv6-newcomers",
          REFUSED,
          Text.of(
              "An IPv6 socket with the option goes to the end of the list. So the guard is bound"
                  + " first, without it, has it while the others are bound, and stays at the head.",
              "设了该选项的 IPv6 套接字排到链表末尾。因此守护套接字不带选项最先绑定，其余绑定期间才设，从而一直在表头。"),
          CONFLICT + "; " + ORDER);

  private static final Prediction MISPLACED =
      Prediction.exactly(
          "misplaced-guard",
          "IPv4 bound first: OK, IPv6 bound last: OK",
          Text.of(
              "Elsewhere in the list the guard is of no use: the check meets a member that shares, and"
                  + " ends there. The newcomer is in.",
              "守护套接字若在链表的别处就没有用：检查先遇到一个共享的成员便停止，后来者进来了。"),
          CONFLICT + "; " + ORDER);

  private static final Prediction OTHER_USER =
      Prediction.exactly(
          "other-user",
          REFUSED,
          Text.of(
              "A program of another user is refused at each of these ports, too.",
              "另一用户的程序在这些端口上同样都被拒绝。"),
          CONFLICT + "; socket(7) SO_REUSEPORT");

  @Override
  public Page page() {
    return new Page(
        "21",
        Text.of("UDP spread, and yet nobody else gets in", "UDP 分摊负载，又不让别人进来"),
        Text.of(
            "A program wants all its threads to receive on one UDP port. How do its own sockets share"
                + " it, and nobody else's?",
            "一个程序想让所有线程都在同一个 UDP 端口上接收。怎样让自己的套接字共用它，而别人的不能？"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "Two different processes cannot bind the same port of one protocol.",
                    "两个不同的进程不能绑定同一协议的同一端口。"),
                Text.of(
                    "Where sockets share, any process of the same user can join, unless one socket of"
                        + " the port refuses and stands where the kernel looks first.",
                    "只要套接字之间共享，同一用户的任何进程都能加入；除非端口上有一个不共享的套接字，正好在内核最先查看的位置。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "SO_REUSEPORT shares a port among the threads of one program.",
                    "SO_REUSEPORT 是在一个程序的线程之间共享端口。"),
                Text.of(
                    "The kernel knows no such border: it compares users, not programs.",
                    "内核没有这样的界线：它比较的是用户，不是程序。")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Text.of(
                    "Which socket of a group gets a datagram cannot be known.", "无法知道数据报归组里哪个套接字。"),
                Text.of(
                    "Not from the hash, whose key is drawn at boot; but a program of a few"
                        + " instructions puts a rule in its place.",
                    "靠哈希不行，密钥在开机时随机生成；但几条指令的小程序就能换上一条规则。"))),
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
        "全都设 SO_REUSEPORT：分摊，但对后来者也敞开",
        stage::open);
    notes.part(
        "Cleared after the bind: closed, and no longer shared", "绑定后清除：关上了，也不再分摊", stage::cleared);
    notes.part(
        "A guard beside them: shared, and closed",
        "加一个守护套接字：分摊，而且关上",
        () -> guarded.add(stage.guarded()));
    notes.part(
        "A rule that can be read: source port modulo members",
        "一条读得懂的规则：源端口对成员数取模",
        () -> {
          notes.requireEarlierParts();
          stage.ruled(guarded.get(0));
          notes.say(
              "Dualport's server binds its datagram sockets like this, one for each event loop;"
                  + " experiment 15 tries to get in there.",
              "Dualport 的服务器就是这样绑定数据报套接字的，每个事件循环一个；实验 15 试着挤进去。");
        });
    notes.part(
        "More than ten sockets on the port",
        "端口上的套接字超过十个",
        () -> guarded.add(stage.whole(IPV4, MANY, MANY_NEWCOMERS)));
    notes.part(
        "IPv6: the guard comes first",
        "IPv6：守护套接字最先绑定",
        () -> {
          lab.requireAddress(IPV6);
          guarded.add(stage.whole(IPV6, FEW, IPV6_NEWCOMERS));
          guarded.add(stage.whole(IPV6, MANY, IPV6_NEWCOMERS));
        });
    notes.part("The guard in the wrong place", "守护套接字放错位置", stage::misplaced);
    notes.part(
        "A program of another user",
        "另一用户的程序",
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
      notes.say("The guard and %d members:", "守护套接字和 %d 个成员：", members);
      port.bindGuarded(members);
      notes.check(newcomers, port.newcomers(other));
      ruled(port);
      return port;
    }

    void misplaced() throws Exception {
      lab.requireAddress(IPV6);
      GuardedPort first = new GuardedPort(lab, notes, server.quiet(), IPV4, true);
      first.bindGuarded(FEW);
      notes.say("%d members, behind a guard that was bound first:", "%d 个成员，守护套接字最先绑定：", FEW);
      String joined = "IPv4 bound first: " + first.join(other);
      GuardedPort last = new GuardedPort(lab, notes, server.quiet(), IPV6, false);
      last.bindGuarded(FEW);
      notes.say("IPv6, and the guard bound last:", "IPv6，守护套接字最后绑定：");
      notes.check(MISPLACED, joined + ", IPv6 bound last: " + last.join(other));
    }
  }
}
