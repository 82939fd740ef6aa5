package io.dualport.client;

import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The client's configuration, checked; every component is a key below {@code client} and an option.
 *
 * @param protocol which of the two are driven
 * @param count messages for each protocol
 * @param size bytes of a message
 * @param interval from the start of one message to the start of the next; 0 is as fast as the
 *     window allows
 * @param timeout how long an answer is waited for
 * @param sourcePort the port both sockets are bound to; 0 is any that is free on both
 * @param format of the result
 * @param transport what drives the event loop; {@code auto} is already resolved
 * @param stamp whether the server is asked to stamp what it saw
 */
record ClientSettings(
    ProtocolChoice protocol,
    int count,
    int size,
    Duration interval,
    Duration timeout,
    int sourcePort,
    Format format,
    Transport transport,
    boolean stamp) {
  static final String ROOT = "client";
  static final int MAX_COUNT = 1_000_000;
  static final int MAX_TCP_SIZE = 16 << 20;
  private static final Duration HOUR = Duration.ofHours(1);

  private static final Setting<ProtocolChoice> PROTOCOL =
      Setting.choice("protocol", ProtocolChoice.class);
  private static final Setting<Integer> COUNT = Setting.integer("count", 1, MAX_COUNT);
  private static final Setting<Integer> SIZE = Setting.integer("size", 0, MAX_TCP_SIZE);
  private static final Setting<Duration> INTERVAL =
      Setting.duration("interval", Duration.ZERO, HOUR);
  private static final Setting<Duration> TIMEOUT =
      Setting.duration("timeout", Duration.ofMillis(1), HOUR);
  private static final Setting<Integer> SOURCE_PORT = Setting.integer("source-port", 0, 65535);
  private static final Setting<Format> FORMAT = Setting.choice("format", Format.class);
  private static final Setting<Transport> TRANSPORT =
      new Setting<>(
          "transport",
          "auto, or one that works here: " + labels(Transport.available()),
          value -> transport(String.valueOf(value.unwrapped())));
  private static final Setting<Boolean> STAMP = Setting.onOff("stamp");

  /** All keys, in the order of the components. */
  static final List<Setting<?>> KEYS =
      List.of(PROTOCOL, COUNT, SIZE, INTERVAL, TIMEOUT, SOURCE_PORT, FORMAT, TRANSPORT, STAMP);

  /**
   * Reads command line, environment, file and defaults.
   *
   * @param typed option name without dashes to value
   * @param file what {@code --config} named, or null
   * @throws SettingException for the first thing that is refused
   */
  static ClientSettings load(
      Map<String, String> typed, Map<String, String> environment, Path file) {
    Settings settings = Settings.load(ROOT, KEYS, typed, environment, file);
    ClientSettings loaded =
        new ClientSettings(
            settings.get(PROTOCOL),
            settings.get(COUNT),
            settings.get(SIZE),
            settings.get(INTERVAL),
            settings.get(TIMEOUT),
            settings.get(SOURCE_PORT),
            settings.get(FORMAT),
            settings.get(TRANSPORT),
            settings.get(STAMP));
    loaded.requireThatADatagramCarriesIt(settings);
    return loaded;
  }

  private void requireThatADatagramCarriesIt(Settings settings) {
    if (protocol.protocols().contains(Protocol.UDP) && size > Datagrams.MAX_IPV4_PAYLOAD) {
      throw new SettingException(
          "client.size = "
              + settings.effective().get("client.size").replace("  (", " (from ")
              + ": with protocol "
              + protocol.name().toLowerCase(Locale.ROOT)
              + " must be a whole number from 0 to "
              + Datagrams.MAX_IPV4_PAYLOAD
              + ", the most one UDP datagram carries; --protocol tcp takes up to "
              + MAX_TCP_SIZE);
    }
  }

  private static Transport transport(String label) {
    if (label.equalsIgnoreCase("auto")) {
      return Transport.automatic();
    }
    return Transport.available().stream()
        .filter(transport -> transport.label().equalsIgnoreCase(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such transport here"));
  }

  private static String labels(List<Transport> transports) {
    return transports.stream().map(Transport::label).collect(Collectors.joining(", "));
  }
}
