package io.dualport.client.check;

import io.dualport.client.command.CommonKeys;
import io.dualport.client.target.ProtocolChoice;
import io.dualport.config.Setting;
import io.dualport.config.Settings;
import io.dualport.report.Format;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code check} was asked, checked.
 *
 * @param protocol which of the two are checked
 * @param size bytes of the largest message that must come back
 * @param service what is asked for
 * @param family which of a name's addresses are checked
 * @param timeout how long any answer is waited for
 * @param sourcePort the port the sockets are bound to; 0 is any that is free on both
 * @param format of the result
 * @param transport what drives the sockets
 * @param sameServer whether both protocols must be proven to reach one server
 */
public record CheckSettings(
    ProtocolChoice protocol,
    int size,
    ServiceChoice service,
    Family family,
    Duration timeout,
    int sourcePort,
    Format format,
    Transport transport,
    boolean sameServer) {
  private static final Setting<Integer> SIZE =
      Setting.integer("check.size", 1, Datagrams.MAX_IPV4_PAYLOAD);
  private static final Setting<Family> FAMILY = Setting.choice("check.family", Family.class);

  /** The keys of this command alone. */
  public static final List<Setting<?>> KEYS =
      Stream.of(List.of(SIZE), ServiceChoice.KEYS, List.of(FAMILY))
          .<Setting<?>>flatMap(List::stream)
          .toList();

  static CheckSettings of(Settings settings) {
    return new CheckSettings(
        settings.get(CommonKeys.PROTOCOL),
        settings.get(SIZE),
        ServiceChoice.of(settings),
        settings.get(FAMILY),
        settings.get(CommonKeys.TIMEOUT),
        settings.get(CommonKeys.SOURCE_PORT),
        settings.get(CommonKeys.FORMAT),
        settings.get(CommonKeys.TRANSPORT),
        CommonKeys.sameServer(settings));
  }
}
