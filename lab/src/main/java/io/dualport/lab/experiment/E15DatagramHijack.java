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
import io.dualport.lab.story.Text;
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
          Text.of(
              "UDP has no listener that could stand in the way: with SO_REUSEADDR on both sockets"
                  + " the second may bind the very same address and port.",
              "UDP 没有监听套接字挡路：两个套接字都设了 SO_REUSEADDR，第二个就能绑定完全相同的地址和端口。"),
          CONFLICT + "; socket(7) SO_REUSEADDR");

  private static final Prediction HIJACK =
      Prediction.exactly(
          "last-bound-hears-all",
          "first 0, second " + ROUND,
          Text.of(
              "A unicast datagram goes to one socket only. Of equals it is the one bound last, for"
                  + " every sender; the first gets neither datagrams nor an error.",
              "单播数据报只交给一个套接字。条件相同时，交给最后绑定的那个，无论发送者是谁；先绑定的既收不到数据报，也得不到任何错误。"),
          "udp_lib_get_port puts a new socket at the head of the chain, udp4_lib_lookup2 keeps the"
              + " first of equal score, net/ipv4/udp.c");

  private static final Prediction GIVEN_BACK =
      Prediction.exactly(
          "second-leaves",
          "first 1",
          Text.of(
              "When the second closes, the first hears again, as if nothing had been.",
              "第二个关闭后，第一个又能收到，仿佛什么都没发生过。"),
          "udp_lib_unhash and udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction FIRST_WITHOUT =
      Prediction.exactly(
          "first-without-option",
          "EADDRINUSE",
          Text.of(
              "The first can prevent it by leaving the option alone: both must have set it.",
              "先绑定者不设该选项即可防住：必须两边都设才行。"),
          CONFLICT + "; bind(2) EADDRINUSE");

  private static final Prediction DUAL_SERVER =
      Prediction.exactly(
          "dual-server",
          "none EADDRINUSE, SO_REUSEADDR EADDRINUSE, SO_REUSEPORT EADDRINUSE",
          Text.of(
              "Dualport's server lets nobody bind over it either. A single UDP socket of it has neither option set while it"
                  + " serves; where it has one for each event loop, these share the port, and a guard socket without"
                  + " either option refuses everybody else.",
              "Dualport 的服务器同样不容任何人叠加绑定。只有一个 UDP 套接字时，它在服务期间两个选项都处于未设状态；"
                  + "每个事件循环各有一个时，它们共用端口，另有一个两个选项都未设的守护套接字拒绝所有其他人。"),
          CONFLICT);

  private static final Prediction STRANGER_BINDS =
      Prediction.exactly(
          "other-user-reuseaddr",
          "OK, first 0, stranger " + ROUND,
          Text.of(
              "SO_REUSEADDR asks for no user: a program of another user binds on top and hears all.",
              "SO_REUSEADDR 不看用户：另一用户的程序也能叠加绑定，并收走全部数据报。"),
          CONFLICT + " compares users for SO_REUSEPORT only");

  private static final Prediction STRANGER_REFUSED =
      Prediction.exactly(
          "other-user-reuseport",
          "EADDRINUSE",
          Text.of(
              "SO_REUSEPORT does: all sockets of a group must be of one user.",
              "SO_REUSEPORT 则要看：同组套接字必须属于同一用户。"),
          "socket(7) SO_REUSEPORT; uid_eq in " + CONFLICT);

  private static final Prediction SHARED =
      Prediction.exactly(
          "reuseport-many-flows",
          "2 of 2 sockets hear something",
          Text.of(
              "With SO_REUSEPORT on both, a hash of the five-tuple picks the socket: many source"
                  + " ports spread over both.",
              "两边都设 SO_REUSEPORT 时，由五元组的哈希值选择套接字：源端口一多，两个都有份。"),
          "socket(7) SO_REUSEPORT; udp_ehashfn and reuseport_select_sock,"
              + " net/core/sock_reuseport.c");

  private static final Prediction ONE_FLOW =
      Prediction.exactly(
          "reuseport-one-flow",
          "1 of 2 sockets hear something",
          Text.of(
              "One source port is one five-tuple: always the same socket.",
              "一个源端口就是一个五元组：始终落在同一个套接字上。"),
          "reuseport_select_sock in net/core/sock_reuseport.c");

  private static final Prediction MULTICAST =
      Prediction.exactly(
          "multicast-reuseaddr",
          "A " + ROUND + ", B " + ROUND + ", C " + ROUND,
          Text.of(
              "A multicast datagram is copied to every socket that matches, so here "
                  + "duplicate binding"
                  + " is what the option is for.",
              "组播数据报会复制给该端口上的每个套接字，重复绑定在这里才是这个选项的本来用途。"),
          "__udp4_lib_mcast_deliver in net/ipv4/udp.c; ip(7) IP_ADD_MEMBERSHIP");

  private static final Prediction MULTICAST_REUSEPORT =
      Prediction.exactly(
          "multicast-reuseport",
          "A " + ROUND + ", B " + ROUND + ", C " + ROUND,
          Text.of(
              "With SO_REUSEPORT instead it is the same: copies for all, no share for each.",
              "换成 SO_REUSEPORT 结果一样：人人一份，而不是各分一部分。"),
          "__udp4_lib_mcast_deliver never calls reuseport_select_sock");

  private static final Prediction UNICAST_BESIDE =
      Prediction.exactly(
          "unicast-to-the-same",
          "A 0, B 0, C " + ROUND,
          Text.of(
              "A unicast datagram to the same sockets goes to the last bound alone.",
              "发给同一批套接字的单播数据报，仍只有最后绑定者收到。"),
          "udp4_lib_lookup2 in net/ipv4/udp.c");

  @Override
  public Page page() {
    return new Page(
        "15",
        Text.of("Two UDP sockets on one address and port", "两个 UDP 套接字绑定同一地址和端口"),
        Text.of(
            "Can two processes bind one UDP port, and who then gets the datagrams?",
            "两个进程能绑定同一个 UDP 端口吗？数据报归谁？"),
        "udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of("UDP cannot bind one port twice at one moment.", "同一个 UDP 端口不能同时绑定两次。"),
                Text.of(
                    "It can, with SO_REUSEADDR or SO_REUSEPORT on both sockets, even on the same"
                        + " address. Without them it cannot.",
                    "两个套接字都设 SO_REUSEADDR 或 SO_REUSEPORT 就可以，连地址相同也行；不设才不行。")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "SO_REUSEADDR has four uses (after UNP); the text breaks off before the fourth.",
                    "SO_REUSEADDR 有四种用途（引自 UNP）；原文在第四种之前中断。"),
                Text.of(
                    "The fourth is this one: completely duplicate binding, for UDP only, meant for"
                        + " multicast, where everyone gets a copy.",
                    "第四种正是这里的完全重复绑定：只限 UDP，用于组播，人人各得一份。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "A server should always set SO_REUSEADDR, on UDP too.",
                    "服务器总应设置 SO_REUSEADDR，UDP 也一样。"),
                Text.of(
                    "UDP has no TIME_WAIT, so it gains nothing and lets any local program take its"
                        + " datagrams away.",
                    "UDP 没有 TIME_WAIT，设了毫无好处，反而让本机任何程序都能夺走它的数据报。"))),
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
        "两边都设 SO_REUSEADDR：先绑定的再也收不到",
        () -> hijack(lab, notes, a, b, sender));
    notes.part(
        "The same by a program of another user",
        "换成另一用户的程序",
        () -> stranger(lab, notes, a, sender));
    notes.part("How to keep the port", "怎样守住端口", () -> keep(lab, notes, a, b, served));
    notes.part(
        "SO_REUSEPORT: shared on purpose",
        "SO_REUSEPORT：有意共享",
        () -> share(lab, notes, a, b, sender));
    notes.part(
        "Multicast: what duplicate binding is for",
        "组播：重复绑定的本来用途",
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
    lab.show(a, "The kernel's table does not tell who will hear", "内核的表看不出谁会收到", port);
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

    notes.say("And a real one, started with --port %d.", "再看真正的服务器，以 --port %d 启动。", served);
    lab.await(
        "the server has bound UDP",
        "服务器已绑定 UDP",
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
        "Which of the two is decided by a secret that changes at every boot.",
        "落在哪一个由一个每次开机都会改变的密钥决定。");
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
        "%s sends to %s:%d, each time from another source port; datagrams: %d.",
        "%s 发往 %s:%d，每次换一个源端口，共 %d 个数据报。", sender, address, port, count);
  }

  private static void sendFromOnePort(
      Notebook notes, Program sender, Sock flow, String address, int port) throws Exception {
    Sock quiet = new Sock(sender.quiet(), flow.label(), flow.descriptor());
    for (int i = 0; i < ROUND; i++) {
      quiet.sendTo("message " + i, address, port).must();
    }
    notes.say(
        "%s sends %d datagrams to %s:%d, all from one source port.",
        "%s 从同一个源端口发送 %d 个数据报到 %s:%d。", sender, ROUND, address, port);
  }
}
