package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Text;
import java.util.List;

/** Can TCP and UDP have one port, each in a process of its own? */
public final class E01TwoProtocolsOnePort implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  private static final Prediction UDP_BESIDE_TCP =
      Prediction.exactly(
          "udp-beside-tcp",
          "OK",
          Text.of(
              "Each protocol has its own table of bound ports, so process B may bind for UDP the"
                  + " number that process A holds for TCP.",
              "每种协议各有一张已绑定端口的表，因此进程 B 可以为 UDP 绑定进程 A 在 TCP 上占用的端口号。"),
          "tcp_hashinfo.bhash, net/ipv4/tcp_ipv4.c; udp_table, net/ipv4/udp.c; RFC "
              + "768; RFC 9293 section 3.1");

  private static final Prediction TABLE_ROWS =
      Prediction.exactly(
          "table-rows",
          "tcp LISTEN A, udp UNCONN B",
          Text.of(
              "The kernel's table lists both sockets under one number: TCP in LISTEN, UDP in no"
                  + " state at all.",
              "内核的表在同一端口号下列出两个套接字：TCP 处于 LISTEN，UDP 则没有状态可言。"),
          "proc_pid_net(5); tcp4_seq_show and udp4_seq_show");

  private static final Prediction SECOND_TCP =
      Prediction.exactly(
          "second-tcp",
          "EADDRINUSE",
          Text.of(
              "A third process that wants the same address and port for TCP is refused.",
              "第三个进程再为 TCP 绑定同一地址和端口，会被拒绝。"),
          "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c");

  private static final Prediction SECOND_UDP =
      Prediction.exactly(
          "second-udp",
          "EADDRINUSE",
          Text.of(
              "A fourth process that wants it for UDP is refused as well.",
              "第四个进程再为 UDP 绑定它，同样会被拒绝。"),
          "bind(2) EADDRINUSE; udp_lib_get_port in net/ipv4/udp.c");

  private static final Prediction ONE_PROCESS_BOTH =
      Prediction.exactly(
          "one-process-both",
          "OK",
          Text.of(
              "One process may hold both as well: a socket is bound, not a process.",
              "同一个进程也可以同时占有两者：被绑定的是套接字，而不是进程。"),
          "bind(2); socket(7)");

  @Override
  public Page page() {
    return new Page(
        "1",
        Text.of("TCP and UDP on one port, in two processes", "两个进程：TCP 与 UDP 共用一个端口"),
        Text.of(
            "Can two processes have one port number at once, one with TCP and one with UDP? And a"
                + " second process for the same protocol?",
            "两个进程能否同时使用同一个端口号，一个用 TCP，一个用 UDP？同一协议的第二个进程呢？"),
        "tcp.port == PORT or udp.port == PORT",
        List.of(
            new Claim(
                TCP_AND_UDP,
                CONFIRMS,
                Text.of(
                    "TCP and UDP can bind the same port number at the same time.",
                    "同一个端口号，TCP 与 UDP 可以各绑各的。"),
                Text.of(
                    "Both binds return OK, in two processes and in one.",
                    "无论在两个进程还是一个进程中，两次 bind 都返回 OK。")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "One port cannot be bound twice by TCP, or twice by UDP, at one moment.",
                    "同一端口，TCP 只能绑定一次，UDP 也只能一次。"),
                Text.of(
                    "True for one address and without options; experiments 5 to 8 and 15 show the"
                        + " addresses and options that change it.",
                    "在同一地址且未设任何选项时成立；实验 5 至 8 和 15 展示改变这一点的地址与选项。")),
            new Claim(
                COMMON_BELIEF,
                REFINES,
                Text.of("A port belongs to a process.", "端口属于进程。"),
                Text.of(
                    "It belongs to a socket: {protocol, address, port}. The process only holds a"
                        + " descriptor of it.",
                    "端口属于套接字：{协议, 地址, 端口}。进程只是持有它的描述符。"))),
        List.of(UDP_BESIDE_TCP, TABLE_ROWS, SECOND_TCP, SECOND_UDP, ONE_PROCESS_BOTH));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    int port = lab.freePort();
    Program a = lab.program("A");
    Program b = lab.program("B");

    notes.part(
        "A listens with TCP, B binds the same number with UDP",
        "A 用 TCP 监听，B 用 UDP 绑定同一端口号",
        () -> {
          a.listener("stream", LOOPBACK, port);
          Sock datagrams = b.udp("datagrams");
          notes.check(UDP_BESIDE_TCP, datagrams.bind(LOOPBACK, port));
          lab.show(a, "The kernel's table", "内核的表", port);
          notes.check(TABLE_ROWS, lab.summary(a, port));
        });

    notes.part(
        "Two more processes try the same",
        "另外两个进程再试一次",
        () -> {
          Sock secondStream = lab.program("C").tcp("second");
          notes.check(SECOND_TCP, secondStream.bind(LOOPBACK, port));
          Sock secondDatagrams = lab.program("D").udp("second");
          notes.check(SECOND_UDP, secondDatagrams.bind(LOOPBACK, port));
        });

    notes.part(
        "One process takes both",
        "一个进程同时占有两者",
        () -> {
          int another = lab.freePort();
          a.listener("stream", LOOPBACK, another);
          Sock datagrams = a.udp("datagrams");
          notes.check(ONE_PROCESS_BOTH, datagrams.bind(LOOPBACK, another));
        });
  }
}
