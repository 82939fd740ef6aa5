package io.dualport.client.target;

import io.dualport.config.SettingException;
import io.dualport.report.ControlCharacters;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
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
   * The first address of the host.
   *
   * @throws UnknownHostException if there is none, or none was found in time
   */
  public InetAddress resolve(Duration timeout) throws UnknownHostException {
    return resolveAll(timeout).get(0);
  }

  /**
   * All addresses of the host, at least one. The system's resolver cannot be interrupted, so a
   * thread of its own asks it.
   *
   * @throws UnknownHostException if there is none, or none was found in time
   */
  public List<InetAddress> resolveAll(Duration timeout) throws UnknownHostException {
    FutureTask<List<InetAddress>> lookup =
        new FutureTask<>(() -> List.of(InetAddress.getAllByName(host)));
    Thread resolver = new Thread(lookup, "resolver");
    resolver.setDaemon(true);
    resolver.start();
    try {
      return lookup.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw unknown("the resolver knows no address for it", e);
    } catch (TimeoutException e) {
      throw unknown("the resolver did not answer within the timeout", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown("interrupted while resolving it", e);
    }
  }

  private static UnknownHostException unknown(String reason, Exception cause) {
    UnknownHostException unknown = new UnknownHostException(reason);
    unknown.initCause(cause);
    return unknown;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
