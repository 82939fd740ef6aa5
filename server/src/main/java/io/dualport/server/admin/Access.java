package io.dualport.server.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;

/**
 * Who may ask. Without a token: programs of this machine, and pages that were loaded from its
 * loopback under a loopback name, so that no foreign site can reach it by pointing its own name
 * here (DNS rebinding). With a token: whoever carries it.
 */
final class Access {
  /** Health checks say nothing but one word, and orchestrators cannot send a secret. */
  private static final List<String> FOR_ALL = List.of("/healthz", "/readyz");

  private static final String LOOPBACK =
      "(localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1\\])(:\\d{1,5})?";

  private final AdminSettings settings;

  Access(AdminSettings settings) {
    this.settings = settings;
  }

  /** Whether anybody may ask for it, at any rate. */
  static boolean isForAll(String path) {
    return FOR_ALL.contains(path);
  }

  /** Why this request is refused, or null. */
  Refusal refusal(String path, HttpHeaders headers) {
    if (headers.getAll(HttpHeaderNames.HOST).size() != 1) {
      return Refusal.MALFORMED; // RFC 9112, section 3.2
    }
    if (settings.asksForToken()) {
      return isForAll(path) || carriesToken(headers) ? null : Refusal.TOKEN;
    }
    if (!headers.get(HttpHeaderNames.HOST).toLowerCase(java.util.Locale.ROOT).matches(LOOPBACK)) {
      return Refusal.HOST;
    }
    // A page of another site cannot read an answer, but it could keep us busy with questions.
    boolean fromAnotherSite = "cross-site".equals(headers.get("Sec-Fetch-Site"));
    boolean isNavigation = "navigate".equals(headers.get("Sec-Fetch-Mode"));
    return fromAnotherSite && !isNavigation ? Refusal.CROSS_SITE : null;
  }

  /** As a bearer (RFC 6750), or as the password of any user, which is what browsers can ask for. */
  private boolean carriesToken(HttpHeaders headers) {
    String given = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    int space = given.indexOf(' ');
    String scheme = space < 0 ? "" : given.substring(0, space);
    String credentials = space < 0 ? "" : given.substring(space + 1).trim();
    if (scheme.equalsIgnoreCase("Bearer")) {
      return isToken(credentials);
    }
    if (scheme.equalsIgnoreCase("Basic")) {
      try {
        String pair = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
        return isToken(pair.substring(pair.indexOf(':') + 1));
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
    return false;
  }

  /** Takes as long for a wrong token as for the right one. */
  private boolean isToken(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), settings.token().getBytes(StandardCharsets.UTF_8));
  }
}
