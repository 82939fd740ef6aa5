package io.dualport.client.load.plan;

import static io.dualport.client.command.CommonKeys.HOUR;

import io.dualport.client.command.CommonKeys;
import io.dualport.client.command.ProgressChoice;
import io.dualport.client.message.SizeRange;
import io.dualport.client.target.ProtocolChoice;
import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import io.dualport.report.Words;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * What {@code load} was asked, checked. conf/client.conf explains the keys.
 *
 * @param rate messages a second for each protocol; 0 is a closed loop
 * @param hdrLog null for none
 * @param reportFlows five-tuples of each protocol that JSON lists
 * @param udpGso whether datagrams may leave together, as segments of one
 * @param sources empty for the kernel's choice
 * @param runId empty for a random one
 * @param sameServer whether both protocols must be proven to reach one server
 */
public record LoadSettings(
    ProtocolChoice protocol,
    int connections,
    int depth,
    int rate,
    ArrivalProcess arrivals,
    int maxInFlight,
    SizeRange size,
    Duration duration,
    Duration warmup,
    EchoComparison verify,
    boolean connectPerMessage,
    Closing close,
    Path hdrLog,
    Duration reportEvery,
    int reportFlows,
    ProgressChoice progress,
    int threads,
    Segmentation.Mode udpGso,
    List<InetAddress> sources,
    OptionalLong runId,
    Duration timeout,
    int sourcePort,
    Format format,
    Transport transport,
    boolean sameServer) {

  private static final String SECTION = "load.";
  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int MAX_IN_FLIGHT = 1 << 20;
  private static final int MAX_RATE = 100_000_000;
  private static final int MAX_THREADS = 256;
  private static final Duration DAY = Duration.ofDays(1);

  private static final Setting<Integer> CONNECTIONS =
      Setting.integer(SECTION + "connections", 1, MAX_CONNECTIONS);
  private static final Setting<Integer> DEPTH =
      Setting.integer(SECTION + "depth", 1, MAX_IN_FLIGHT);
  private static final Setting<Integer> RATE = Setting.integerOrOff(SECTION + "rate", 1, MAX_RATE);
  private static final Setting<ArrivalProcess> ARRIVALS =
      Setting.choice(SECTION + "arrivals", ArrivalProcess.class);
  private static final Setting<Integer> IN_FLIGHT =
      Setting.integer(SECTION + "max-in-flight", 1, MAX_IN_FLIGHT);
  private static final Setting<SizeRange> SIZE =
      text(SECTION + "size", SizeRange.ALLOWED).then(SizeRange::parse);
  private static final Setting<Duration> DURATION =
      Setting.duration(SECTION + "duration", Duration.ofMillis(100), DAY);
  private static final Setting<Duration> WARMUP =
      Setting.duration(SECTION + "warmup", Duration.ZERO, HOUR);
  private static final Setting<EchoComparison> VERIFY =
      Setting.choice(SECTION + "verify", EchoComparison.class);
  private static final Setting<Boolean> CONNECT_PER_MESSAGE =
      Setting.onOff(SECTION + "connect-per-message");
  private static final Setting<Closing> CLOSE = Setting.choice(SECTION + "close", Closing.class);
  private static final Setting<Path> HDR_LOG =
      text(SECTION + "hdr-log", "off, or the name of a file").then(LoadSettings::path);
  private static final Setting<Duration> REPORT_EVERY =
      Setting.duration(SECTION + "report-every", Duration.ofMillis(100), HOUR);
  private static final Setting<Integer> REPORT_FLOWS =
      Setting.integer(SECTION + "report-flows", 0, 100_000);
  private static final Setting<ProgressChoice> PROGRESS =
      Setting.choice(SECTION + "progress", ProgressChoice.class);
  private static final Setting<Integer> THREADS =
      Setting.integer(SECTION + "threads", 0, MAX_THREADS);
  private static final Setting<Segmentation.Mode> UDP_GSO =
      Setting.choice(SECTION + "udp-gso", Segmentation.Mode.class);
  private static final Setting<List<InetAddress>> SOURCES =
      Setting.<String>list(
              SECTION + "sources", "auto, or a list of addresses of this machine", e -> e)
          .then(LoadSettings::addresses);
  private static final Setting<OptionalLong> RUN_ID =
      text(SECTION + "run-id", "random, or 16 hexadecimal digits").then(LoadSettings::runId);

  /** The keys of this command alone. */
  public static final List<Setting<?>> KEYS =
      List.of(
          CONNECTIONS,
          DEPTH,
          RATE,
          ARRIVALS,
          IN_FLIGHT,
          SIZE,
          DURATION,
          WARMUP,
          VERIFY,
          CONNECT_PER_MESSAGE,
          CLOSE,
          HDR_LOG,
          REPORT_EVERY,
          REPORT_FLOWS,
          PROGRESS,
          THREADS,
          UDP_GSO,
          SOURCES,
          RUN_ID);

  /**
   * Picks what {@code load} needs.
   *
   * @throws SettingException if two values do not go together
   */
  public static LoadSettings of(Settings settings) {
    LoadSettings read =
        new LoadSettings(
            settings.get(CommonKeys.PROTOCOL),
            settings.get(CONNECTIONS),
            settings.get(DEPTH),
            settings.get(RATE),
            settings.get(ARRIVALS),
            settings.get(IN_FLIGHT),
            settings.get(SIZE),
            settings.get(DURATION),
            settings.get(WARMUP),
            settings.get(VERIFY),
            settings.get(CONNECT_PER_MESSAGE),
            settings.get(CLOSE),
            settings.get(HDR_LOG),
            settings.get(REPORT_EVERY),
            settings.get(REPORT_FLOWS),
            settings.get(PROGRESS),
            settings.get(THREADS),
            settings.get(UDP_GSO),
            settings.get(SOURCES),
            settings.get(RUN_ID),
            settings.get(CommonKeys.TIMEOUT),
            settings.get(CommonKeys.SOURCE_PORT),
            settings.get(CommonKeys.FORMAT),
            settings.get(CommonKeys.TRANSPORT),
            CommonKeys.sameServer(settings));
    read.requireThatItFits(settings);
    return read;
  }

  public boolean isOpenLoop() {
    return rate > 0;
  }

  /**
   * An open loop stands for many senders that know nothing of each other: what a full queue or a
   * rule drops of it must be a message, not a bundle.
   */
  public Segmentation.Mode segments() {
    return udpGso == Segmentation.Mode.AUTO && isOpenLoop() ? Segmentation.Mode.OFF : udpGso;
  }

  /** Messages in flight that one connection may have. */
  public int window() {
    return isOpenLoop() ? maxInFlight : depth;
  }

  /** Three numbers in a table that is at most half full. */
  private static final int BYTES_IN_FLIGHT = 2 * 2 * 3 * Long.BYTES;

  private void requireThatItFits(Settings settings) {
    boolean udp = protocol.protocols().contains(Protocol.UDP);
    if (udp && size.max() > Datagrams.MAX_IPV4_PAYLOAD) {
      throw refused(
          settings,
          "load.size",
          "one UDP datagram carries at most "
              + Datagrams.MAX_IPV4_PAYLOAD
              + " bytes; --protocol tcp takes more");
    }
    if (udp && udpGso == Segmentation.Mode.ON && !transport.sendsSegments()) {
      throw refused(
          settings,
          UDP_GSO.path(),
          transport.whyNoSegments()
              + "; choose auto or off"
              + (transport == Transport.EPOLL ? "" : ", or the epoll transport"));
    }
    if (sourcePort != 0 && (connections > 1 || connectPerMessage)) {
      throw refused(
          settings,
          "source-port",
          "one port makes one five-tuple for each protocol: use it with --connections 1 and"
              + " without --connect-per-message");
    }
    long wanted = 1L * connections * protocol.protocols().size() * window() * BYTES_IN_FLIGHT;
    if (!isOpenLoop() && wanted > Runtime.getRuntime().maxMemory() / 2) {
      throw refused(
          settings,
          DEPTH.path(),
          Words.format(
                  "with connections = %d that many messages in flight need %d MiB of memory, more"
                      + " than half of",
                  connections, wanted >> 20)
              + " what this JVM may use: lower one of them, or raise java -Xmx");
    }
    if (connectPerMessage && !protocol.protocols().contains(Protocol.TCP)) {
      throw refused(settings, CONNECT_PER_MESSAGE.path(), "UDP connects nothing: leave it out");
    }
    if (connectPerMessage && !isOpenLoop() && depth > 1) {
      throw refused(
          settings,
          DEPTH.path(),
          "with --connect-per-message a connection has one message: raise --connections");
    }
  }

  private static SettingException refused(Settings settings, String key, String why) {
    String path = "client." + key;
    return new SettingException(
        path + " = " + settings.effective().get(path).replace("  (", " (from ") + ": " + why);
  }

  private static Setting<String> text(String path, String allowed) {
    return new Setting<>(path, allowed, value -> String.valueOf(value.unwrapped()).trim());
  }

  private static Path path(String text) {
    try {
      return isOff(text) ? null : Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("not a file name", e);
    }
  }

  /** HOCON reads an unquoted {@code off} as a boolean in some places. */
  private static boolean isOff(String text) {
    return text.isEmpty() || text.equalsIgnoreCase("off") || text.equalsIgnoreCase("false");
  }

  private static List<InetAddress> addresses(List<String> texts) {
    if (texts.size() == 1 && texts.get(0).equalsIgnoreCase("auto")) {
      return List.of();
    }
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("no address");
    }
    return texts.stream().map(LoadSettings::address).toList();
  }

  /** Only what is written as an address: a name would be looked up. */
  private static InetAddress address(String text) {
    if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
      throw new IllegalArgumentException("not an address");
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("of an interface that is not here", e);
    }
  }

  private static OptionalLong runId(String text) {
    if (text.equalsIgnoreCase("random")) {
      return OptionalLong.empty();
    }
    if (!text.matches("[0-9a-fA-F]{16}")) {
      throw new IllegalArgumentException("not 16 hexadecimal digits");
    }
    return OptionalLong.of(Long.parseUnsignedLong(text, 16));
  }
}
