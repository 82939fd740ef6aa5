package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import io.dualport.report.Table;
import java.util.List;
import java.util.stream.Collectors;

/** Which port numbers are for whom: by IANA, by this kernel, by name and by right? */
public final class E04PortRanges implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String UNPRIVILEGED = "net.ipv4.ip_unprivileged_port_start";
  private static final String SMALL_RANGE = "2000 2099";
  private static final int PICKS = 50;
  private static final int IANA_DYNAMIC = 49_152;
  private static final int SMTP_PORT = 25;
  private static final int HTTP = 80;
  private static final List<Integer> ARTICLE_PORTS = List.of(20, 21, 22, 23, SMTP_PORT, HTTP, 443);
  private static final int EXAMPLES = 4;

  private static final Prediction DEFAULTS =
      Prediction.exactly(
          "defaults",
          "32768..60999, privileged below 1024",
          Bilingual.of(
              "A new network begins with Linux's own ranges, not with IANA's."),
          "Documentation/networking/ip-sysctl.rst ip_local_port_range,"
              + " ip_unprivileged_port_start; inet_init_net in net/ipv4/af_inet.c");

  private static final Prediction PICKED =
      Prediction.exactly(
          "picked-within-range",
          "150 of 150 within ip_local_port_range",
          Bilingual.of(
              "Whether TCP binds 0, UDP binds 0 or TCP connects without bind: what the kernel picks"
                  + " lies in ip_local_port_range."),
          "ip(7) ip_local_port_range; inet_sk_get_local_port_range in net/ipv4/inet_connection_sock.c");

  private static final Prediction BELOW_DYNAMIC =
      Prediction.between(
          "picked-below-49152",
          1,
          150,
          Bilingual.of(
              "Some of them lie below 49152, where IANA's dynamic ports begin."),
          "RFC 6335 section 6; Linux's range begins at 32768");

  private static final Prediction SMALL =
      Prediction.exactly(
          "range-is-a-setting",
          "150 of 150 within 2000..2099",
          Bilingual.of(
              "The range is a setting: move it below 32768 and the kernel picks there."),
          "Documentation/networking/ip-sysctl.rst ip_local_port_range");

  private static final Prediction DOMAIN =
      Prediction.exactly(
          "domain",
          "53/tcp, 53/udp",
          Bilingual.of(
              "The name domain belongs to one number on both protocols."),
          "services(5); RFC 1035 section 4.2");

  private static final Prediction SMTP =
      Prediction.exactly(
          "port-25",
          "smtp",
          Bilingual.of("25 is the port of mail (SMTP)."),
          "services(5); RFC 5321 section 4.5.4.2");

  private static final Prediction ONE_ONLY =
      Prediction.between(
          "named-on-one-only",
          1,
          65535,
          Bilingual.of(
              "Some numbers have a name on one of the two protocols only."),
          "services(5); RFC 6335 section 7.2");

  private static final Prediction NUMBERS =
      Prediction.exactly(
          "protocol-numbers",
          "ip 0, tcp 6, udp 17",
          Bilingual.of(
              "TCP is protocol 6, UDP is 17. IP itself has none of its own in the header: 0 is a"
                  + " pseudo number, and 4 means an IP packet inside another."),
          "protocols(5); include/uapi/linux/in.h IPPROTO_IP, IPPROTO_IPIP, IPPROTO_TCP,"
              + " IPPROTO_UDP; RFC 2003 section 3.1");

  private static final Prediction REFUSED =
      Prediction.exactly(
          "user-binds-80",
          "tcp EACCES, udp EACCES",
          Bilingual.of(
              "A user without CAP_NET_BIND_SERVICE may not bind a port below 1024, on either"
                  + " protocol."),
          "bind(2) EACCES; capabilities(7) CAP_NET_BIND_SERVICE; __inet_bind in"
              + " net/ipv4/af_inet.c");

  private static final Prediction ALLOWED =
      Prediction.exactly(
          "user-binds-80-allowed",
          "tcp OK, udp OK",
          Bilingual.of(
              "With ip_unprivileged_port_start at 80 the same user may."),
          "Documentation/networking/ip-sysctl.rst ip_unprivileged_port_start;"
              + " inet_port_requires_bind_service in include/net/ip.h");

  private static final Prediction STILL_REFUSED =
      Prediction.exactly(
          "user-binds-79",
          "tcp EACCES, udp EACCES",
          Bilingual.of("And 79 is still refused."),
          "inet_port_requires_bind_service in include/net/ip.h");

  @Override
  public Page page() {
    return new Page(
        "4",
        Bilingual.of("Port ranges: IANA's, this kernel's, and the names"),
        Bilingual.of(
            "Which ports are well known, which does the system give to clients, which need a"
                + " privilege, and what do the names in /etc/services mean?"),
        "tcp.port < 1024 or udp.port < 1024",
        claims(),
        List.of(
            PICKED,
            DEFAULTS,
            BELOW_DYNAMIC,
            SMALL,
            DOMAIN,
            SMTP,
            ONE_ONLY,
            NUMBERS,
            REFUSED,
            ALLOWED,
            STILL_REFUSED));
  }

  private static List<Claim> claims() {
    return List.of(
        new Claim(
            TWO_PROCESSES,
            REFINES,
            Bilingual.of(
                "FTP has two ports, 21 for control and 20 for data."),
            Bilingual.of(
                "The names say so; but 20 is only the source port of active transfers, a passive one uses any port"
                    + " (RFC 959).")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Bilingual.of(
                "The system gives clients their ports from 1024 to 65535."),
            Bilingual.of(
                "From ip_local_port_range, 32768 to 60999 unless changed. IANA has registered ports"
                    + " from 1024 to 49151 and dynamic ones from 49152; the kernel follows neither.")),
        new Claim(
            TWO_PROCESSES,
            REFINES,
            Bilingual.of("0 to 1023 are reserved for well-known services."),
            Bilingual.of(
                "By IANA's register. The kernel only asks for a privilege below"
                    + " ip_unprivileged_port_start, which can be changed; and 0 is reserved (experiment 3).")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Bilingual.of("Port 25 is the web server."),
            Bilingual.of("25 is smtp, mail; the web is http, 80.")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Bilingual.of("IP's protocol number is 4."),
            Bilingual.of(
                "4 is the version in the IPv4 header. As a protocol number, 4 means IP in IP.")),
        new Claim(
            TWO_PROCESSES,
            CONFIRMS,
            Bilingual.of("TCP's protocol number is 6."),
            Bilingual.of("It is, and UDP's is 17.")),
        new Claim(
            TWO_PROCESSES,
            REFINES,
            Bilingual.of("/etc/services shows the well-known ports."),
            Bilingual.of(
                "It shows names for people; the kernel never reads it. One number may have two"
                    + " names, one for each protocol.")));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    notes.part("IANA's ranges beside this kernel's", () -> here(lab, notes));
    notes.part(
        "In a new network, where the settings are ours",
        () -> inANewNetwork(lab, notes));
    notes.part("Names in /etc/services", () -> names(notes));
    notes.part("Numbers in /etc/protocols", () -> protocols(notes));
    notes.part("An ordinary user binds port 80", () -> anOrdinaryUser(lab, notes));
  }

  private static void here(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();
    PortRange range = PortRange.parse(program.sysctl(RANGE));
    notes.observe(
        "Who says what a number is for",
        Table.titled("")
            .column("ports", "ports")
            .column("are", "are")
            .column("says", "source")
            .row("0..1023", "system (well-known)", "RFC 6335 section 6")
            .row("1024..49151", "user (registered)", "RFC 6335 section 6")
            .row("49152..65535", "dynamic (private)", "RFC 6335 section 6")
            .row("< " + program.sysctl(UNPRIVILEGED), "CAP_NET_BIND_SERVICE", UNPRIVILEGED)
            .row(range, "bind 0, connect", RANGE)
            .build());
    PickedPorts picks = PickedPorts.of(program.quiet(), PICKS);
    notes.observe("What this kernel picks", picks.table());
    notes.check(PICKED, picks.within(range, "ip_local_port_range"));
  }

  private static void inANewNetwork(Lab lab, Notebook notes) throws Exception {
    Program net = lab.privateNetwork().owner();
    PortRange range = PortRange.parse(net.sysctl(RANGE));
    notes.check(DEFAULTS, range + ", privileged below " + net.sysctl(UNPRIVILEGED));
    PickedPorts picks = PickedPorts.of(net.quiet(), PICKS);
    notes.check(BELOW_DYNAMIC, picks.all().stream().filter(port -> port < IANA_DYNAMIC).count());
    net.sysctl(RANGE, SMALL_RANGE);
    PortRange small = PortRange.parse(net.sysctl(RANGE));
    notes.check(SMALL, PickedPorts.of(net.quiet(), PICKS).within(small, small.toString()));
  }

  private static void names(Notebook notes) throws Exception {
    NamedPorts names = NamedPorts.read();
    notes.observe("How many numbers have a name", names.table(EXAMPLES));
    Table.Builder named =
        Table.titled("").numbers("port", "port").column("tcp", "tcp").column("udp", "udp");
    for (int port : ARTICLE_PORTS) {
      named.row(port, names.tcp().get(port), names.udp().get(port));
    }
    notes.observe("The ports the article names", named.build());
    notes.check(DOMAIN, names.numbers("domain"));
    notes.check(SMTP, names.tcp().get(SMTP_PORT));
    notes.check(ONE_ONLY, names.onTcpOnly().size() + names.onUdpOnly().size());
  }

  private static void protocols(Notebook notes) throws Exception {
    List<String> lines = NamedPorts.lines("/etc/protocols");
    notes.exhibit(
        "From /etc/protocols",
        lines.stream()
            .filter(line -> line.matches("(ip\\s+0|\\S+\\s+(4|6|17))\\s.*"))
            .map(line -> line.replaceAll("\\s+", " "))
            .collect(Collectors.joining("\n")));
    notes.check(
        NUMBERS,
        lines.stream()
            .map(line -> line.split("\\s+"))
            .filter(words -> words.length > 1 && List.of("ip", "tcp", "udp").contains(words[0]))
            .map(words -> words[0] + " " + words[1])
            .collect(Collectors.joining(", ")));
    notes.say(
        "The 4 that everybody remembers is the first half byte of every IPv4 header, the version;"
            + " experiment 3 shows it.");
  }

  private static void anOrdinaryUser(Lab lab, Notebook notes) throws Exception {
    if (!lab.isRoot()) {
      asWhoWeAre(lab, notes);
    }
    PrivateNetwork network = lab.privateNetwork();
    Program user = network.programOfAnotherUser("user");
    notes.say(
        "The program user runs as user %d, without any capability.", Lab.ANOTHER_USER);
    network.owner().sysctl(UNPRIVILEGED);
    notes.check(REFUSED, bindBoth(user, HTTP));
    network.owner().sysctl(UNPRIVILEGED, String.valueOf(HTTP));
    notes.check(ALLOWED, bindBoth(user, HTTP));
    notes.check(STILL_REFUSED, bindBoth(user, HTTP - 1));
  }

  /** Without root we are an ordinary user; the network is the machine's, with its own setting. */
  private static void asWhoWeAre(Lab lab, Notebook notes) throws Exception {
    Program user = lab.program("user");
    int privilegedBelow = Integer.parseInt(user.sysctl(UNPRIVILEGED));
    if (privilegedBelow <= HTTP) {
      throw new SkippedException(
          Bilingual.of(
              "here every user may bind ports from %d on (%s)", privilegedBelow, UNPRIVILEGED));
    }
    notes.check(REFUSED, bindBoth(user, HTTP));
  }

  private static String bindBoth(Program user, int port) throws Exception {
    Sock stream = user.tcp("stream");
    Sock datagrams = user.udp("datagrams");
    return "tcp " + stream.bind(LOOPBACK, port) + ", udp " + datagrams.bind(LOOPBACK, port);
  }
}
