package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A program nobody here wrote, and the Debian package that has it. */
enum Tool {
  NC("nc.openbsd", "netcat-openbsd"),
  NCAT("ncat", "ncat"),
  SOCAT("socat", "socat"),
  IP("ip", "iproute2"),
  NFT("nft", "nftables"),
  INETD("inetd", "openbsd-inetd"),
  XINETD("xinetd", "xinetd, which Debian lets nobody have beside openbsd-inetd, so see .ci/run"),
  SETPRIV("setpriv", "util-linux"),
  SUDO("sudo", "sudo"),
  PRLIMIT("prlimit", "util-linux"),
  UNSHARE("unshare", "util-linux"),
  ZSH("zsh", "zsh"),
  TMUX("tmux", "tmux"),
  SCRIPT("script", "bsdutils"),
  SYSTEMD_ANALYZE("systemd-analyze", "systemd"),
  SYSTEMD_SOCKET_ACTIVATE("systemd-socket-activate", "systemd"),
  TCPDUMP("tcpdump", "tcpdump"),
  TSHARK("tshark", "tshark"),
  CURL("curl", "curl"),
  GCC("gcc", "gcc and libc6-dev"),
  FAKETIME("faketime", "faketime"),
  TINI("tini", "tini"),
  OPENSSL("openssl", "openssl"),
  GPG("gpg", "gpg and gpg-agent"),
  PROMETHEUS("prometheus", "prometheus"),
  PROMTOOL("promtool", "prometheus"),
  SS("ss", "iproute2"),
  JQ("jq", "jq"),
  NGINX("nginx", "nginx-light"),
  HAPROXY("haproxy", "haproxy"),
  DNSMASQ("dnsmasq", "dnsmasq-base"),
  UNBOUND("unbound", "unbound"),
  CADDY("caddy", "caddy"),
  TURNSERVER("turnserver", "coturn"),
  KRB5KDC("krb5kdc", "krb5-kdc"),
  SIPP("sipp", "sip-tester"),
  MEMCACHED("memcached", "memcached"),
  RPCBIND("rpcbind", "rpcbind"),
  SLAPD("slapd", "slapd"),
  KUBECTL("kubectl", "kubernetes-client"),
  DOCKER("docker", "docker.io"),
  DOCKER_COMPOSE("docker-compose", "docker-compose"),
  CHROMIUM("chromium", "chromium"),
  CHROMEDRIVER("chromedriver", "chromium-driver");

  private final String command;
  private final String debianPackage;

  Tool(String command, String debianPackage) {
    this.command = command;
    this.debianPackage = debianPackage;
  }

  String command() {
    return command;
  }

  /** Skips the test where the tool is missing, and says how to get it; where CI=true it fails. */
  static void require(Tool... tools) {
    for (Tool tool : tools) {
      orSkip(
          tool.isInstalled(),
          tool.command + " is not installed: apt-get install " + tool.debianPackage);
    }
  }

  /** Skips where nginx cannot relay what is not HTTP. */
  static Path requireNginxStream() {
    require(NGINX);
    Path module = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
    orSkip(
        Files.exists(module),
        "nginx's stream module is not installed: apt-get install libnginx-mod-stream");
    return module;
  }

  /** Skips where network namespaces cannot be made. */
  static void requireRoot() throws Exception {
    require(UNSHARE);
    orSkip(
        Shell.run("unshare -n true").exitCode() == 0,
        "needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN (namespaces, raw sockets, other users)");
  }

  /** Skips where no docker engine answers, or one of the images is not there: nothing is pulled. */
  static void requireImages(String... images) throws Exception {
    require(DOCKER);
    orSkip(
        Shell.run("docker info").exitCode() == 0,
        "no docker engine answers here: apt-get install docker.io, start dockerd, and be root or in"
            + " the group docker");
    for (String image : images) {
      orSkip(
          Shell.run("docker image inspect " + image).exitCode() == 0,
          "the image %s is not there: docker pull %s; without a registry: eval \"$(docker/base-image)\""
              .formatted(image, image));
    }
  }

  /** Skips without IPv6, which some machines rightly do not have, also where CI=true. */
  static void requireIpv6() throws Exception {
    if (!hasIpv6()) {
      System.out.println("SKIPPED: no interface carries ::1");
    }
    Assumptions.assumeTrue(hasIpv6(), "no interface carries ::1");
  }

  /** Skips where a process may not have so many descriptors, also where CI=true. */
  static void requireDescriptors(int count) throws Exception {
    String most = Shell.succeed("ulimit -Hn");
    boolean enough = most.equals("unlimited") || Integer.parseInt(most) >= count;
    String otherwise = "needs %d descriptors, and `ulimit -Hn` is %s".formatted(count, most);
    if (!enough) {
      System.out.println("SKIPPED: " + otherwise);
    }
    Assumptions.assumeTrue(enough, otherwise);
  }

  static boolean hasIpv6() throws Exception {
    return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
  }

  private static void orSkip(boolean present, String otherwise) {
    if (!present && "true".equals(System.getenv("CI"))) {
      fail(otherwise);
    }
    if (!present) {
      System.out.println("SKIPPED: " + otherwise);
    }
    Assumptions.assumeTrue(present, otherwise);
  }

  /** Where it is installed. */
  Path path() {
    return find().orElseThrow();
  }

  boolean isInstalled() {
    return find().isPresent();
  }

  private Optional<Path> find() {
    return Arrays.stream((System.getenv("PATH") + ":/usr/sbin").split(File.pathSeparator))
        .map(folder -> Path.of(folder, command))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
