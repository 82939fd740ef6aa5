package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IPV6_V6ONLY;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Option.SO_REUSEPORT;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Ipv6;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.SourcePortRule;
import io.dualport.report.Table;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One program's datagram sockets on one address and port, the guard beside them, and those who want
 * the port, too.
 */
final class GuardedPort {
  /** How many datagrams are sent each time. */
  static final int DATAGRAMS = 200;

  private static final int DATAGRAMS_PER_FLOW = 2;

  /** The guard's peer: its own address at a port that nothing is sent from. */
  private static final int SILENT_PORT = 1;

  private static final List<Set<Option>> COMBINATIONS =
      List.of(
          Set.of(), Set.of(SO_REUSEADDR), Set.of(SO_REUSEPORT), Set.of(SO_REUSEADDR, SO_REUSEPORT));

  private final Lab lab;
  private final Program owner;
  private final String address;
  private final int port;
  private final Guard place;
  private final List<Sock> members = new ArrayList<>();
  private final Receivers receivers;
  private Sock guard;

  /** When the guard is bound, which is the socket that does not share once all are bound. */
  enum Guard {
    NONE,
    BEFORE_THE_MEMBERS,
    AFTER_THE_MEMBERS
  }

  /**
   * Opens and binds them.
   *
   * @param owner whose sockets they are
   * @param size how many members there are, which share
   */
  GuardedPort(Lab lab, Program owner, String address, int size, Guard place) throws Exception {
    this.lab = lab;
    this.owner = owner;
    this.address = address;
    this.place = place;
    this.port = lab.freePort();
    this.receivers = new Receivers(lab);
    if (place == Guard.NONE) {
      bindMembers(size);
    } else {
      bindGuarded(size);
    }
  }

  private void bindGuarded(int size) throws Exception {
    guard = open(owner, "guard", address);
    if (place == Guard.BEFORE_THE_MEMBERS) {
      bindGuard();
      guard.set(SO_REUSEPORT, 1).must();
      bindMembers(size);
    } else {
      bindMembers(size);
      guard.set(SO_REUSEPORT, 1).must();
      bindGuard();
    }
    guard.set(SO_REUSEPORT, 0).must();
    receivers.add(owner, guard);
  }

  private void bindGuard() throws Exception {
    guard.bind(address, port).must();
    guard.connect(address, SILENT_PORT).must();
  }

  private void bindMembers(int size) throws Exception {
    for (int i = 0; i < size; i++) {
      Sock member = open(owner, "member" + i, address);
      member.set(SO_REUSEPORT, 1).must();
      member.bind(address, port).must();
      members.add(member);
      receivers.add(owner, member);
    }
  }

  private static Sock open(Program program, String label, String address) throws Exception {
    return isIpv6(address) ? program.udp6(label) : program.udp(label);
  }

  private static boolean isIpv6(String address) {
    return address.contains(":");
  }

  /** The members stay as they are, but would not share any more. */
  void clearMembers() throws Exception {
    for (Sock member : members) {
      member.set(SO_REUSEPORT, 0).must();
    }
  }

  /** The rule, by which a source port has its member. */
  void attachRule() throws Exception {
    int first = place == Guard.BEFORE_THE_MEMBERS ? 1 : 0;
    SourcePortRule rule = new SourcePortRule(isIpv6(address), members.size(), first);
    members.get(0).spread(rule).must();
    lab.notes().exhibit("The rule in the kernel's language", rule.listing());
  }

  /** What the kernel's table shows. */
  void show() throws Exception {
    lab.show(owner, "The kernel's table", port);
  }

  /** From many source ports; every datagram names the member whom the rule gives it to. */
  private void send() throws Exception {
    Program client = lab.program("client");
    for (int i = 0; i < DATAGRAMS / DATAGRAMS_PER_FLOW; i++) {
      Sock flow = open(client.quiet(), "flow", address);
      flow.bind(address, 0).must();
      String named = members.get(flow.local().getPort() % members.size()).label();
      for (int j = 0; j < DATAGRAMS_PER_FLOW; j++) {
        flow.sendTo(named, address, port).must();
      }
      flow.close();
    }
    lab.say(
        "%s sends %d datagrams to %s from %d source ports.",
        client,
        DATAGRAMS,
        Endpoint.text(new InetSocketAddress(address, port)),
        DATAGRAMS / DATAGRAMS_PER_FLOW);
  }

  /** Sends, and says which socket hears how much. */
  String heard() throws Exception {
    send();
    return receivers.heard(DATAGRAMS);
  }

  /** Sends, and says how many of all sockets hear something. */
  String hearing() throws Exception {
    send();
    return receivers.hearing(DATAGRAMS);
  }

  /** Sends, and says how many members hear something, and how much the guard. */
  String shares() throws Exception {
    send();
    Map<Sock, List<Datagram>> arrivals = receivers.arrivals(DATAGRAMS);
    long hearing = members.stream().filter(member -> !arrivals.get(member).isEmpty()).count();
    return hearing
        + " of "
        + members.size()
        + " members hear something, guard "
        + arrivals.get(guard).size();
  }

  /** Sends, and says how many datagrams come to the member that they name. */
  String asNamed() throws Exception {
    send();
    Map<Sock, List<Datagram>> arrivals = receivers.arrivals(DATAGRAMS);
    long named =
        members.stream()
            .mapToLong(
                member ->
                    arrivals.get(member).stream()
                        .filter(datagram -> datagram.text().equals(member.label()))
                        .count())
            .sum();
    return named + " of " + DATAGRAMS + " where the rule says";
  }

  /** Another program wants to share; its socket stays open. */
  Outcome join(Program program) throws Exception {
    Sock newcomer = open(program, "newcomer", address);
    newcomer.set(SO_REUSEPORT, 1).must();
    Outcome bound = newcomer.bind(address, port);
    receivers.add(program, newcomer);
    return bound;
  }

  /**
   * Another program tries the address and every wildcard that has it, with every combination of the
   * options.
   *
   * @return every result there was, each once
   */
  String newcomers(Program program) throws Exception {
    Table.Builder table =
        Table.titled("")
            .column("newcomer binds", "newcomerBinds")
            .column("no option", "noOption")
            .column("SO_REUSEADDR", "reuseAddress")
            .column("SO_REUSEPORT", "reusePort")
            .column("both", "both");
    Set<String> results = new TreeSet<>();
    for (String where : wanted()) {
      List<Object> row = new ArrayList<>();
      row.add(Endpoint.text(new InetSocketAddress(where, port)));
      for (Set<Option> options : COMBINATIONS) {
        String result = tryToBind(program.quiet(), where, options);
        results.add(result);
        row.add(result);
      }
      table.row(row.toArray());
    }
    lab.observe("What a newcomer's bind returns", table.build());
    return String.join(", ", results);
  }

  /** Of IPv6 only where there is any. */
  private List<String> wanted() {
    if (isIpv6(address)) {
      return List.of(address, "::");
    }
    return Ipv6.absence().isEmpty()
        ? List.of(address, "0.0.0.0", "::")
        : List.of(address, "0.0.0.0");
  }

  private String tryToBind(Program program, String where, Set<Option> options) throws Exception {
    Sock newcomer = open(program, "newcomer", where);
    if (isIpv6(where)) {
      newcomer.set(IPV6_V6ONLY, 0).must();
    }
    for (Option option : options) {
      newcomer.set(option, 1).must();
    }
    String result = newcomer.bind(where, port).word();
    newcomer.close();
    return result;
  }
}
