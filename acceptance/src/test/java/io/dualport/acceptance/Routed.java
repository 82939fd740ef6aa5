package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * Three hosts of our own in a row, client - router - server, made of network namespaces and removed
 * at the end. The server's host has two addresses of each IP version; the router forwards, and is
 * where tests put firewalls, NAT and small MTUs.
 */
final class Routed implements AutoCloseable {
  static final String SERVER = "10.78.2.2";
  static final String SERVER_SECOND = "10.78.2.3";
  static final String SERVER_IPV6 = "fd78:2::2";
  static final String CLIENT = "10.78.1.2";
  static final String ROUTER_TO_SERVER = "10.78.2.1";

  private final String suffix = String.valueOf(ProcessHandle.current().pid());
  private final List<Process> running = new ArrayList<>();

  /** One of the three. */
  enum Host {
    CLIENT("dqc"),
    ROUTER("dqr"),
    SERVER("dqs");

    private final String prefix;

    Host(String prefix) {
      this.prefix = prefix;
    }
  }

  Routed() throws Exception {
    Tool.require(Tool.IP, Tool.NFT, Tool.SOCAT);
    Tool.requireRoot();
    for (Host host : Host.values()) {
      Shell.succeed("ip netns add " + name(host));
      on(host, "ip link set lo up; sysctl -q -w net.ipv6.conf.default.accept_dad=0");
    }
    link(Host.CLIENT, "10.78.1.2/24", "fd78:1::2/64", "10.78.1.1/24", "fd78:1::1/64", "c");
    link(Host.SERVER, "10.78.2.2/24", "fd78:2::2/64", "10.78.2.1/24", "fd78:2::1/64", "s");
    address(Host.SERVER, "10.78.2.3/24", "toRouters");
    address(Host.SERVER, "fd78:2::3/64", "toRouters");
    on(Host.ROUTER, "sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    on(Host.ROUTER, "sysctl -q -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
    on(Host.CLIENT, "ip route add default via 10.78.1.1; ip -6 route add default via fd78:1::1");
    on(Host.SERVER, "ip route add default via 10.78.2.1; ip -6 route add default via fd78:2::1");
    // The first packets of IPv6 wait for link-local addresses; refused is the answer of a host.
    Awaitility.await("IPv6 from client to server")
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                run(Host.CLIENT, "timeout 0.5 bash -c 'exec 3<>/dev/tcp/" + SERVER_IPV6 + "/1'")
                        .exitCode()
                    == 1);
  }

  private void link(
      Host host, String ipv4, String ipv6, String router4, String router6, String letter)
      throws Exception {
    Shell.succeed(
        "ip -n %s link add toRouter%s type veth peer name to%s netns %s"
            .formatted(name(host), letter, letter, name(Host.ROUTER)));
    address(host, ipv4, "toRouter" + letter);
    address(host, ipv6, "toRouter" + letter);
    address(Host.ROUTER, router4, "to" + letter);
    address(Host.ROUTER, router6, "to" + letter);
    on(host, "ip link set toRouter" + letter + " up");
    on(Host.ROUTER, "ip link set to" + letter + " up");
  }

  private void address(Host host, String address, String device) throws Exception {
    String nodad = address.indexOf(':') >= 0 ? " nodad" : "";
    on(host, "ip address add " + address + " dev " + device + nodad);
  }

  private String name(Host host) {
    return host.prefix + suffix;
  }

  /** Words that run what follows on a host. */
  List<String> at(Host host) {
    return List.of("ip", "netns", "exec", name(host));
  }

  /** A line of shell on a host, which must succeed. */
  void on(Host host, String line) throws Exception {
    Shell done = run(host, line);
    if (done.exitCode() != 0) {
      throw new IllegalStateException(line + ": " + done.out() + done.err());
    }
  }

  /** A line of shell on a host. */
  Shell run(Host host, String line) throws Exception {
    List<String> command = new ArrayList<>(at(host));
    command.addAll(List.of("bash", "-c", line));
    return Shell.run(command);
  }

  /** An nftables rule in a base chain of a host, as in {@code forward udp dport 7 drop}. */
  void firewall(Host host, String hook, String rule) throws Exception {
    String priority = hook.equals("postrouting") ? "nat hook postrouting priority 100" : null;
    String type = priority == null ? "filter hook " + hook + " priority 0" : priority;
    on(
        host,
        "nft add table inet dual && nft 'add chain inet dual "
            + hook
            + " { type "
            + type
            + "; }' && nft 'add rule inet dual "
            + hook
            + " "
            + rule
            + "'");
  }

  /**
   * Starts a program on a host and waits until its port is bound there.
   *
   * @param protocol tcp or udp
   */
  void serve(Host host, String protocol, int port, String line) throws Exception {
    List<String> command = new ArrayList<>(at(host));
    command.addAll(List.of("bash", "-c", "exec " + line));
    Path log = Files.createTempFile("serve", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    running.add(process);
    String flag = protocol.equals("tcp") ? "t" : "u";
    Awaitility.await(line)
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                !run(host, "ss -Hln" + flag + " sport = :" + port).out().isBlank()
                    || !process.isAlive());
    if (!process.isAlive()) {
      throw new IllegalStateException(line + " ended: " + Files.readString(log));
    }
    Files.deleteIfExists(log);
  }

  /**
   * Opens sockets as any plain client does, one for each of 200 source ports, all that it leaves,
   * and keeps them. A busy machine may refuse one for another reason, so it tries again.
   *
   * @param protocol tcp or udp
   */
  void holdConnections(Host host, String protocol, String address, int port) throws Exception {
    on(host, "sysctl -q -w net.ipv4.ip_local_port_range='40000 40199'");
    String line =
        "for ((held = 0, tries = 0; held < 200 && tries < 2000; tries++)); do"
            + " if exec {socket}<>/dev/%s/%s/%d; then held=$((held + 1)); fi; done 2>/dev/null;"
                .formatted(protocol, address, port)
            + " echo $held; exec sleep 600";
    List<String> command = new ArrayList<>(at(host));
    command.addAll(List.of("bash", "-c", line));
    Process process = new ProcessBuilder(command).start();
    running.add(process);
    String held =
        new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    assertThat(held).isEqualTo("200");
  }

  /** Ends what {@link #serve} started, and takes back firewalls, routes and what was learned. */
  void reset() throws Exception {
    endServers();
    for (Host host : Host.values()) {
      on(host, "nft flush ruleset");
    }
    on(Host.ROUTER, "ip route change 10.78.2.0/24 dev tos");
    on(Host.ROUTER, "ip -6 route replace fd78:2::/64 dev tos proto kernel metric 256");
    on(
        Host.CLIENT,
        "ip route replace default via 10.78.1.1; ip -6 route replace default via fd78:1::1");
    on(Host.CLIENT, "ip route flush cache");
    on(Host.CLIENT, "sysctl -q -w net.ipv4.ip_local_port_range='32768 60999'");
  }

  private void endServers() throws InterruptedException {
    for (Process process : running) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
    running.clear();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    endServers();
    for (Host host : Host.values()) {
      Shell.run("ip netns del " + name(host));
    }
  }
}
