package io.dualport.client.target;

import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel allows, by the names under which it can be changed. Linux; elsewhere unknown. */
public final class KernelLimits {
  private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final Path PROCESS_LIMITS = Path.of("/proc/self/limits");
  private static final Pattern RANGE = Pattern.compile("(\\d+)\\s+(\\d+)");
  private static final Pattern OPEN_FILES =
      Pattern.compile("(?m)^Max open files\\s+(\\S+)\\s+(\\S+)");

  private KernelLimits() {}

  /**
   * The ports that connect chooses from (ip(7)).
   *
   * @param low the first
   * @param high the last
   */
  public record PortRange(int low, int high) {
    public int ports() {
      return high - low + 1;
    }
  }

  /** net.ipv4.ip_local_port_range, which holds for IPv6 too. */
  public static Optional<PortRange> portRange() {
    Matcher matcher = RANGE.matcher(text(PORT_RANGE));
    return matcher.find()
        ? Optional.of(
            new PortRange(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
        : Optional.empty();
  }

  /** What to say and do when no source port is left, a clause without a full stop. */
  public static String portsAdvice(Protocol protocol) {
    String range =
        portRange()
            .map(
                r ->
                    Words.format(
                        "net.ipv4.ip_local_port_range is %d %d, %s for each source address and"
                            + " protocol",
                        r.low(), r.high(), Words.count(r.ports(), "port")))
            .orElse("the system's range of ephemeral ports is used up");
    return range
        + (protocol == Protocol.TCP
            ? ", and a closed connection keeps its port for a minute (TIME_WAIT)"
            : "")
        + "; widen it (sysctl -w net.ipv4.ip_local_port_range='1024 65535')";
  }

  /** What to say and do when no descriptor is left, a clause without a full stop. */
  public static String descriptorsAdvice() {
    Matcher matcher = OPEN_FILES.matcher(text(PROCESS_LIMITS));
    String limit =
        matcher.find()
            ? Words.format("`ulimit -n` is %s (hard limit %s)", matcher.group(1), matcher.group(2))
            : "see `ulimit -n`";
    return limit + "; raise it (ulimit -n N, or LimitNOFILE= of systemd)";
  }

  /** Read as a stream: files of /proc/sys say they are empty. */
  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }
}
