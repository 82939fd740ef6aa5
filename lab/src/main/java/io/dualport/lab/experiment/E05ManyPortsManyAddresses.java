package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Text;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How many ports can a process have, and how many addresses a port? */
public final class E05ManyPortsManyAddresses implements Experiment {
  private static final int SOCKETS_EACH = 100;
  private static final int BACKLOG = 16;

  /** Linux answers for all of 127.0.0.0/8; nobody binds the last one here. */
  private static final List<String> ADDRESSES = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");

  private static final String UNBOUND = "127.0.0.4";
  private static final String CONFLICT =
      "inet_bind_conflict and inet_rcv_saddr_equal in net/ipv4/inet_connection_sock.c";

  private static final Prediction MANY_PORTS =
      Prediction.exactly(
          "many-ports",
          "100 tcp ports, 100 udp ports, 200 descriptors",
          Text.of(
              "Every socket has its own descriptor and its own port; a process may have as many"
                  + " as its limit on open files allows.",
              "每个套接字有自己的描述符和端口；一个进程能有多少个，取决于它的打开文件数上限。"),
          "socket(2); getrlimit(2) RLIMIT_NOFILE");

  private static final Prediction OPTIONS =
      Prediction.exactly(
          "no-option",
          "SO_REUSEADDR 0 on 6 of 6",
          Text.of(
              "This part sets no option on its six sockets, and the kernel has none set.",
              "这一节的六个套接字都没有设过选项，实际也都没有。"),
          "socket(7) SO_REUSEADDR; inet_create in net/ipv4/af_inet.c");

  private static final Prediction MANY_ADDRESSES =
      Prediction.exactly(
          "many-addresses",
          "OK x6",
          Text.of(
              "One port can be bound once for each address and each protocol, without any option.",
              "同一端口在每个地址、每种协议上都可以各绑定一次，无需任何选项。"),
          "bind(2); " + CONFLICT + "; udp_lib_lport_inuse in net/ipv4/udp.c");

  private static final Prediction SAME_ADDRESS =
      Prediction.exactly(
          "same-address-again",
          "EADDRINUSE x2",
          Text.of(
              "The same address a second time is refused, by TCP and by UDP.",
              "同一地址再绑定一次会被拒绝，TCP 和 UDP 都如此。"),
          "bind(2) EADDRINUSE");

  private static final Prediction OWN_ADDRESS =
      Prediction.exactly(
          "own-address-only",
          "tcp heard its own x3, udp heard its own x3",
          Text.of(
              "Each socket hears what was sent to its address, and nothing else.",
              "每个套接字只收到发往自己地址的内容。"),
          "inet_lhash2_lookup in net/ipv4/inet_hashtables.c; udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction NOTHING_LEFT =
      Prediction.exactly(
          "nothing-left",
          "EAGAIN x6",
          Text.of("After that all six queues are empty.", "此后六个队列都是空的。"),
          "accept(2) EAGAIN; recv(2) EAGAIN");

  private static final Prediction UNBOUND_ADDRESS =
      Prediction.exactly(
          "unbound-address",
          "ECONNREFUSED",
          Text.of(
              "An address of this machine that nobody bound is closed, although the port is in use"
                  + " at three others.",
              "没有人绑定的本机地址是关闭的，尽管同一端口正在另外三个地址上使用。"),
          "connect(2) ECONNREFUSED; RFC 9293 section 3.10.7.1");

  @Override
  public Page page() {
    return new Page(
        "5",
        Text.of("Many ports in one process, many addresses on one port", "一个进程多个端口，一个端口多个地址"),
        Text.of(
            "Can one process bind many ports? Can one port be bound several times if the address"
                + " differs, and does that need SO_REUSEADDR?",
            "一个进程能绑定多个端口吗？地址不同时，同一端口能绑定多次吗？这需要 SO_REUSEADDR 吗？"),
        "(tcp.port == PORT or udp.port == PORT) and ip.addr == 127.0.0.0/8",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Text.of(
                    "A process can bind several ports, because it can open several descriptors.",
                    "文件描述符可以开多个，所以一个进程能占多个端口。"),
                Text.of(
                    "Two hundred sockets, two hundred descriptors, one process.",
                    "两百个套接字，两百个描述符，一个进程。")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of("Every descriptor stands for a port.", "一个文件描述符就代表一个端口。"),
                Text.of(
                    "Two of these sockets may even have one port: a descriptor stands for a socket,"
                        + " which is bound to {protocol, address, port} or to nothing yet.",
                    "描述符对应的是套接字，套接字绑定的是 {协议, 地址, 端口}，也可能尚未绑定；多个套接字可以是同一端口。")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "SO_REUSEADDR lets several sockets or processes have one port, each with its own"
                        + " address.",
                    "SO_REUSEADDR 允许多个套接字或进程用同一端口，只要各自的地址不同。"),
                Text.of(
                    "Different specific addresses never conflict, with or without it. Where the addresses differ, it can matter only if one of them is the "
                        + "wildcard: experiment 6.",
                    "不同的具体地址从不冲突，设不设都一样。地址不同时，只有其中一个是通配地址，它才可能起作用：见实验 6。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of("A port is open or closed on a machine.", "一台机器上的某个端口要么开、要么关。"),
                Text.of(
                    "On an address of the machine, for a protocol.", "开或关是针对本机的某个地址、某种协议而言的。"))),
        List.of(
            MANY_PORTS,
            MANY_ADDRESSES,
            OPTIONS,
            SAME_ADDRESS,
            OWN_ADDRESS,
            NOTHING_LEFT,
            UNBOUND_ADDRESS));
  }

  /** The sockets of one port, by address. */
  private record Bound(int port, TreeMap<String, Sock> tcp, TreeMap<String, Sock> udp) {
    List<Sock> all() {
      List<Sock> all = new ArrayList<>(tcp.values());
      all.addAll(udp.values());
      return all;
    }
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program a = lab.program("A");

    notes.part("One process, many ports", "一个进程，多个端口", () -> manyPorts(lab, notes, a));
    Bound bound = new Bound(lab.freePort(), new TreeMap<>(), new TreeMap<>());
    notes.part(
        "One port, many addresses",
        "一个端口，多个地址",
        () -> {
          for (String address : ADDRESSES) {
            lab.requireAddress(address);
          }
          manyAddresses(lab, notes, a, bound);
          sameAddressAgain(notes, a, bound.port());
        });
    if (bound.all().size() == ADDRESSES.size() * Protocol.values().length) {
      notes.part(
          "Each is reached under its own address only",
          "各自只能通过自己的地址到达",
          () -> eachUnderItsOwn(notes, lab.program("client"), bound));
    }
  }

  private static void manyPorts(Lab lab, Notebook notes, Program a) throws Exception {
    notes.say(
        "A opens %d TCP and %d UDP sockets; each binds port 0, so the kernel picks.",
        "A 打开 %d 个 TCP 和 %d 个 UDP 套接字；各自绑定端口 0，由内核挑选。", SOCKETS_EACH, SOCKETS_EACH);
    Program quiet = a.quiet();
    List<Sock> sockets = new ArrayList<>();
    for (int i = 0; i < SOCKETS_EACH; i++) {
      sockets.add(quiet.listener("stream", ADDRESSES.get(0), 0));
      sockets.add(quiet.datagrams("datagrams", ADDRESSES.get(0), 0));
    }
    Set<Long> inodes = new HashSet<>();
    Set<Integer> ports = new HashSet<>();
    for (Sock socket : sockets) {
      inodes.add(socket.inode());
      ports.add(socket.local().getPort());
    }
    List<SocketRow> rows =
        lab.rows(a, ports.stream().mapToInt(Integer::intValue).toArray()).stream()
            .filter(row -> inodes.contains(row.inode()))
            .toList();
    Table.Builder table =
        Table.titled("")
            .column("proto", "protocol")
            .numbers("sockets", "sockets")
            .numbers("ports", "ports")
            .numbers("inodes", "inodes");
    List<String> counts = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      List<SocketRow> own = rows.stream().filter(row -> row.protocol() == protocol).toList();
      long distinct = count(own, row -> row.local().getPort());
      table.row(protocol.label(), own.size(), distinct, count(own, SocketRow::inode));
      counts.add(distinct + " " + protocol.label() + " ports");
    }
    notes.observe("What the kernel's table shows for process A", "内核的表中进程 A 的行", table.build());
    long descriptors = sockets.stream().map(Sock::descriptor).distinct().count();
    notes.check(MANY_PORTS, String.join(", ", counts) + ", " + descriptors + " descriptors");
    for (Sock socket : sockets) {
      socket.close().must();
    }
  }

  private static long count(List<SocketRow> rows, Function<SocketRow, Object> value) {
    return rows.stream().map(value).distinct().count();
  }

  /** TCP and UDP on every address; the last address belongs to a second process. */
  private static void manyAddresses(Lab lab, Notebook notes, Program a, Bound bound)
      throws Exception {
    Program b = lab.program("B");
    List<String> words = new ArrayList<>();
    for (String address : ADDRESSES) {
      Program owner = address.equals(ADDRESSES.get(ADDRESSES.size() - 1)) ? b : a;
      Sock stream = owner.tcp("stream" + address.substring(address.lastIndexOf('.')));
      words.add(stream.bind(address, bound.port()).word());
      Sock datagrams = owner.udp("datagrams" + address.substring(address.lastIndexOf('.')));
      words.add(datagrams.bind(address, bound.port()).word());
      stream.listen(BACKLOG).must();
      bound.tcp().put(address, stream);
      bound.udp().put(address, datagrams);
    }
    lab.show(a, "The kernel's table", "内核的表", bound.port());
    notes.check(MANY_ADDRESSES, tally(words));
    int without = 0;
    for (Sock socket : bound.all()) {
      without += socket.get(SO_REUSEADDR).must().reply().number() == 0 ? 1 : 0;
    }
    notes.check(OPTIONS, "SO_REUSEADDR 0 on " + without + " of " + bound.all().size());
  }

  private static void sameAddressAgain(Notebook notes, Program a, int port) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(a.tcp("again").bind(ADDRESSES.get(0), port).word());
    words.add(a.udp("again").bind(ADDRESSES.get(0), port).word());
    notes.check(SAME_ADDRESS, tally(words));
  }

  /** Sends each address its own name, by both protocols, and asks every socket what it heard. */
  private static void eachUnderItsOwn(Notebook notes, Program client, Bound bound)
      throws Exception {
    Sock flow = client.udp("flow");
    for (String address : ADDRESSES) {
      client.dial("to " + address, address, bound.port()).send(address).must();
      flow.sendTo(address, address, bound.port()).must();
    }
    List<String> byTcp = new ArrayList<>();
    List<String> byUdp = new ArrayList<>();
    for (String address : ADDRESSES) {
      Sock accepted = bound.tcp().get(address).accept("accepted");
      byTcp.add(own(address, accepted.receive(Sock.PATIENCE_MILLIS).must().value()));
      byUdp.add(
          own(address, bound.udp().get(address).receive(Sock.PATIENCE_MILLIS).must().value()));
    }
    notes.check(OWN_ADDRESS, "tcp heard " + tally(byTcp) + ", udp heard " + tally(byUdp));
    List<String> left = new ArrayList<>();
    for (String address : ADDRESSES) {
      left.add(bound.tcp().get(address).accept("one more", 0).isPresent() ? "OK" : "EAGAIN");
      left.add(bound.udp().get(address).receive(0).word());
    }
    notes.check(NOTHING_LEFT, tally(left));
    notes.check(UNBOUND_ADDRESS, client.tcp("stray").connect(UNBOUND, bound.port()));
  }

  private static String own(String address, String heard) {
    return heard.equals(address) ? "its own" : heard;
  }

  /** {@code OK x5, EADDRINUSE x1}. */
  private static String tally(List<String> words) {
    return words.stream()
        .collect(Collectors.groupingBy(word -> word, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(entry -> entry.getKey() + " x" + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
