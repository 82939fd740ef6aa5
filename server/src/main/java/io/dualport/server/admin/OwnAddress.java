package io.dualport.server.admin;

import io.dualport.config.RefusedValueException;
import io.dualport.kernel.Zones;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** An address of this machine to listen on, as it was typed. */
public final class OwnAddress {
  private OwnAddress() {}

  /**
   * Resolves it.
   *
   * @param typed a name or digits, IPv6 also in brackets
   * @throws IllegalArgumentException if it means no address, or one that nobody can listen on
   */
  public static InetAddress of(String typed) {
    boolean inBrackets = typed.startsWith("[") && typed.endsWith("]");
    String host = inBrackets ? typed.substring(1, typed.length() - 1) : typed;
    InetAddress address = null;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      // Said below: perhaps it is the zone that is unknown.
    }
    Optional<String> complaint = Zones.complaint(host, address);
    if (complaint.isPresent()) {
      throw new RefusedValueException(complaint.get());
    }
    if (address == null) {
      throw new IllegalArgumentException("does not resolve: " + host);
    }
    if (address.isMulticastAddress()) {
      throw new RefusedValueException(
          "a multicast address is a group's, and no machine's own: a listener needs one of those");
    }
    return address;
  }
}
