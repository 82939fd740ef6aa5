package io.dualport.client.check.service;

import io.dualport.client.target.Target;
import java.util.List;
import java.util.Optional;

/** All services that are known, by name and number. */
public final class Services {
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
}
