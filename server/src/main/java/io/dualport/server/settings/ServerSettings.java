package io.dualport.server.settings;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;

import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.report.Words;
import io.dualport.server.admin.AdminAddress;
import io.dualport.server.admin.AdminSettings;
import io.dualport.transport.Segmentation;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's configuration, each value checked. What a key means and why one would change it
 * stands in {@code conf/server.conf}.
 *
 * @param port 0 to 65535; 0 = any port free on both protocols
 * @param addresses to bind, each once; a wildcard stands alone
 * @param threads event loops; 0 = as many as there are cores
 * @param shards datagram sockets for each address, one a loop; empty = as many as loops
 * @param maxConnections TCP connections at once
 * @param maxConnectionsPerSource TCP connections at once of one source address; 0 = no such limit
 * @param maxPendingBytes held for peers that do not read; empty = by the JVM's direct memory
 * @param maxFlows entries in the flow table
 * @param idleTimeout of a TCP connection and of a UDP flow entry
 * @param udpRate replies a second and source address; 0 = no limit
 * @param guard whether the guard refuses likely reflectors
 * @param reflectorPorts source ports that get no reply
 * @param loopAfter sightings of one datagram that make a loop
 * @param maxAddresses datagram sockets opened for single addresses beside a wildcard
 * @param udpReceiveBuffer bytes asked of the kernel for each datagram socket (SO_RCVBUF)
 * @param udpGso whether replies may leave as segmented datagrams
 * @param stamp whether probe messages are stamped
 * @param drain how long a stop waits for open connections
 * @param admin the admin side: where, for whom, with which limits
 * @param reportEvery between two progress reports; zero = none, empty = as the view wants
 * @param reportFlows five-tuples in the final table
 * @param chosen what somebody set; all else has its built-in default
 */
public record ServerSettings(
    int port,
    List<InetAddress> addresses,
    TransportChoice transport,
    int threads,
    Optional<Integer> shards,
    int maxConnections,
    int maxConnectionsPerSource,
    OptionalLong maxPendingBytes,
    int maxFlows,
    Duration idleTimeout,
    int udpRate,
    boolean guard,
    List<Integer> reflectorPorts,
    int loopAfter,
    int maxAddresses,
    int udpReceiveBuffer,
    Segmentation.Mode udpGso,
    boolean stamp,
    Duration drain,
    AdminSettings admin,
    View view,
    Optional<Duration> reportEvery,
    int reportFlows,
    Set<Setting<?>> chosen) {

  /** What may be asked for as a transport. */
  public enum TransportChoice {
    AUTO,
    EPOLL,
    IO_URING,
    KQUEUE,
    NIO
  }

  /** How the server shows itself on standard output. */
  public enum View {
    AUTO,
    LIVE,
    LOG,
    JSON,
    QUIET
  }

  /** The most that can be counted to. */
  static final int MAX_LOOP_AFTER = (1 << 24) - 1;

  private static final Logger LOG = LoggerFactory.getLogger(ServerSettings.class);
  private static final int MAX_PORT = 65535;

  public static final Setting<Integer> PORT = Setting.integer("port", 0, MAX_PORT);
  public static final Setting<List<InetAddress>> HOST =
      Setting.list(
              "host",
              "any (0.0.0.0 and ::) alone, or a list of this machine's addresses or names for them",
              host -> host)
          .then(ListenAddresses::resolve);
  static final Setting<TransportChoice> TRANSPORT =
      Setting.choice("transport", TransportChoice.class);
  static final Setting<Integer> THREADS = Setting.integer("threads", 0, 1024);
  static final Setting<Optional<Integer>> SHARDS = Setting.integerOrAuto("shards", 1, 1024);
  static final Setting<Integer> MAX_CONNECTIONS = Setting.integer("max-connections", 1, 10_000_000);
  static final Setting<Integer> MAX_CONNECTIONS_PER_SOURCE =
      Setting.integerOrOff("max-connections-per-source", 1, 10_000_000);
  static final Setting<OptionalLong> MAX_PENDING_BYTES =
      Setting.bytesOrAuto("max-pending-bytes", 1 << 20, 1L << 40);
  static final Setting<Integer> MAX_FLOWS = Setting.integer("max-flows", 0, 10_000_000);
  static final Setting<Duration> IDLE_TIMEOUT =
      Setting.duration("idle-timeout", ofMillis(100), ofDays(30));
  static final Setting<Integer> UDP_RATE = Setting.integerOrOff("udp-rate", 1, 100_000_000);
  static final Setting<Boolean> GUARD = Setting.onOff("guard.enabled");
  static final Setting<List<Integer>> REFLECTOR_PORTS =
      Setting.integers("guard.reflector-ports", 1, MAX_PORT);
  static final Setting<Integer> LOOP_AFTER = Setting.integer("guard.loop-after", 1, MAX_LOOP_AFTER);
  static final Setting<Integer> MAX_ADDRESSES = Setting.integer("max-addresses", 1, 65536);
  static final Setting<Integer> UDP_RECEIVE_BUFFER =
      Setting.integer("udp-receive-buffer", 65536, 1 << 30);
  static final Setting<Segmentation.Mode> UDP_GSO =
      Setting.choice("udp-gso", Segmentation.Mode.class);
  static final Setting<Boolean> STAMP = Setting.onOff("stamp");
  static final Setting<Duration> DRAIN = Setting.duration("drain", ZERO, ofHours(1));
  static final Setting<AdminAddress> ADMIN =
      Setting.text("admin", AdminAddress.ALLOWED).then(AdminAddress::parse);
  static final Setting<String> ADMIN_TOKEN =
      Setting.text(
          "admin-token",
          "empty, or at least "
              + AdminSettings.MIN_TOKEN_LENGTH
              + " printable ASCII characters without blanks");
  static final Setting<Integer> ADMIN_MAX_CONNECTIONS =
      Setting.integer("admin-max-connections", 1, 10_000);
  static final Setting<Integer> ADMIN_METRICS_FLOWS =
      Setting.integer("admin-metrics-flows", 0, 1000);
  static final Setting<View> VIEW = Setting.choice("view", View.class);
  static final Setting<Optional<Duration>> REPORT_EVERY =
      Setting.durationOrAuto("report-every", ofMillis(100), ofDays(1));
  static final Setting<Integer> REPORT_FLOWS = Setting.integer("report-flows", 0, 100_000);

  /** Every key, in the order of {@code conf/server.conf}. */
  public static final List<Setting<?>> ALL =
      List.of(
          PORT,
          HOST,
          TRANSPORT,
          THREADS,
          SHARDS,
          MAX_CONNECTIONS,
          MAX_CONNECTIONS_PER_SOURCE,
          MAX_PENDING_BYTES,
          MAX_FLOWS,
          IDLE_TIMEOUT,
          UDP_RATE,
          GUARD,
          REFLECTOR_PORTS,
          LOOP_AFTER,
          MAX_ADDRESSES,
          UDP_RECEIVE_BUFFER,
          UDP_GSO,
          STAMP,
          DRAIN,
          ADMIN,
          ADMIN_TOKEN,
          ADMIN_MAX_CONNECTIONS,
          ADMIN_METRICS_FLOWS,
          VIEW,
          REPORT_EVERY,
          REPORT_FLOWS);

  /**
   * Layers command line over environment over file over defaults.
   *
   * @throws io.dualport.config.SettingException if anything is refused
   */
  public static ServerSettings load(
      Map<String, String> commandLine, Map<String, String> environment, Path file) {
    Settings s = Settings.load("server", ALL, commandLine, environment, file);
    s.notes().forEach(LOG::warn);
    return new ServerSettings(
        s.get(PORT),
        s.get(HOST),
        s.get(TRANSPORT),
        s.get(THREADS),
        s.get(SHARDS),
        s.get(MAX_CONNECTIONS),
        s.get(MAX_CONNECTIONS_PER_SOURCE),
        s.get(MAX_PENDING_BYTES),
        s.get(MAX_FLOWS),
        s.get(IDLE_TIMEOUT),
        s.get(UDP_RATE),
        s.get(GUARD),
        s.get(REFLECTOR_PORTS),
        s.get(LOOP_AFTER),
        s.get(MAX_ADDRESSES),
        s.get(UDP_RECEIVE_BUFFER),
        s.get(UDP_GSO),
        s.get(STAMP),
        s.get(DRAIN),
        admin(s),
        s.get(VIEW),
        s.get(REPORT_EVERY),
        s.get(REPORT_FLOWS),
        ALL.stream().filter(s::isChosen).collect(Collectors.toSet()));
  }

  /** Whether somebody set it, on whatever layer. */
  public boolean isChosen(Setting<?> setting) {
    return chosen.contains(setting);
  }

  /** How many event loops there are: {@link #threads}, or one a core. */
  public int eventLoops() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }

  private static AdminSettings admin(Settings s) {
    AdminSettings admin =
        new AdminSettings(
            s.get(ADMIN),
            s.get(ADMIN_TOKEN),
            s.get(ADMIN_MAX_CONNECTIONS),
            s.get(ADMIN_METRICS_FLOWS));
    String token = admin.token(); // never in a message: those end up in logs
    if (admin.asksForToken() && !token.matches("[!-~]{" + AdminSettings.MIN_TOKEN_LENGTH + ",}")) {
      throw new SettingException(
          Words.format(
              "server.admin-token (%d characters, not shown): must be %s; openssl rand -hex 16"
                  + " makes one",
              token.length(), ADMIN_TOKEN.allowed()));
    }
    if (admin.address().isOpenToOthers() && !admin.asksForToken()) {
      throw new SettingException(
          Words.format(
                  "server.admin = %s: others than this machine could ask there, so it needs a token"
                      + " as well:",
                  admin.address())
              + " set DUAL_SERVER_ADMIN_TOKEN, or admin-token in the file of --config");
    }
    return admin;
  }
}
