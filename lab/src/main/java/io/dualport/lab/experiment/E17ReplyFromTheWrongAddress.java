package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IP_RECVERR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.LocalAddresses;
import io.dualport.lab.process.EchoServer;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Text;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which address does a UDP server with several answer from, and who hears that? */
public final class E17ReplyFromTheWrongAddress implements Experiment {
  private static final String ANY = "0.0.0.0";
  private static final String FIRST = "127.0.0.1";
  private static final String DIALLED = "127.0.0.2";
  private static final String ALSO_DIALLED = "127.0.0.3";

  /** The two hosts of the private network (RFC 5737 keeps the prefix for documentation). */
  private static final String PRIMARY = "192.0.2.1";

  private static final String SECONDARY = "192.0.2.2";
  private static final String CLIENT = "192.0.2.9";

  private static final String BY_ROUTE =
      "ip_route_output_key_hash_rcu in net/ipv4/route.c; ip(7) IP_PKTINFO";

  private static final Prediction WRONG_SOURCE =
      Prediction.exactly(
          "wildcard-replies-from",
          FIRST,
          Text.of(
              "A wildcard socket has no address to send from. The kernel takes the preferred source"
                  + " of the route back to the client, whatever address was dialled.",
              "通配套接字没有自己的源地址可用。内核取返回客户端那条路由的首选源地址，与客户端当初发往哪个地址无关。"),
          BY_ROUTE);

  private static final Prediction SERVER_HEARS =
      Prediction.exactly(
          "server-hears",
          "ECONNREFUSED",
          Text.of(
              "A connected client's socket matches its peer's address only. The reply comes from"
                  + " another one, finds no socket, and goes back as ICMP port unreachable.",
              "已连接的客户端套接字只匹配对端地址。回复来自另一个地址，找不到套接字，于是内核退回一个“端口不可达”的" + " ICMP。"),
          "compute_score and __udp4_lib_rcv in net/ipv4/udp.c; ip(7) IP_RECVERR");

  private static final Prediction CONNECTED_HEARS =
      Prediction.exactly(
          "connected-client-hears",
          "EAGAIN",
          Text.of("So the client hears nothing at all, not even an error.", "因此客户端什么也收不到，连错误都没有。"),
          "udp(7); connect(2)");

  private static final Prediction BOUND_SOCKETS =
      Prediction.exactly(
          "bound-sockets-reply-from",
          FIRST + ", " + DIALLED,
          Text.of(
              "A socket that is bound to the dialled address can answer from nowhere else.",
              "绑定在被访问地址上的套接字，只可能从该地址回复。"),
          "udp_sendmsg in net/ipv4/udp.c takes inet_saddr; bind(2)");

  private static final Prediction DUALPORT =
      Prediction.exactly(
          "dualport-replies-from",
          DIALLED + ", " + ALSO_DIALLED,
          Text.of(
              "Dualport's server on the wildcard answers from the dialled address: it asks the"
                  + " kernel for that (IP_RECVORIGDSTADDR) and opens a socket there.",
              "Dualport 服务器绑定通配地址时，仍从被访问的地址回复：它向内核询问该地址（IP_RECVORIGDSTADDR），并在那里另开一个套接字。"),
          "RFC 1122 section 4.1.3.5; ip(7) IP_RECVORIGDSTADDR");

  private static final Prediction TCP_LOCAL =
      Prediction.exactly(
          "tcp-accepted-at",
          DIALLED,
          Text.of(
              "TCP cannot go wrong: the accepted socket takes the SYN's destination as its own"
                  + " address.",
              "TCP 不会出这种错：accept 得到的套接字以 SYN 的目的地址作为自己的本地地址。"),
          "RFC 9293 section 3.10.7.2; tcp_v4_init_req in net/ipv4/tcp_ipv4.c");

  private static final Prediction TWO_HOSTS =
      Prediction.exactly(
          "two-hosts-reply-from",
          PRIMARY,
          Text.of(
              "Between two hosts it is the same: the interface's primary address answers for the"
                  + " secondary one.",
              "两台主机之间也是如此：访问的是接口的辅助地址（secondary），回复却来自主地址（primary）。"),
          "fib_result_prefsrc in net/ipv4/fib_semantics.c; ip-address(8) secondary");

  @Override
  public Page page() {
    return new Page(
        "17",
        Text.of("A UDP reply from the wrong address", "UDP 回复来自错误的地址"),
        Text.of(
            "A UDP server is bound to 0.0.0.0 on a machine with several addresses. Which of them does"
                + " it answer from, why do some clients hear nothing, and what is the cure?",
            "UDP 服务器绑定 0.0.0.0，机器有多个地址。它从哪个地址回复？为什么有的客户端什么也收不到？怎样解决？"),
        "udp.port == PORT or icmp.type == 3 or tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "Both ends' messages carry the five-tuple, and it tells who receives them.",
                    "通信双方的消息都带着五元组，由它判断接收者。"),
                Text.of(
                    "That is how the kernel delivers. But nothing makes a UDP reply the mirror of its"
                        + " request: from a wildcard socket its source may differ, and then it belongs"
                        + " to no five-tuple that anybody waits for.",
                    "内核的确这样投递。但没有什么保证 UDP 回复与请求互为镜像：通配套接字发出的回复源地址可能不同，那就不属于任何人在等的五元组。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "A server that binds 0.0.0.0 serves all addresses of the machine.",
                    "服务器绑定 0.0.0.0 就能服务本机所有地址。"),
                Text.of(
                    "With TCP, yes. With UDP it receives on all of them and answers from one.",
                    "TCP 确实如此。UDP 则是在所有地址上接收，却从其中一个地址回复。"))),
        List.of(
            WRONG_SOURCE,
            SERVER_HEARS,
            CONNECTED_HEARS,
            BOUND_SOCKETS,
            DUALPORT,
            TCP_LOCAL,
            TWO_HOSTS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program server = lab.program("server");
    Program client = lab.program("client");

    notes.part(
        "An echo on 0.0.0.0, and a client that takes datagrams from anybody",
        "回显绑定 0.0.0.0，客户端接收任何人的数据报",
        () -> unconnected(lab, notes, server, client));
    notes.part(
        "The same, and a connected client",
        "同样的回显，客户端先 connect",
        () -> connected(lab, notes, server, client));
    notes.part(
        "Cure 1: a socket for each address",
        "解法一：每个地址一个套接字",
        () -> socketForEachAddress(lab, notes, server, client));
    notes.part(
        "How Dualport's server does it for every address",
        "Dualport 服务器如何照顾到每一个地址",
        () -> dualport(lab, notes, client));
    notes.part(
        "Cure 2: IP_PKTINFO, which is not to be had in Java",
        "解法二：IP_PKTINFO，但 Java 用不了",
        () ->
            notes.say(
                "With IP_PKTINFO (ip(7)) one socket is enough: recvmsg says which address was"
                    + " dialled, and sendmsg says which one to answer from, both in ancillary data."
                    + " Programs in C do so. Neither Java's channels nor Netty can send ancillary data to choose a source, so there is nothing here to run; that is why Dualport takes cure 1.",
                "设 IP_PKTINFO（ip(7)）后，一个套接字就够了：recvmsg 用辅助数据报告对方访问的是哪个地址，sendmsg"
                    + " 用辅助数据指定从哪个地址回复。C 程序就是这样做的。Java 和 Netty"
                    + " 都无法用辅助数据选择源地址，所以这里没有可运行的演示；这也是 Dualport 采用解法一的原因。"));
    notes.part("TCP on 0.0.0.0", "TCP 监听 0.0.0.0", () -> tcp(lab, notes, server, client));
    notes.part(
        "Two hosts, one of them with two addresses", "两台主机，其中一台有两个地址", () -> twoHosts(lab, notes));
  }

  /**
   * 127.0.0.2, or the next where an interface carries it, as a local DNS may ask for: the route
   * back to an address that an interface carries prefers that address, and nothing goes wrong.
   */
  private static String addressOfNoInterface(Notebook notes) throws Exception {
    Set<InetAddress> carried = LocalAddresses.read().unicast();
    for (int last = 2; last < 255; last++) {
      String address = "127.0.0." + last;
      if (!carried.contains(InetAddress.getByName(address))) {
        if (!address.equals(DIALLED)) {
          notes.say(
              "%s is the address of an interface here, and would answer for itself; %s is not.",
              "%s 在这台机器上是某个接口自己的地址，会由它自己回复；%s 则不是。", DIALLED, address);
        }
        return address;
      }
    }
    throw new SkippedException(
        Text.of(
            "interfaces carry every address from 127.0.0.2 to 127.0.0.254",
            "127.0.0.2 到 127.0.0.254 都已是接口的地址"));
  }

  private static void unconnected(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    String dialled = addressOfNoInterface(notes);
    Sock echo = server.datagrams("echo", ANY, port);
    Sock open = client.udp("open");
    open.sendTo("hello", dialled, port).must();
    answer(echo);
    String source = replySource(open);
    notes.check(WRONG_SOURCE, source);
    notes.say(
        "It asked %s and is answered by %s. A careful client drops this; so does a NAT or a"
            + " firewall on the way, which expects the dialled address.",
        "它问的是 %s，答话的却是 %s。谨慎的客户端会丢弃它；途中的 NAT 或防火墙只认被访问的那个地址，也会丢弃。", dialled, source);
  }

  private static void connected(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    String dialled = addressOfNoInterface(notes);
    Sock echo = server.datagrams("echo", ANY, port);
    notes.say(
        "IP_RECVERR lets the echo hear what becomes of its replies; without it an unconnected"
            + " socket is told nothing.",
        "设了 IP_RECVERR，回显才能得知自己的回复下落如何；否则未连接的套接字得不到任何通知。");
    echo.set(IP_RECVERR, 1).must();
    Sock connected = client.udp("connected");
    connected.connect(dialled, port).must();
    connected.send("hello").must();
    lab.show(
        client,
        "The client's socket has a peer, and takes datagrams from nobody else",
        "客户端套接字有了对端，只收该对端的数据报",
        port);
    answer(echo);
    notes.check(SERVER_HEARS, echo.receive(Sock.PATIENCE_MILLIS));
    notes.check(CONNECTED_HEARS, connected.receive(0));
  }

  private static void socketForEachAddress(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    List<String> sources = new ArrayList<>();
    Sock open = client.udp("open");
    for (String address : List.of(FIRST, DIALLED)) {
      Sock bound = server.datagrams("echo-" + address, address, port);
      open.sendTo("hello", address, port).must();
      answer(bound);
      sources.add(replySource(open));
    }
    lab.show(server, "The kernel's table", "内核的表", port);
    notes.check(BOUND_SOCKETS, String.join(", ", sources));
  }

  private static void dualport(Lab lab, Notebook notes, Program client) throws Exception {
    if (!Lab.isNative()) {
      throw new SkippedException(
          Text.of(
              "without Linux's native library the server cannot learn that 127.0.0.2 was dialled, and"
                  + " no interface carries that address",
              "没有 Linux 的本地库，服务器无法得知对方访问的是 127.0.0.2，也没有网卡带有该地址"));
    }
    EchoServer dualport =
        EchoServer.dualport(
            lab, "dualport", Map.of(), "--port", String.valueOf(lab.freePort()), "--host", ANY);
    if (!dualport.transport().startsWith("epoll")) {
      throw new SkippedException(
          Text.of(
              "Dualport learns the dialled address with the epoll transport only: it needs Linux and"
                  + " its native library",
              "只有 epoll 传输方式下 Dualport 才能得知被访问的地址：需要 Linux 及其本地库"));
    }
    List<String> sources = new ArrayList<>();
    for (String address : List.of(DIALLED, ALSO_DIALLED)) {
      Sock connected = client.udp("connected");
      connected.connect(address, dualport.port()).must();
      connected.send("hello").must();
      sources.add(replySource(connected));
    }
    notes.observe(
        "One socket holds the port everywhere, one more for each dialled address answers",
        "一个套接字在所有地址上占住端口，每个被访问的地址另有一个套接字负责回复",
        lab.table(
            lab.rows(client, dualport.port()).stream()
                .filter(row -> row.local().getPort() == dualport.port())
                .filter(row -> isShown(row.local().getAddress().getHostAddress()))
                .toList()));
    notes.check(DUALPORT, String.join(", ", sources));
    dualport.stop();
  }

  /** The addresses of this machine's interfaces have sockets too; the page does not need them. */
  private static boolean isShown(String address) {
    return address.equals(ANY) || address.startsWith("127.");
  }

  private static void tcp(Lab lab, Notebook notes, Program server, Program client)
      throws Exception {
    int port = lab.freePort();
    Sock listener = server.listener("listener", ANY, port);
    client.dial("stream", DIALLED, port);
    Sock accepted = listener.accept("accepted");
    notes.check(TCP_LOCAL, accepted.local().getAddress().getHostAddress());
  }

  private static void twoHosts(Lab lab, Notebook notes) throws Exception {
    PrivateNetwork one = lab.privateNetwork("host1");
    PrivateNetwork other = lab.privateNetwork("host2");
    ip(one, "link add eth0 type veth peer name eth0 netns " + other.owner().pid());
    ip(one, "address add " + PRIMARY + "/24 dev eth0");
    ip(one, "address add " + SECONDARY + "/24 dev eth0");
    ip(other, "address add " + CLIENT + "/24 dev eth0");
    ip(one, "link set eth0 up");
    ip(other, "link set eth0 up");
    lab.await(
        "the wire between the two hosts is up",
        "两台主机之间的链路接通",
        () -> one.owner().quiet().run("ip", "link", "show", "eth0").contains("state UP"));
    int port = lab.freePort();
    Sock echo = one.owner().datagrams("echo", ANY, port);
    Sock open = other.owner().udp("open");
    open.sendTo("hello", SECONDARY, port).must();
    answer(echo);
    notes.check(TWO_HOSTS, replySource(open));
  }

  private static void ip(PrivateNetwork host, String arguments) throws Exception {
    String[] words = ("ip " + arguments).split(" ");
    String said = host.owner().run(words);
    if (!said.equals("0")) {
      throw new SkippedException(
          Text.format(
              "two private networks cannot be joined: it needs root and virtual Ethernet (%s: %s)",
              "无法连接两个私有网络：需要 root 和虚拟以太网（%s：%s）", String.join(" ", words), said));
    }
  }

  /** What every textbook echo does: back to where it came from, and no word on from where. */
  private static void answer(Sock echo) throws Exception {
    Datagram request = receive(echo);
    echo.sendTo(
            request.text(),
            request.source().getAddress().getHostAddress(),
            request.source().getPort())
        .must();
  }

  private static String replySource(Sock client) throws Exception {
    return receive(client).source().getAddress().getHostAddress();
  }

  private static Datagram receive(Sock socket) throws Exception {
    return socket
        .receiveFrom(Sock.PATIENCE_MILLIS)
        .orElseThrow(
            () ->
                new FailedException(
                    Text.format("nothing came to %s", "没有数据报到达 %s", socket.label())));
  }
}
