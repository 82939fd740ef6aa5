package io.dualport.server.admin;

import io.dualport.flow.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the admin side listens, as {@code --admin} says.
 *
 * @param address what to bind; empty = no admin side
 * @param anotherPortWillDo whether any free port is as good, because nobody named this one
 */
public record AdminAddress(Optional<InetSocketAddress> address, boolean anotherPortWillDo) {
  /** What {@code auto} takes where it is free. */
  public static final int DEFAULT_PORT = 8889;

  public static final String ALLOWED =
      "off, auto (127.0.0.1:8889, or any free port where that is taken), or ADDRESS:PORT with a"
          + " port from 0 to 65535";

  private static final int MAX_PORT = 65535;

  /**
   * Reads the option's text.
   *
   * @throws IllegalArgumentException if it is none of {@link #ALLOWED}
   */
  public static AdminAddress parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "off" -> new AdminAddress(Optional.empty(), false);
      case "auto" ->
          new AdminAddress(
              Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), DEFAULT_PORT)),
              true);
      default -> new AdminAddress(Optional.of(named(text)), false);
    };
  }

  private static InetSocketAddress named(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      throw new IllegalArgumentException("no ADDRESS:PORT");
    }
    String host = text.substring(0, colon);
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > MAX_PORT || brackets != host.contains(":")) {
      throw new IllegalArgumentException("no ADDRESS:PORT");
    }
    return new InetSocketAddress(
        OwnAddress.of(brackets ? host.substring(1, host.length() - 1) : host), port);
  }

  /** Whether others than this machine's programs could reach it. */
  public boolean isOpenToOthers() {
    return address.isPresent() && !address.get().getAddress().isLoopbackAddress();
  }

  @Override
  public String toString() {
    return anotherPortWillDo ? "auto" : address.map(Endpoint::text).orElse("off");
  }
}
