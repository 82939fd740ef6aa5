package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

/** Can TCP and UDP have one port, each in a process of its own? */
public final class E01TwoProtocolsOnePort implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  private int port;

  @Override
  public Script script() {
    return Script.of("1", "TCP and UDP on one port, in two processes")
        .question(
            "Can two processes have one port number at once, one with TCP and one with UDP? And a"
                + " second process for the same protocol?")
        .filter("tcp.port == PORT or udp.port == PORT")
        .part("A listens with TCP, B binds the same number with UDP")
        .expect(
            "udp-beside-tcp",
            OK,
            "Each protocol has its own table of bound ports, so process B may bind for UDP the"
                + " number that process A holds for TCP.",
            "tcp_hashinfo.bhash, net/ipv4/tcp_ipv4.c; udp_table, net/ipv4/udp.c; RFC 768; RFC 9293"
                + " section 3.1",
            lab -> {
              port = lab.freePort();
              lab.program("A").listener("stream", LOOPBACK, port);
              return lab.program("B").udp("datagrams").bind(LOOPBACK, port);
            })
        .act(lab -> lab.show(lab.program("A"), "The kernel's table", port))
        .expect(
            "table-rows",
            "tcp LISTEN A, udp UNCONN B",
            "The kernel's table lists both sockets under one number: TCP in LISTEN, UDP in no state"
                + " at all.",
            "proc_pid_net(5); tcp4_seq_show and udp4_seq_show",
            lab -> lab.summary(lab.program("A"), port))
        .part("Two more processes try the same")
        .expect(
            "second-tcp",
            EADDRINUSE,
            "A third process that wants the same address and port for TCP is refused.",
            "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c",
            lab -> lab.program("C").tcp("second").bind(LOOPBACK, port))
        .expect(
            "second-udp",
            EADDRINUSE,
            "A fourth process that wants it for UDP is refused as well.",
            "bind(2) EADDRINUSE; udp_lib_get_port in net/ipv4/udp.c",
            lab -> lab.program("D").udp("second").bind(LOOPBACK, port))
        .part("One process takes both")
        .expect(
            "one-process-both",
            OK,
            "One process may hold both as well: a socket is bound, not a process.",
            "bind(2); socket(7)",
            lab -> {
              int another = lab.freePort();
              lab.program("A").listener("stream", LOOPBACK, another);
              return lab.program("A").udp("datagrams").bind(LOOPBACK, another);
            })
        .answer(
            "Yes: TCP and UDP each have their own table of ports, so one number serves both, in two"
                + " processes or in one; a second socket of the same protocol on the same address"
                + " is refused.")
        .confirms(
            TCP_AND_UDP,
            "TCP and UDP can bind the same port number at the same time.",
            "Both binds return OK, in two processes and in one.")
        .refines(
            TWO_PROCESSES,
            "One port cannot be bound twice by TCP, or twice by UDP, at one moment.",
            "True for one address and without options; experiments 5 to 8 and 15 show the addresses"
                + " and options that change it.")
        .refines(
            COMMON_BELIEF,
            "A port belongs to a process.",
            "It belongs to a socket: {protocol, address, port}. The process only holds a descriptor"
                + " of it.");
  }
}
