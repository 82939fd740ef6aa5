package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * All of {@link RealServer} on one host, and the client's host beside it. The server's host has an
 * address for each {@link PortFault}, the client's one in the same subnet, so that servers that let
 * the kernel choose answer from the address that was dialled. One name has all of these addresses.
 */
final class RealServers implements AutoCloseable {
  static final String NAME = "real.example";

  /** The host's own, which nobody dials. */
  static final String OTHER_ADDRESS = Lan.SERVER_IPV4.get(0);

  /** The way to these loses fragments; to the first the client's host knows an MTU of 1400. */
  static final String FRAGMENTS_LOST = "10.98.0.1";

  static final String FRAGMENTS_LOST_IPV6 = "fd77::2";

  private static final List<String> FILES =
      List.of(
          "unbound.conf",
          "Caddyfile",
          "nginx.conf",
          "haproxy.cfg",
          "kdc.conf",
          "options.xml",
          "slapd.conf");

  /** A certificate with as many names as those of large sites, and a database without anybody. */
  private static final String PREPARE =
      """
      export KRB5_CONFIG=kdc.conf KRB5_KDC_PROFILE=kdc.conf PATH=$PATH:/usr/sbin
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj /CN=real.example -keyout key.pem -out cert.pem \
        -addext "subjectAltName=DNS:real.example$(printf ',DNS:name-%d.real.example' {1..60})"
      [[ -z $(command -v kdb5_util) ]] || kdb5_util create -s -r REAL.EXAMPLE -P secret
      printf '  local-data: ". NS a-server-with-a-long-name-%d.example"\\n' {1..60} >>unbound.conf
      """;

  /** Locks and sockets of its own in /run, which the namespace takes with it. */
  private static final String START =
      "mount -t tmpfs tmpfs /run && export KRB5_CONFIG=kdc.conf KRB5_KDC_PROFILE=kdc.conf"
          + " XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD PATH=$PATH:/usr/sbin && exec ";

  private final Path folder;
  private final List<RealServer> servers;
  private final Lan lan;
  private final List<Process> running = new ArrayList<>();

  RealServers(Path folder) throws Exception {
    Tool.require(Tool.NFT, Tool.OPENSSL, Tool.HAPROXY, Tool.SS);
    Tool.requireNginxStream();
    this.lan = new Lan();
    this.folder = folder;
    this.servers = Arrays.stream(RealServer.values()).filter(s -> s.tool.isInstalled()).toList();
  }

  /** Starts those that are installed here, and waits until all of their ports are bound. */
  void start() throws Exception {
    for (PortFault fault : PortFault.values()) {
      succeed(lan.onServer("ip address add " + fault.address() + "/24 dev dps"));
      succeed(lan.onClient("ip address add " + fault.clientAddress() + "/24 dev dpc"));
    }
    // All servers are asked at once, which is more than one client gets (icmp(7)).
    succeed(lan.onServer("sysctl -q -w net.ipv4.icmp_ratelimit=0"));
    breakPaths();
    Files.write(
        folder.resolve("hosts"),
        Arrays.stream(PortFault.values()).map(fault -> fault.address() + " " + NAME).toList());
    for (String file : FILES) {
      Files.copy(RealServers.class.getResourceAsStream("/servers/" + file), folder.resolve(file));
    }
    succeed(Shell.run("cd " + folder + "\nset -e\n" + PREPARE));
    for (RealServer server : servers) {
      for (String line : server.lines()) {
        start(line);
      }
    }
    start("haproxy -db -f haproxy.cfg");
    Awaitility.await("servers in " + folder)
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(bound()).as(this::logs).containsAll(wanted()));
  }

  private String logs() {
    try {
      return Shell.run("tail -n 3 " + folder + "/*.log").out();
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  private static void succeed(Shell done) {
    assertThat(done.exitCode()).as(done.out() + done.err()).isZero();
  }

  private void breakPaths() throws Exception {
    // Without segmentation offload, so that rules see segments as a network carries them.
    succeed(lan.onServer("ip link set dev dps gso_max_segs 1"));
    succeed(lan.onClient("ip link set dev dpc gso_max_segs 1"));
    String others =
        servers.stream()
            .map(
                server ->
                    "ip daddr %1$s meta l4proto { tcp, udp } th dport %2$d dnat to %1$s:%3$d%n"
                        .formatted(
                            PortFault.OTHER_SERVICE.address(), server.port, server.other().port))
            .collect(Collectors.joining());
    // -450 is before conntrack puts fragments together.
    String arriving = "filter hook prerouting priority -450";
    String fragments = "ip daddr " + FRAGMENTS_LOST + " ip frag-off & 0x3fff != 0 drop\n";
    succeed(
        lan.onServer(
            table(
                chain("arriving", arriving, fragments)
                    + chain("admitted", "filter hook input priority 0", "")
                    + chain("elsewhere", "nat hook prerouting priority -100", others)
                    + chain("leaving", "filter hook postrouting priority -150", ""))));
    succeed(
        lan.onServer(
            "nft -f - <<'END'\ntable ip6 faults {\nchain arriving {\ntype "
                + arriving
                + ";\nexthdr frag exists drop\n}\n}\nEND"));
    succeed(lan.onServer("ip address add " + FRAGMENTS_LOST + "/24 dev dps"));
    succeed(lan.onClient("ip address add 10.98.0.2/24 dev dpc"));
    succeed(lan.onClient("ip route add " + FRAGMENTS_LOST + " dev dpc src 10.98.0.2 mtu 1400"));
    String large = "ip saddr " + PortFault.LARGE_LOST.address() + " ip length > 1280 drop\n";
    succeed(lan.onClient(table(chain("", arriving, large))));
  }

  private static String table(String chains) {
    return "nft -f - <<'END'\ntable ip faults {\n" + chains + "}\nEND";
  }

  private static String chain(String name, String type, String more) {
    return Arrays.stream(PortFault.values())
        .map(fault -> fault.ruleOf(name))
        .collect(
            Collectors.joining("", "chain on_" + name + " {\ntype " + type + ";\n" + more, "}\n"));
  }

  private void start(String line) throws IOException {
    Path log = folder.resolve(running.size() + "-" + line.split(" ")[0] + ".log");
    List<String> command = new ArrayList<>(lan.onServer());
    command.addAll(List.of("bash", "-c", START + line));
    running.add(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start());
  }

  /** Each as in {@code udp 10.99.0.1:53}. */
  private Set<String> bound() throws Exception {
    Set<String> bound = new HashSet<>();
    for (String line : lan.onServer("ss -Hlntu").out().lines().toList()) {
      String[] words = line.split(" +");
      for (PortFault fault : PortFault.values()) {
        bound.add(
            words[0] + " " + words[4].replaceFirst("^(0\\.0\\.0\\.0|\\*):", fault.address() + ":"));
      }
    }
    return bound;
  }

  private Set<String> wanted() {
    Set<String> wanted = new TreeSet<>();
    for (PortFault fault : PortFault.values()) {
      for (RealServer server : servers) {
        wanted.add("tcp " + fault.address() + ":" + server.port);
        if (server.hasUdp()) {
          wanted.add("udp " + fault.address() + ":" + server.port);
        }
      }
      wanted.add("tcp " + fault.address() + ":9004");
    }
    return wanted;
  }

  /** What the client says about a server, fault by fault. */
  Shell check(RealServer server, String options) throws Exception {
    return check(NAME, server, options);
  }

  /** What it says about a server at one address, or at all that a name has. */
  Shell check(String host, RealServer server, String options) throws Exception {
    List<String> words = new ArrayList<>(ServerProcess.java(ServerProcess.CLIENT_JAR));
    words.add(1, "-Djdk.net.hosts.file=" + folder.resolve("hosts"));
    return lan.onClient(
        "%s check %s:%d --as %s %s"
            .formatted(String.join(" ", words), host, server.port, server.service, options));
  }

  @Override
  public void close() throws Exception {
    running.forEach(Process::destroy);
    for (Process process : running) {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    lan.close();
  }
}
