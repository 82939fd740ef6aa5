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
import io.dualport.lab.story.Text;
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
          Text.of(
              "A new network begins with Linux's own ranges, not with IANA's.",
              "新建的网络一开始用的是 Linux 自己的范围，而不是 IANA 的。"),
          "Documentation/networking/ip-sysctl.rst ip_local_port_range,"
              + " ip_unprivileged_port_start; inet_init_net in net/ipv4/af_inet.c");

  private static final Prediction PICKED =
      Prediction.exactly(
          "picked-within-range",
          "150 of 150 within ip_local_port_range",
          Text.of(
              "Whether TCP binds 0, UDP binds 0 or TCP connects without bind: what the kernel picks"
                  + " lies in ip_local_port_range.",
              "无论是 TCP 绑定 0、UDP 绑定 0，还是 TCP 不绑定直接 connect：内核挑选的端口都落在 ip_local_port_range 之内。"),
          "ip(7) ip_local_port_range; inet_sk_get_local_port_range in net/ipv4/inet_connection_sock.c");

  private static final Prediction BELOW_DYNAMIC =
      Prediction.between(
          "picked-below-49152",
          1,
          150,
          Text.of(
              "Some of them lie below 49152, where IANA's dynamic ports begin.",
              "其中一些低于 49152，而 IANA 的动态端口从那里才开始。"),
          "RFC 6335 section 6; Linux's range begins at 32768");

  private static final Prediction SMALL =
      Prediction.exactly(
          "range-is-a-setting",
          "150 of 150 within 2000..2099",
          Text.of(
              "The range is a setting: move it below 32768 and the kernel picks there.",
              "范围只是一个设置：把它移到 32768 以下，内核就在那里挑选。"),
          "Documentation/networking/ip-sysctl.rst ip_local_port_range");

  private static final Prediction DOMAIN =
      Prediction.exactly(
          "domain",
          "53/tcp, 53/udp",
          Text.of(
              "The name domain belongs to one number on both protocols.",
              "名字 domain 在两种协议上是同一个号码。"),
          "services(5); RFC 1035 section 4.2");

  private static final Prediction SMTP =
      Prediction.exactly(
          "port-25",
          "smtp",
          Text.of("25 is the port of mail (SMTP).", "25 是邮件（SMTP）的端口。"),
          "services(5); RFC 5321 section 4.5.4.2");

  private static final Prediction ONE_ONLY =
      Prediction.between(
          "named-on-one-only",
          1,
          65535,
          Text.of(
              "Some numbers have a name on one of the two protocols only.", "有些号码只在其中一种协议上有名字。"),
          "services(5); RFC 6335 section 7.2");

  private static final Prediction NUMBERS =
      Prediction.exactly(
          "protocol-numbers",
          "ip 0, tcp 6, udp 17",
          Text.of(
              "TCP is protocol 6, UDP is 17. IP itself has none of its own in the header: 0 is a"
                  + " pseudo number, and 4 means an IP packet inside another.",
              "TCP 的协议号是 6，UDP 是 17。IP 自身在 IP 头中没有协议号：0 只是伪协议号，4 表示 IP 报文里再装一个 IP 报文。"),
          "protocols(5); include/uapi/linux/in.h IPPROTO_IP, IPPROTO_IPIP, IPPROTO_TCP,"
              + " IPPROTO_UDP; RFC 2003 section 3.1");

  private static final Prediction REFUSED =
      Prediction.exactly(
          "user-binds-80",
          "tcp EACCES, udp EACCES",
          Text.of(
              "A user without CAP_NET_BIND_SERVICE may not bind a port below 1024, on either"
                  + " protocol.",
              "没有 CAP_NET_BIND_SERVICE 的用户不能绑定 1024 以下的端口，两种协议都一样。"),
          "bind(2) EACCES; capabilities(7) CAP_NET_BIND_SERVICE; __inet_bind in"
              + " net/ipv4/af_inet.c");

  private static final Prediction ALLOWED =
      Prediction.exactly(
          "user-binds-80-allowed",
          "tcp OK, udp OK",
          Text.of(
              "With ip_unprivileged_port_start at 80 the same user may.",
              "把 ip_unprivileged_port_start 设为 80 后，同一用户就可以了。"),
          "Documentation/networking/ip-sysctl.rst ip_unprivileged_port_start;"
              + " inet_port_requires_bind_service in include/net/ip.h");

  private static final Prediction STILL_REFUSED =
      Prediction.exactly(
          "user-binds-79",
          "tcp EACCES, udp EACCES",
          Text.of("And 79 is still refused.", "而 79 仍被拒绝。"),
          "inet_port_requires_bind_service in include/net/ip.h");

  @Override
  public Page page() {
    return new Page(
        "4",
        Text.of("Port ranges: IANA's, this kernel's, and the names", "端口范围：IANA 的、此内核的，以及名字"),
        Text.of(
            "Which ports are well known, which does the system give to clients, which need a"
                + " privilege, and what do the names in /etc/services mean?",
            "哪些端口是知名端口，哪些由系统分给客户端，哪些需要特权，/etc/services 里的名字又意味着什么？"),
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
            Text.of(
                "FTP has two ports, 21 for control and 20 for data.", "FTP 占两个端口：控制用 21，数据用 20。"),
            Text.of(
                "The names say so; but 20 is only the source port of active transfers, a passive one uses any port"
                    + " (RFC 959).",
                "名字如此；但 20 只是主动模式下服务器的源端口，被动模式用任意端口（RFC 959）。")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Text.of(
                "The system gives clients their ports from 1024 to 65535.",
                "1024 至 65535 由操作系统动态分配给客户端。"),
            Text.of(
                "From ip_local_port_range, 32768 to 60999 unless changed. IANA has registered ports"
                    + " from 1024 to 49151 and dynamic ones from 49152; the kernel follows neither.",
                "取自 ip_local_port_range，默认 32768 至 60999。IANA 规定 1024 至 49151 为注册端口，49152 起为动态端口；内核并不照此划分。")),
        new Claim(
            TWO_PROCESSES,
            REFINES,
            Text.of("0 to 1023 are reserved for well-known services.", "0 至 1023 是留给知名服务的。"),
            Text.of(
                "By IANA's register. The kernel only asks for a privilege below"
                    + " ip_unprivileged_port_start, which can be changed; and 0 is reserved (experiment 3).",
                "那是 IANA 的登记。内核只要求绑定低于 ip_unprivileged_port_start 的端口须有特权，而这个值可以改；0 是保留值（实验 3）。")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Text.of("Port 25 is the web server.", "WEB 服务器的端口是 25。"),
            Text.of("25 is smtp, mail; the web is http, 80.", "25 是 smtp，即邮件；Web 是 http，端口 80。")),
        new Claim(
            TWO_PROCESSES,
            CORRECTS,
            Text.of("IP's protocol number is 4.", "IP 的协议号为 4。"),
            Text.of(
                "4 is the version in the IPv4 header. As a protocol number, 4 means IP in IP.",
                "4 是 IPv4 头中的版本号。作为协议号，4 表示 IP 套 IP。")),
        new Claim(
            TWO_PROCESSES,
            CONFIRMS,
            Text.of("TCP's protocol number is 6.", "TCP 的协议号为 6。"),
            Text.of("It is, and UDP's is 17.", "没错，UDP 的是 17。")),
        new Claim(
            TWO_PROCESSES,
            REFINES,
            Text.of("/etc/services shows the well-known ports.", "/etc/services 中可查看知名端口。"),
            Text.of(
                "It shows names for people; the kernel never reads it. One number may have two"
                    + " names, one for each protocol.",
                "它只是给人看的名字，内核从不读它。同一号码在两种协议上可以有两个不同的名字。")));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    notes.part("IANA's ranges beside this kernel's", "IANA 的范围与此内核的范围", () -> here(lab, notes));
    notes.part(
        "In a new network, where the settings are ours",
        "在设置由我们说了算的新网络中",
        () -> inANewNetwork(lab, notes));
    notes.part("Names in /etc/services", "/etc/services 中的名字", () -> names(notes));
    notes.part("Numbers in /etc/protocols", "/etc/protocols 中的号码", () -> protocols(notes));
    notes.part("An ordinary user binds port 80", "普通用户绑定端口 80", () -> anOrdinaryUser(lab, notes));
  }

  private static void here(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();
    PortRange range = PortRange.parse(program.sysctl(RANGE));
    notes.observe(
        "Who says what a number is for",
        "各自如何规定",
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
    notes.observe("What this kernel picks", "此内核挑选的端口", picks.table());
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
    notes.observe("How many numbers have a name", "有名字的号码有多少", names.table(EXAMPLES));
    Table.Builder named =
        Table.titled("").numbers("port", "port").column("tcp", "tcp").column("udp", "udp");
    for (int port : ARTICLE_PORTS) {
      named.row(port, names.tcp().get(port), names.udp().get(port));
    }
    notes.observe("The ports the article names", "文章提到的端口", named.build());
    notes.check(DOMAIN, names.numbers("domain"));
    notes.check(SMTP, names.tcp().get(SMTP_PORT));
    notes.check(ONE_ONLY, names.onTcpOnly().size() + names.onUdpOnly().size());
  }

  private static void protocols(Notebook notes) throws Exception {
    List<String> lines = NamedPorts.lines("/etc/protocols");
    notes.exhibit(
        "From /etc/protocols",
        "摘自 /etc/protocols",
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
            + " experiment 3 shows it.",
        "大家记得的那个 4 是每个 IPv4 头的前半个字节，即版本号；实验 3 中可以看到。");
  }

  private static void anOrdinaryUser(Lab lab, Notebook notes) throws Exception {
    if (!lab.isRoot()) {
      asWhoWeAre(lab, notes);
    }
    PrivateNetwork network = lab.privateNetwork();
    Program user = network.programOfAnotherUser("user");
    notes.say(
        "The program user runs as user %d, without any capability.",
        "程序 user 以用户 %d 的身份运行，没有任何特权。", Lab.ANOTHER_USER);
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
          Text.format(
              "here every user may bind ports from %d on (%s)",
              "此处任何用户都可绑定 %d 及以上的端口（%s）", privilegedBelow, UNPRIVILEGED));
    }
    notes.check(REFUSED, bindBoth(user, HTTP));
  }

  private static String bindBoth(Program user, int port) throws Exception {
    Sock stream = user.tcp("stream");
    Sock datagrams = user.udp("datagrams");
    return "tcp " + stream.bind(LOOPBACK, port) + ", udp " + datagrams.bind(LOOPBACK, port);
  }
}
