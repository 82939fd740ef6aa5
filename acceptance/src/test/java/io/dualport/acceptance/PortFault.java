package io.dualport.acceptance;

/** What is wrong between client and server: a rule of nftables about an address of the server's. */
enum PortFault {
  NONE("all is well", "", ""),
  UDP_DROPPED("UDP dropped", "arriving", "ip daddr HERE ip protocol udp drop"),
  UDP_REJECTED(
      "UDP rejected",
      "admitted",
      "ip daddr HERE ip protocol udp reject with icmp port-unreachable"),
  TCP_ALONE("TCP alone", "elsewhere", "ip daddr HERE udp dport 1-65535 dnat to HERE:1"),
  /** Every reply on its own, as a load balancer does that forgets. */
  OTHER_ADDRESS(
      "other address answers",
      "leaving",
      "ip saddr HERE ip protocol udp ip saddr set " + RealServers.OTHER_ADDRESS),
  /** {@link RealServer#other} is not the same for all. */
  OTHER_SERVICE("other service", "", ""),
  NGINX_ALONE(
      "nginx without its backend",
      "elsewhere",
      "ip daddr HERE meta l4proto { tcp, udp } th dport 1-65535 dnat to HERE:9003"),
  HAPROXY_ALONE(
      "haproxy without its backend",
      "elsewhere",
      "ip daddr HERE meta l4proto { tcp, udp } th dport 1-65535 dnat to HERE:9004"),
  /** On the client's host the same is done to what comes back. */
  LARGE_LOST("more than 1280 bytes lost", "arriving", "ip daddr HERE ip length > 1280 drop");

  private final String words;
  private final String chain;
  private final String rule;

  PortFault(String words, String chain, String rule) {
    this.words = words;
    this.chain = chain;
    this.rule = rule;
  }

  /** The server's; what is done to it is done to every server. */
  String address() {
    return "10.99." + ordinal() + ".1";
  }

  String clientAddress() {
    return "10.99." + ordinal() + ".2";
  }

  /** The rule, if it belongs into this chain. */
  String ruleOf(String someChain) {
    return chain.equals(someChain) ? rule.replace("HERE", address()) + "\n" : "";
  }

  @Override
  public String toString() {
    return words;
  }
}
