package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.ECONNREFUSED;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How many ports can a process have, and how many addresses a port? Everything is done by both
 * protocols at each address, which makes it long.
 */
public final class E05ManyPortsManyAddresses implements Experiment {
  private static final int SOCKETS_EACH = 100;
  private static final int BACKLOG = 16;

  /** Linux answers for all of 127.0.0.0/8; nobody binds the last one here. */
  private static final List<String> ADDRESSES = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");

  private static final String UNBOUND = "127.0.0.4";
  private static final String CONFLICT =
      "inet_bind_conflict and inet_rcv_saddr_equal in net/ipv4/inet_connection_sock.c";

  private int port;
  private final List<Sock> listeners = new ArrayList<>();
  private final List<Sock> receivers = new ArrayList<>();

  @Override
  public Script script() {
    return Script.of("5", "Many ports in one process, many addresses on one port")
        .question(
            "Can one process bind many ports? Can one port be bound several times if the address"
                + " differs, and does that need SO_REUSEADDR?")
        .filter("(tcp.port == PORT or udp.port == PORT) and ip.addr == 127.0.0.0/8")
        .part("One process, many ports")
        .expect(
            "many-ports",
            "100 tcp ports, 100 udp ports, 200 descriptors",
            "Every socket has its own descriptor and its own port; a process may have as many as"
                + " its limit on open files allows.",
            "socket(2); getrlimit(2) RLIMIT_NOFILE",
            this::bindManyPorts)
        .part("One port, many addresses")
        .act(
            lab -> {
              for (String address : ADDRESSES) {
                Needs.address(address);
              }
            })
        .expect(
            "many-addresses",
            "OK x6",
            "One port can be bound once for each address and each protocol, without any option.",
            "bind(2); " + CONFLICT + "; udp_lib_lport_inuse in net/ipv4/udp.c",
            this::bindEveryAddress)
        .expect(
            "no-option",
            "SO_REUSEADDR 0 on 6 of 6",
            "This part sets no option on its six sockets, and the kernel has none set.",
            "socket(7) SO_REUSEADDR; inet_create in net/ipv4/af_inet.c",
            lab -> {
              int without = 0;
              for (Sock socket : Stream.concat(listeners.stream(), receivers.stream()).toList()) {
                without += socket.get(SO_REUSEADDR).must().reply().number() == 0 ? 1 : 0;
              }
              return "SO_REUSEADDR 0 on " + without + " of " + 2 * ADDRESSES.size();
            })
        .expect(
            "same-address-again",
            "EADDRINUSE x2",
            "The same address a second time is refused, by TCP and by UDP.",
            "bind(2) EADDRINUSE",
            lab -> {
              String byTcp = lab.program("A").tcp("again").bind(ADDRESSES.get(0), port).word();
              String byUdp = lab.program("A").udp("again").bind(ADDRESSES.get(0), port).word();
              return tally(List.of(byTcp, byUdp));
            })
        .part("Each is reached under its own address only")
        .needsEarlierParts()
        .expect(
            "own-address-only",
            "tcp heard its own x3, udp heard its own x3",
            "Each socket hears what was sent to its address, and nothing else.",
            "inet_lhash2_lookup in net/ipv4/inet_hashtables.c; udp4_lib_lookup2 in net/ipv4/udp.c",
            this::sendEachAddressItsName)
        .expect(
            "nothing-left",
            "EAGAIN x6",
            "After that all six queues are empty.",
            "accept(2) EAGAIN; recv(2) EAGAIN",
            lab -> {
              List<String> left = new ArrayList<>();
              for (int i = 0; i < ADDRESSES.size(); i++) {
                left.add(listeners.get(i).accept("one more", 0).isPresent() ? "OK" : "EAGAIN");
                left.add(receivers.get(i).receive(0).word());
              }
              return tally(left);
            })
        .expect(
            "unbound-address",
            ECONNREFUSED,
            "An address of this machine that nobody bound is closed, although the port is in use at"
                + " three others.",
            "connect(2) ECONNREFUSED; RFC 9293 section 3.10.7.1",
            lab -> lab.program("client").tcp("stray").connect(UNBOUND, port))
        .answer(
            "Yes and yes: a process may have a port for every socket it can open, and one port may"
                + " be bound once for each local address and each protocol, with no option at all.")
        .confirms(
            TWO_PROCESSES,
            "A process can bind several ports, because it can open several descriptors.",
            "Two hundred sockets, two hundred descriptors, one process.")
        .corrects(
            TWO_PROCESSES,
            "Every descriptor stands for a port.",
            "Two of these sockets may even have one port: a descriptor stands for a socket, which"
                + " is bound to {protocol, address, port} or to nothing yet.")
        .refines(
            TWO_PROCESSES,
            "SO_REUSEADDR lets several sockets or processes have one port, each with its own"
                + " address.",
            "Different specific addresses never conflict, with or without it. Where the addresses"
                + " differ, it can matter only if one of them is the wildcard: experiment 6.")
        .corrects(
            COMMON_BELIEF,
            "A port is open or closed on a machine.",
            "On an address of the machine, for a protocol.");
  }

  private String bindManyPorts(Lab lab) throws Exception {
    lab.say(
        "A opens %d TCP and %d UDP sockets; each binds port 0, so the kernel picks.",
        SOCKETS_EACH, SOCKETS_EACH);
    Program a = lab.program("A").quiet();
    List<Sock> sockets = new ArrayList<>();
    for (int i = 0; i < SOCKETS_EACH; i++) {
      sockets.add(a.listener("stream", ADDRESSES.get(0), 0));
      sockets.add(a.datagrams("datagrams", ADDRESSES.get(0), 0));
    }
    List<SocketRow> rows = lab.rows(a, sockets);
    for (Sock socket : sockets) {
      socket.close().must();
    }
    Table.Builder table =
        Table.titled("")
            .column("proto", "protocol")
            .numbers("sockets", "sockets")
            .numbers("ports", "ports")
            .numbers("inodes", "inodes");
    StringBuilder counts = new StringBuilder();
    for (Protocol protocol : Protocol.values()) {
      List<SocketRow> own = rows.stream().filter(row -> row.protocol() == protocol).toList();
      long ports = distinct(own, row -> row.local().getPort());
      table.row(protocol.label(), own.size(), ports, distinct(own, SocketRow::inode));
      counts.append(ports).append(' ').append(protocol.label()).append(" ports, ");
    }
    lab.observe("What the kernel's table shows for process A", table.build());
    return counts.append(distinct(sockets, Sock::descriptor)).append(" descriptors").toString();
  }

  private static <T> long distinct(List<T> all, Function<T, Object> value) {
    return all.stream().map(value).distinct().count();
  }

  /** TCP and UDP on every address; the last address belongs to a second process. */
  private String bindEveryAddress(Lab lab) throws Exception {
    port = lab.freePort();
    List<String> words = new ArrayList<>();
    for (String address : ADDRESSES) {
      String number = address.substring(address.lastIndexOf('.'));
      Program owner = lab.program(number.equals(".3") ? "B" : "A");
      Sock stream = owner.tcp("stream" + number);
      words.add(stream.bind(address, port).word());
      Sock datagrams = owner.udp("datagrams" + number);
      words.add(datagrams.bind(address, port).word());
      stream.listen(BACKLOG).must();
      listeners.add(stream);
      receivers.add(datagrams);
    }
    lab.show(lab.program("A"), "The kernel's table", port);
    return tally(words);
  }

  /** By both protocols; then every socket is asked what it heard. */
  private String sendEachAddressItsName(Lab lab) throws Exception {
    Program client = lab.program("client");
    Sock flow = client.udp("flow");
    for (String address : ADDRESSES) {
      client.dial("to " + address, address, port).send(address).must();
      flow.sendTo(address, address, port).must();
    }
    List<String> byTcp = new ArrayList<>();
    List<String> byUdp = new ArrayList<>();
    for (int i = 0; i < ADDRESSES.size(); i++) {
      byTcp.add(heard(listeners.get(i).accept("accepted"), ADDRESSES.get(i)));
      byUdp.add(heard(receivers.get(i), ADDRESSES.get(i)));
    }
    return "tcp heard " + tally(byTcp) + ", udp heard " + tally(byUdp);
  }

  private static String heard(Sock socket, String itsOwn) throws Exception {
    String text = socket.receive(Sock.PATIENCE_MILLIS).must().value();
    return text.equals(itsOwn) ? "its own" : text;
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
