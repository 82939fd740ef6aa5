package io.dualport.server.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who may ask. Without a token: programs of this machine, and pages that were loaded from its
 * loopback under a loopback name, so that no foreign site can reach it by pointing its own name
 * here (DNS rebinding). With a token: whoever carries it.
 */
final class Access {
  /** Health checks say nothing but one word, and orchestrators cannot send a secret. */
  private static final List<String> FOR_ALL = List.of("/healthz", "/readyz");

  private static final Pattern HOST =
      Pattern.compile("(\\[[^\\]]+\\]|[^:\\[\\]]+)(?::[0-9]{1,5})?");

  private final AdminSettings settings;

  Access(AdminSettings settings) {
    this.settings = settings;
  }

  /** Whether anybody may ask for it, at any rate. */
  static boolean isForAll(String path) {
    return FOR_ALL.contains(path);
  }

  /** Why this request is refused, or null. */
  HttpRefusal refusal(String path, HttpVersion version, HttpHeaders headers) {
    if (isForAll(path)) {
      return null; // whatever the Host: load balancers send another machine's name, or none
    }
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1)) {
      return HttpRefusal.ONE_HOST; // RFC 9112, section 3.2
    }
    if (settings.asksForToken()) {
      return carriesToken(headers) ? null : HttpRefusal.TOKEN;
    }
    if (hosts.isEmpty() || !isLoopback(hosts.get(0).toLowerCase(Locale.ROOT))) {
      return HttpRefusal.HOST;
    }
    // A page of another site cannot read an answer, but it could keep us busy with questions.
    boolean fromAnotherSite = "cross-site".equals(headers.get("Sec-Fetch-Site"));
    boolean isNavigation = "navigate".equals(headers.get("Sec-Fetch-Mode"));
    return fromAnotherSite && !isNavigation ? HttpRefusal.CROSS_SITE : null;
  }

  /** Any port will do: a tunnel or a port forward changes it. */
  private static boolean isLoopback(String hostAndPort) {
    Matcher parts = HOST.matcher(hostAndPort);
    if (!parts.matches()) {
      return false;
    }
    String host = parts.group(1);
    byte[] address =
        NetUtil.createByteArrayFromIpAddressString(
            host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    try {
      return address == null
          ? host.matches("localhost\\.?")
          : InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // never for bytes of that number
    }
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
        return pair.indexOf(':') >= 0 && isToken(pair.substring(pair.indexOf(':') + 1));
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
