package io.dualport.server.admin;

/**
 * What the admin side is told by the configuration.
 *
 * @param address where it listens
 * @param token what every request but the health checks must carry; empty = none is asked for
 * @param maxConnections at once; the next is closed at once and counted
 * @param metricsFlows five-tuples with metrics of their own, the busiest; 0 = none
 */
public record AdminSettings(
    AdminAddress address, String token, int maxConnections, int metricsFlows) {
  /** Characters below which a token could be guessed. */
  public static final int MIN_TOKEN_LENGTH = 16;

  /** Whether requests must carry the token. */
  public boolean asksForToken() {
    return !token.isEmpty();
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "AdminSettings[" + address + (asksForToken() ? ", with a token]" : "]");
  }
}
