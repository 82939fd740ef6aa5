package io.dualport.client.target;

import io.dualport.config.SettingException;
import io.dualport.flow.Endpoint;
import io.dualport.kernel.Zones;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to send, as the user typed it.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 1 to 65535
 */
public record Target(String host, int port) {
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:\\[([^\\[\\]]+)]|([^:\\[\\]]+)):(\\d{1,5})");
  private static final int MAX_PORT = 65535;

  /**
   * Reads {@code HOST:PORT}, where an IPv6 address stands in brackets (RFC 3986, section 3.2.2).
   *
   * @throws SettingException if it is anything else
   */
  public static Target parse(String text) {
    Matcher matcher = HOST_PORT.matcher(text);
    int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
    if (port < 1 || port > MAX_PORT) {
      throw new SettingException(
          "HOST:PORT = "
              + ControlCharacters.escaped(text)
              + " (from the command line): must be a name or an address, a colon and a port from 1"
              + " to 65535, as in localhost:8888, 192.0.2.1:8888 or [::1]:8888");
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    return new Target(host, port);
  }

  /**
   * As {@link #parse(String)}; or host and port as two words, as other programs take them, where an
   * IPv6 address needs no brackets.
   */
  public static Target parse(List<String> words) {
    boolean areTwo = words.size() == 2 && !HOST_PORT.matcher(words.get(0)).matches();
    boolean isBare = areTwo && words.get(0).contains(":") && !words.get(0).startsWith("[");
    return parse(
        isBare ? "[" + words.get(0) + "]:" + words.get(1) : String.join(areTwo ? ":" : " ", words));
  }

  /**
   * The first address of the host.
   *
   * @throws UnresolvedException if there is none, or none was found in time
   */
  public InetAddress resolve(Duration timeout) throws UnresolvedException {
    return resolveAll(timeout).get(0);
  }

  /**
   * All addresses of the host that can be sent to, each once, at least one. A link-local address
   * that lacks its zone is none; 0.0.0.0 and :: are the loopback; an IPv4-mapped IPv6 address is
   * the IPv4 address that it means. The system's resolver cannot be interrupted, so a thread of its
   * own asks it.
   *
   * @throws UnresolvedException if there is none, or none was found in time
   * @throws SettingException if it is the address of many hosts
   */
  public List<InetAddress> resolveAll(Duration timeout) throws UnresolvedException {
    Optional<String> unknown = Zones.unknown(host);
    if (unknown.isPresent()) {
      throw unknownZone(unknown.get());
    }
    List<InetAddress> all = lookUp(timeout);
    List<InetAddress> usable =
        all.stream()
            .map(this::requireOneHost)
            .filter(address -> !Zones.isMissing(address))
            .map(this::connectable)
            .distinct()
            .toList();
    if (usable.isEmpty()) {
      throw new UnresolvedException(
          Endpoint.text(all.get(0)) + " is link-local, and which link is meant is not said",
          "the interface behind the address, as in " + zoned(all.get(0)) + Zones.links(),
          null);
    }
    return usable;
  }

  private InetAddress requireOneHost(InetAddress address) {
    if (address.isMulticastAddress() || address.getHostAddress().equals("255.255.255.255")) {
      throw new SettingException(
          "HOST:PORT = "
              + this
              + " (from the command line): must be the address of one host, not a multicast or"
              + " broadcast address");
    }
    return address;
  }

  /** Linux connects 0.0.0.0 and :: to the loopback; naming it makes the five-tuple honest. */
  private InetAddress connectable(InetAddress address) {
    try {
      InetAddress plain = InetAddress.getByAddress(host, address.getAddress());
      InetAddress kept = plain instanceof Inet4Address ? plain : address;
      return !kept.isAnyLocalAddress()
          ? kept
          : InetAddress.getByName(kept instanceof Inet4Address ? "127.0.0.1" : "::1");
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address is always an address", e);
    }
  }

  private List<InetAddress> lookUp(Duration timeout) throws UnresolvedException {
    FutureTask<List<InetAddress>> lookup =
        new FutureTask<>(() -> List.of(InetAddress.getAllByName(host)));
    Thread resolver = new Thread(lookup, "resolver");
    resolver.setDaemon(true);
    resolver.start();
    try {
      return lookup.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Optional<String> misfit = Zones.misfit(host);
      if (misfit.isPresent()) {
        throw misfit(misfit.get(), e);
      }
      throw unresolved("the resolver knows no address for it", e);
    } catch (TimeoutException e) {
      throw unresolved("the resolver did not answer within the timeout", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unresolved("interrupted while resolving it", e);
    }
  }

  private UnresolvedException unresolved(String reason, Exception cause) {
    String shown = ControlCharacters.escaped(host);
    return new UnresolvedException(
        shown + ": " + reason,
        "the spelling, getent ahosts " + shown + ", or an address instead of the name",
        cause);
  }

  private UnresolvedException misfit(String reason, Exception cause) {
    String address = host.substring(0, host.indexOf('%'));
    return new UnresolvedException(
        ControlCharacters.escaped(host) + ": " + reason,
        "a link that the server is on, as in " + zoned(address),
        cause);
  }

  private UnresolvedException unknownZone(String zone) {
    String address = host.substring(0, host.indexOf('%'));
    return new UnresolvedException(
        Words.format(
            "%s: there is no interface %s here",
            ControlCharacters.escaped(host), ControlCharacters.escaped(zone)),
        "one that there is, as in " + zoned(address) + Zones.links(),
        null);
  }

  private String zoned(InetAddress address) {
    return zoned(Endpoint.text(address));
  }

  private String zoned(String address) {
    String zone = Zones.usable().stream().findFirst().orElse("eth0");
    return Words.format("[%s%%%s]:%d", ControlCharacters.escaped(address), zone, port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
