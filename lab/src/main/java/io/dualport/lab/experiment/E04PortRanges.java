package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Table;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which port numbers are for whom: by IANA, by this kernel, by name and by right? The article says
 * seven things about them, and that is what makes it long.
 */
public final class E04PortRanges implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String UNPRIVILEGED = "net.ipv4.ip_unprivileged_port_start";
  private static final int PICKS = 50;
  private static final int IANA_DYNAMIC = 49_152;
  private static final int SMTP = 25;
  private static final int HTTP = 80;
  private static final List<Integer> ARTICLE_PORTS = List.of(20, 21, 22, 23, SMTP, HTTP, 443);
  private static final int EXAMPLES = 4;

  private PortRange range;
  private Program net;
  private NamedPorts names;
  private List<String> protocols;
  private Program user;

  @Override
  public Script script() {
    return Script.of("4", "Port ranges: IANA's, this kernel's, and the names")
        .question(
            "Which ports are well known, which does the system give to clients, which need a"
                + " privilege, and what do the names in /etc/services mean?")
        .filter("tcp.dstport == PORT and tcp.flags.syn == 1")
        .part("IANA's ranges beside this kernel's")
        .act(this::whoSaysWhat)
        .expect(
            "picked-within-range",
            "150 of 150 within ip_local_port_range",
            "Whether TCP binds 0, UDP binds 0 or TCP connects without bind: what the kernel picks"
                + " lies in ip_local_port_range.",
            "ip(7) ip_local_port_range; inet_sk_get_local_port_range in"
                + " net/ipv4/inet_connection_sock.c",
            lab -> {
              PickedPorts picks = PickedPorts.of(lab, lab.self(), PICKS);
              lab.observe("What this kernel picks", picks.table());
              return picks.within(range, "ip_local_port_range");
            })
        .part("In a new network, where the settings are ours")
        .expect(
            "defaults",
            "32768..60999, privileged below 1024",
            "A new network begins with Linux's own ranges, not with IANA's.",
            "Documentation/networking/ip-sysctl.rst ip_local_port_range,"
                + " ip_unprivileged_port_start; inet_init_net in net/ipv4/af_inet.c",
            lab -> {
              net = lab.privateNetwork().owner();
              return rangeOf(net) + ", privileged below " + net.sysctl(UNPRIVILEGED);
            })
        .expectBetween(
            "picked-below-49152",
            1,
            150,
            "Some of them lie below 49152, where IANA's dynamic ports begin.",
            "RFC 6335 section 6; Linux's range begins at 32768",
            lab ->
                PickedPorts.of(lab, net, PICKS).all().stream()
                    .filter(port -> port < IANA_DYNAMIC)
                    .count())
        .expect(
            "range-is-a-setting",
            "150 of 150 within 2000..2099",
            "The range is a setting: move it below 32768 and the kernel picks there.",
            "Documentation/networking/ip-sysctl.rst ip_local_port_range",
            lab -> {
              net.sysctl(RANGE, "2000 2099");
              PortRange small = rangeOf(net);
              return PickedPorts.of(lab, net, PICKS).within(small, small.toString());
            })
        .part("Names in /etc/services")
        .act(
            lab -> {
              names = NamedPorts.read();
              lab.observe("How many numbers have a name", names.table(EXAMPLES));
              lab.observe("The ports the article names", names.table(ARTICLE_PORTS));
            })
        .expect(
            "domain",
            "53/tcp, 53/udp",
            "The name domain belongs to one number on both protocols.",
            "services(5); RFC 1035 section 4.2",
            lab -> names.numbers("domain"))
        .expect(
            "port-25",
            "smtp",
            "25 is the port of mail (SMTP).",
            "services(5); RFC 5321 section 4.5.4.2",
            lab -> names.tcp().get(SMTP))
        .expectBetween(
            "named-on-one-only",
            1,
            65535,
            "Some numbers have a name on one of the two protocols only.",
            "services(5); RFC 6335 section 7.2",
            lab -> names.onTcpOnly().size() + names.onUdpOnly().size())
        .part("Numbers in /etc/protocols")
        .act(this::showProtocols)
        .expect(
            "protocol-numbers",
            "ip 0, tcp 6, udp 17",
            "TCP is protocol 6, UDP is 17. IP itself has none of its own in the header: 0 is a"
                + " pseudo number, and 4 means an IP packet inside another.",
            "protocols(5); include/uapi/linux/in.h IPPROTO_IP, IPPROTO_IPIP, IPPROTO_TCP,"
                + " IPPROTO_UDP; RFC 2003 section 3.1",
            lab ->
                protocols.stream()
                    .filter(line -> line.matches("(ip|tcp|udp) .*"))
                    .map(line -> line.replaceFirst("(\\S+ \\S+).*", "$1"))
                    .collect(Collectors.joining(", ")))
        .say(
            "The 4 that everybody remembers is the first half byte of every IPv4 header, the"
                + " version; experiment 3 shows it.")
        .part("An ordinary user binds port 80")
        .act(lab -> user = Needs.isRoot() ? anotherUser(lab) : ourselves(lab))
        .expect(
            "user-binds-80",
            "tcp EACCES, udp EACCES",
            "A user without CAP_NET_BIND_SERVICE may not bind a port below 1024, on either"
                + " protocol.",
            "bind(2) EACCES; capabilities(7) CAP_NET_BIND_SERVICE; __inet_bind in"
                + " net/ipv4/af_inet.c",
            lab -> bindBoth(HTTP))
        .act(this::privilegedOnlyBelowHttp)
        .expect(
            "user-binds-80-allowed",
            "tcp OK, udp OK",
            "With ip_unprivileged_port_start at 80 the same user may.",
            "Documentation/networking/ip-sysctl.rst ip_unprivileged_port_start;"
                + " inet_port_requires_bind_service in include/net/ip.h",
            lab -> bindBoth(HTTP))
        .expect(
            "user-binds-79",
            "tcp EACCES, udp EACCES",
            "And 79 is still refused.",
            "inet_port_requires_bind_service in include/net/ip.h",
            lab -> bindBoth(HTTP - 1))
        .answer(
            "0 to 1023 are well known, by IANA's register; clients get theirs from"
                + " ip_local_port_range, and a privilege is needed below"
                + " ip_unprivileged_port_start, both settings of the kernel; the names are for"
                + " people, and the kernel never reads them.")
        .refines(
            TWO_PROCESSES,
            "FTP has two ports, 21 for control and 20 for data.",
            "The names say so; but 20 is only the source port of active transfers, a passive one"
                + " uses any port (RFC 959).")
        .corrects(
            TWO_PROCESSES,
            "The system gives clients their ports from 1024 to 65535.",
            "From ip_local_port_range, 32768 to 60999 unless changed. IANA has registered ports"
                + " from 1024 to 49151 and dynamic ones from 49152; the kernel follows neither.")
        .refines(
            TWO_PROCESSES,
            "0 to 1023 are reserved for well-known services.",
            "By IANA's register. The kernel only asks for a privilege below"
                + " ip_unprivileged_port_start, which can be changed; and 0 is reserved (experiment"
                + " 3).")
        .corrects(
            TWO_PROCESSES, "Port 25 is the web server.", "25 is smtp, mail; the web is http, 80.")
        .corrects(
            TWO_PROCESSES,
            "IP's protocol number is 4.",
            "4 is the version in the IPv4 header. As a protocol number, 4 means IP in IP.")
        .confirms(TWO_PROCESSES, "TCP's protocol number is 6.", "It is, and UDP's is 17.")
        .refines(
            TWO_PROCESSES,
            "/etc/services shows the well-known ports.",
            "It shows names for people; the kernel never reads it. One number may have two names,"
                + " one for each protocol.");
  }

  private void whoSaysWhat(Lab lab) throws Exception {
    range = rangeOf(lab.self());
    lab.observe(
        "Who says what a number is for",
        Table.titled("")
            .column("ports", "ports")
            .column("are", "are")
            .column("says", "source")
            .row("0..1023", "system (well-known)", "RFC 6335 section 6")
            .row("1024..49151", "user (registered)", "RFC 6335 section 6")
            .row("49152..65535", "dynamic (private)", "RFC 6335 section 6")
            .row("< " + lab.self().sysctl(UNPRIVILEGED), "CAP_NET_BIND_SERVICE", UNPRIVILEGED)
            .row(range, "bind 0, connect", RANGE)
            .build());
  }

  private static PortRange rangeOf(Program program) throws Exception {
    return PortRange.parse(program.sysctl(RANGE));
  }

  private void showProtocols(Lab lab) throws Exception {
    protocols =
        NamedPorts.lines("/etc/protocols").stream()
            .map(line -> line.replaceAll("\\s+", " "))
            .toList();
    lab.notes()
        .exhibit(
            "From /etc/protocols",
            protocols.stream()
                .filter(line -> line.matches("(ip 0|\\S+ (4|6|17)) .*"))
                .collect(Collectors.joining("\n")));
  }

  /** Without root we are an ordinary user; the network is the machine's, with its own setting. */
  private static Program ourselves(Lab lab) throws Exception {
    Program user = lab.program("user");
    int privilegedBelow = Integer.parseInt(user.sysctl(UNPRIVILEGED));
    if (privilegedBelow <= HTTP) {
      throw new SkippedException(
          Bilingual.of(
              "here every user may bind ports from %d on (%s)", privilegedBelow, UNPRIVILEGED));
    }
    return user;
  }

  private Program anotherUser(Lab lab) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    net = network.owner();
    Program another = network.programOfAnotherUser("user");
    lab.say("The program user runs as user %d, without any capability.", Lab.ANOTHER_USER);
    net.sysctl(UNPRIVILEGED);
    return another;
  }

  private void privilegedOnlyBelowHttp(Lab lab) throws Exception {
    if (!Needs.isRoot()) {
      user = anotherUser(lab);
    }
    net.sysctl(UNPRIVILEGED, String.valueOf(HTTP));
  }

  private String bindBoth(int port) throws Exception {
    Sock stream = user.tcp("stream");
    Sock datagrams = user.udp("datagrams");
    return "tcp " + stream.bind(LOOPBACK, port) + ", udp " + datagrams.bind(LOOPBACK, port);
  }
}
