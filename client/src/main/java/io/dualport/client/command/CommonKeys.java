package io.dualport.client.command;

import io.dualport.client.target.ProtocolChoice;
import io.dualport.config.RefusedValueException;
import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.report.Format;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** The keys that every command takes; those of one command stand with it. */
public final class CommonKeys {
  /** The longest that any span of time can be set to. */
  public static final Duration HOUR = Duration.ofHours(1);

  /** Which of the two are driven. */
  public static final Setting<ProtocolChoice> PROTOCOL =
      Setting.choice("protocol", ProtocolChoice.class);

  /** How long any answer is waited for. */
  public static final Setting<Duration> TIMEOUT =
      Setting.duration("timeout", Duration.ofMillis(1), HOUR);

  /** The port that sockets are bound to; 0 is any. */
  public static final Setting<Integer> SOURCE_PORT = Setting.integer("source-port", 0, 65535);

  /** How the result is written. */
  public static final Setting<Format> FORMAT = Setting.choice("format", Format.class);

  /** What drives the sockets; {@code auto} is resolved here. */
  public static final Setting<Transport> TRANSPORT =
      new Setting<>(
          "transport",
          "auto, or one that works here",
          value -> transport(String.valueOf(value.unwrapped())));

  private static final Setting<Boolean> SAME_SERVER = Setting.onOff("same-server");

  /** All of them. */
  public static final List<Setting<?>> ALL =
      List.of(PROTOCOL, TIMEOUT, SOURCE_PORT, FORMAT, TRANSPORT, SAME_SERVER);

  private CommonKeys() {}

  /**
   * Whether both protocols must be proven to reach one server.
   *
   * @throws SettingException if so, but only one protocol is asked
   */
  public static boolean sameServer(Settings settings) {
    boolean wanted = settings.get(SAME_SERVER);
    if (wanted && settings.get(PROTOCOL) != ProtocolChoice.BOTH) {
      throw new SettingException(
          "client.same-server = "
              + settings.effective().get("client.same-server").replace("  (", " (from ")
              + ": compares the servers of both protocols, so that --protocol must be both");
    }
    return wanted;
  }

  private static Transport transport(String label) {
    if (label.equalsIgnoreCase("auto")) {
      return Transport.automatic();
    }
    for (Transport transport : Transport.values()) {
      if (transport.label().equalsIgnoreCase(label) && transport.isAvailable()) {
        return transport;
      }
    }
    // Only now are all of them tried: each is a native library.
    throw new RefusedValueException(
        "must be auto, or one that works here: " + labels(Transport.available()));
  }

  private static String labels(List<Transport> transports) {
    return transports.stream().map(Transport::label).collect(Collectors.joining(", "));
  }
}
