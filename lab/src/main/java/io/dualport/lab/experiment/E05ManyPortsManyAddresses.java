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
import io.dualport.lab.story.Bilingual;
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
          Bilingual.of(
              "Every socket has its own descriptor and its own port; a process may have as many"
                  + " as its limit on open files allows."),
          "socket(2); getrlimit(2) RLIMIT_NOFILE");

  private static final Prediction OPTIONS =
      Prediction.exactly(
          "no-option",
          "SO_REUSEADDR 0 on 6 of 6",
          Bilingual.of(
              "This part sets no option on its six sockets, and the kernel has none set."),
          "socket(7) SO_REUSEADDR; inet_create in net/ipv4/af_inet.c");

  private static final Prediction MANY_ADDRESSES =
      Prediction.exactly(
          "many-addresses",
          "OK x6",
          Bilingual.of(
              "One port can be bound once for each address and each protocol, without any option."),
          "bind(2); " + CONFLICT + "; udp_lib_lport_inuse in net/ipv4/udp.c");

  private static final Prediction SAME_ADDRESS =
      Prediction.exactly(
          "same-address-again",
          "EADDRINUSE x2",
          Bilingual.of(
              "The same address a second time is refused, by TCP and by UDP."),
          "bind(2) EADDRINUSE");

  private static final Prediction OWN_ADDRESS =
      Prediction.exactly(
          "own-address-only",
          "tcp heard its own x3, udp heard its own x3",
          Bilingual.of(
              "Each socket hears what was sent to its address, and nothing else."),
          "inet_lhash2_lookup in net/ipv4/inet_hashtables.c; udp4_lib_lookup2 in net/ipv4/udp.c");

  private static final Prediction NOTHING_LEFT =
      Prediction.exactly(
          "nothing-left",
          "EAGAIN x6",
          Bilingual.of("After that all six queues are empty."),
          "accept(2) EAGAIN; recv(2) EAGAIN");

  private static final Prediction UNBOUND_ADDRESS =
      Prediction.exactly(
          "unbound-address",
          "ECONNREFUSED",
          Bilingual.of(
              "An address of this machine that nobody bound is closed, although the port is in use"
                  + " at three others."),
          "connect(2) ECONNREFUSED; RFC 9293 section 3.10.7.1");

  @Override
  public Page page() {
    return new Page(
        "5",
        Bilingual.of("Many ports in one process, many addresses on one port"),
        Bilingual.of(
            "Can one process bind many ports? Can one port be bound several times if the address"
                + " differs, and does that need SO_REUSEADDR?"),
        "(tcp.port == PORT or udp.port == PORT) and ip.addr == 127.0.0.0/8",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Bilingual.of(
                    "A process can bind several ports, because it can open several descriptors."),
                Bilingual.of(
                    "Two hundred sockets, two hundred descriptors, one process.")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of("Every descriptor stands for a port."),
                Bilingual.of(
                    "Two of these sockets may even have one port: a descriptor stands for a socket,"
                        + " which is bound to {protocol, address, port} or to nothing yet.")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "SO_REUSEADDR lets several sockets or processes have one port, each with its own"
                        + " address."),
                Bilingual.of(
                    "Different specific addresses never conflict, with or without it. Where the addresses differ, it can matter only if one of them is the "
                        + "wildcard: experiment 6.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of("A port is open or closed on a machine."),
                Bilingual.of(
                    "On an address of the machine, for a protocol."))),
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

    notes.part("One process, many ports", () -> manyPorts(lab, notes, a));
    Bound bound = new Bound(lab.freePort(), new TreeMap<>(), new TreeMap<>());
    notes.part(
        "One port, many addresses",
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
          () -> eachUnderItsOwn(notes, lab.program("client"), bound));
    }
  }

  private static void manyPorts(Lab lab, Notebook notes, Program a) throws Exception {
    notes.say(
        "A opens %d TCP and %d UDP sockets; each binds port 0, so the kernel picks.", SOCKETS_EACH, SOCKETS_EACH);
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
    notes.observe("What the kernel's table shows for process A", table.build());
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
    lab.show(a, "The kernel's table", bound.port());
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
