package io.dualport.client.check.service;

import java.net.InetSocketAddress;

/**
 * What an answer is.
 *
 * @param what in words for people, such as {@code DNS server (REFUSED)}; empty if it proves nothing
 * @param mapped the client's address and port as the server saw them; null if it does not tell
 * @param alternatives where else it says it is (Alt-Svc, RFC 7838); null if it does not tell
 */
public record Recognition(Kind kind, String what, InetSocketAddress mapped, String alternatives) {
  /** What it says about the service. */
  public enum Kind {
    /** It answers the question, and nothing else would. */
    PROVEN,
    /** It is the beginning of such an answer, or can be. */
    INCOMPLETE,
    /** It cannot become one. */
    OTHER
  }

  /** The beginning of a right answer, as far as it goes. */
  public static final Recognition INCOMPLETE = new Recognition(Kind.INCOMPLETE, "", null, null);

  /** Something else. */
  public static final Recognition OTHER = new Recognition(Kind.OTHER, "", null, null);

  /** The answer that was asked for. */
  public static Recognition proven(String what) {
    return new Recognition(Kind.PROVEN, what, null, null);
  }

  public boolean isProven() {
    return kind == Kind.PROVEN;
  }
}
