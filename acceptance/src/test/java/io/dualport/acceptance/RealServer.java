package io.dualport.acceptance;

import java.util.List;
import java.util.Locale;

/** A server that nobody here wrote: what it is asked as, on which number, and how it is started. */
enum RealServer {
  DNSMASQ(
      Tool.DNSMASQ,
      "dns",
      53,
      "dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file="
          + " --edns-packet-max=4096 --server=127.0.0.1#5300"),
  UNBOUND(Tool.UNBOUND, "dns", 5300, "unbound -d -c unbound.conf"),
  CADDY(Tool.CADDY, "https", 443, "caddy run --config Caddyfile"),
  NGINX(Tool.NGINX, "https", 8443, "nginx -e stderr -p ./ -c nginx.conf"),
  COTURN(
      Tool.TURNSERVER,
      "stun",
      3478,
      "turnserver -n --no-tls --no-dtls --no-cli --log-file=stdout --pidfile=turn.pid --db=turn.db"),
  KDC(Tool.KRB5KDC, "kerberos", 88, "krb5kdc -n -P kdc.pid"),
  SIPP(Tool.SIPP, "sip", 5060, "sipp -sf options.xml -p 5060 -nostdin"),
  MEMCACHED(Tool.MEMCACHED, "memcached", 11211, "memcached -u root -l 0.0.0.0 -U 11211"),
  RPCBIND(Tool.RPCBIND, "rpc", 111, "rpcbind -f"),
  SLAPD(Tool.SLAPD, "ldap", 389, "slapd -d 0 -f slapd.conf -h ldap://0.0.0.0");

  final Tool tool;
  final String service;
  final int port;
  private final String line;

  RealServer(Tool tool, String service, int port, String line) {
    this.tool = tool;
    this.service = service;
    this.port = port;
    this.line = line;
  }

  /** What has to be installed: it, what it asks, and what listens in its place. */
  Tool[] tools() {
    return new Tool[] {tool, this == DNSMASQ ? UNBOUND.tool : tool, other().tool};
  }

  /** One line of shell for each process. */
  List<String> lines() {
    return this == SIPP ? List.of(line + " -t t1", line + " -t u1") : List.of(line);
  }

  /** Debian's nginx has no HTTP/3, and its slapd no CLDAP. */
  boolean hasUdp() {
    return this != NGINX && this != SLAPD;
  }

  /** What listens in its place where that is another service. */
  RealServer other() {
    return switch (this) {
      case DNSMASQ, COTURN -> NGINX;
      case UNBOUND, RPCBIND -> CADDY;
      case CADDY, SLAPD -> MEMCACHED;
      case NGINX, MEMCACHED, KDC -> UNBOUND;
      case SIPP -> KDC;
    };
  }

  /** As people call it. */
  @Override
  public String toString() {
    return this == SIPP || this == KDC ? tool.command() : name().toLowerCase(Locale.ROOT);
  }
}
