package io.dualport.client.check.service;

import io.dualport.client.target.Target;
import java.net.IDN;
import java.util.List;
import java.util.Optional;

/** All services that are known, by name and number. */
public final class Services {
  private static final int HTTPS_PORT = 443;

  private Services() {}

  /**
   * Every one, by number.
   *
   * @param target as the user named it
   */
  public static List<Service> all(Target target) {
    return List.of(
        new Dns(),
        new Kerberos(),
        Rpc.portMapper(),
        new Ldap(),
        new Https(authority(target)),
        Rpc.nfs(),
        new Stun(),
        new Sip(),
        new Memcached());
  }

  /** The one with this name. */
  public static Optional<Service> named(String name, Target target) {
    return all(target).stream().filter(service -> service.name().equals(name)).findFirst();
  }

  /** The one that the target's number belongs to. */
  public static Optional<Service> on(Target target) {
    return all(target).stream()
        .filter(service -> service.ports().contains(target.port()))
        .findFirst();
  }

  /** As a URI names it (RFC 3986 section 3.2): no zone, and no port that goes without saying. */
  private static String authority(Target target) {
    String host = target.host().replaceFirst("%.*", "");
    String named = new Target(ascii(host), target.port()).toString();
    return target.port() == HTTPS_PORT ? named.replaceFirst(":443$", "") : named;
  }

  private static String ascii(String host) {
    try {
      return host.contains(":") ? host : IDN.toASCII(host);
    } catch (IllegalArgumentException e) {
      return host; // a name that a resolver knows, whatever it looks like
    }
  }
}
