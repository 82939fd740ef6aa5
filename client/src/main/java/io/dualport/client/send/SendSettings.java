package io.dualport.client.send;

import io.dualport.client.command.CommonKeys;
import io.dualport.client.command.ProgressChoice;
import io.dualport.client.target.ProtocolChoice;
import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.flow.Protocol;
import io.dualport.report.Format;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What {@code send} was asked, checked; every component is a key below {@code client} and an
 * option.
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
 * @param sameServer whether both protocols must be proven to reach one server
 * @param progress whether each reply is printed as it comes, where text is asked for
 * @param stamp whether the server is asked to stamp what it saw
 */
public record SendSettings(
    ProtocolChoice protocol,
    int count,
    int size,
    Duration interval,
    Duration timeout,
    int sourcePort,
    Format format,
    Transport transport,
    boolean sameServer,
    ProgressChoice progress,
    boolean stamp) {
  static final int MAX_COUNT = 1_000_000;
  static final int MAX_TCP_SIZE = 16 << 20;

  private static final Setting<Integer> COUNT = Setting.integer("count", 1, MAX_COUNT);
  private static final Setting<Integer> SIZE = Setting.integer("size", 0, MAX_TCP_SIZE);
  private static final Setting<Duration> INTERVAL =
      Setting.duration("interval", Duration.ZERO, CommonKeys.HOUR);
  private static final Setting<Boolean> STAMP = Setting.onOff("stamp");

  private static final Setting<ProgressChoice> PROGRESS =
      Setting.choice("progress", ProgressChoice.class);

  /** The keys of this command alone; as the default command it has no section. */
  public static final List<Setting<?>> KEYS = List.of(COUNT, SIZE, INTERVAL, STAMP, PROGRESS);

  /**
   * Picks what {@code send} needs.
   *
   * @throws SettingException if no datagram carries the size
   */
  static SendSettings of(Settings settings) {
    SendSettings read =
        new SendSettings(
            settings.get(CommonKeys.PROTOCOL),
            settings.get(COUNT),
            settings.get(SIZE),
            settings.get(INTERVAL),
            settings.get(CommonKeys.TIMEOUT),
            settings.get(CommonKeys.SOURCE_PORT),
            settings.get(CommonKeys.FORMAT),
            settings.get(CommonKeys.TRANSPORT),
            CommonKeys.sameServer(settings),
            settings.get(PROGRESS),
            settings.get(STAMP));
    read.requireThatADatagramCarriesIt(settings);
    return read;
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
}
