package io.dualport.client.check;

import io.dualport.client.check.service.OwnQuestion;
import io.dualport.client.check.service.Service;
import io.dualport.client.check.service.Services;
import io.dualport.client.command.CommonKeys;
import io.dualport.client.target.Target;
import io.dualport.config.RefusedValueException;
import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.flow.Protocol;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a port is asked for.
 *
 * @param as by name; {@code auto} goes by the port's number
 * @param own what the user sends and expects instead
 */
record ServiceChoice(String as, Optional<OwnQuestion> own) {
  static final String ECHO = "echo";

  private static final String AUTO = "auto";
  private static final String LIST = "list";

  /** For names alone. */
  private static final Target ANY = new Target("localhost", 1);

  private static final Setting<String> AS =
      new Setting<>("check.as", names(), value -> known(String.valueOf(value.unwrapped())));

  private static final Setting<byte[]> SEND = TypedBytes.setting("check.send");
  private static final Setting<byte[]> SEND_TCP = TypedBytes.setting("check.send-tcp");
  private static final Setting<byte[]> SEND_UDP = TypedBytes.setting("check.send-udp");
  private static final Setting<byte[]> EXPECT = TypedBytes.setting("check.expect");
  private static final Setting<Boolean> EXPECT_ANY = Setting.onOff("check.expect-any");

  static final List<Setting<?>> KEYS = List.of(AS, SEND, SEND_TCP, SEND_UDP, EXPECT, EXPECT_ANY);

  /**
   * Reads and checks.
   *
   * @throws SettingException if what is sent and what is expected do not go together
   */
  static ServiceChoice of(Settings settings) {
    Optional<OwnQuestion> own = own(settings);
    String as = settings.get(AS);
    if (own.isPresent() && !as.equals(AUTO)) {
      throw new SettingException(
          "--as " + as + " and --send both say what is asked: leave one of them out");
    }
    return new ServiceChoice(as, own);
  }

  /** What {@code --as} takes. */
  static List<String> all() {
    return Stream.concat(Stream.of(AUTO, ECHO, LIST), Services.all(ANY).stream().map(Service::name))
        .toList();
  }

  private static String names() {
    return "one of " + String.join(", ", all());
  }

  private static String known(String typed) {
    String name = typed.toLowerCase(Locale.ROOT);
    if (!all().contains(name)) {
      throw new RefusedValueException(
          "must be " + names() + "; --send asks for a service that has no name here");
    }
    return name;
  }

  private static Optional<OwnQuestion> own(Settings settings) {
    byte[] expected = settings.get(EXPECT);
    boolean any = settings.get(EXPECT_ANY);
    Map<Protocol, byte[]> sent = new EnumMap<>(Protocol.class);
    for (Protocol protocol : settings.get(CommonKeys.PROTOCOL).protocols()) {
      byte[] own = settings.get(protocol == Protocol.TCP ? SEND_TCP : SEND_UDP);
      sent.put(protocol, own.length > 0 ? own : settings.get(SEND));
    }
    boolean isAsked = sent.values().stream().anyMatch(bytes -> bytes.length > 0);
    if (!isAsked && expected.length == 0 && !any) {
      return Optional.empty();
    }
    sent.forEach(ServiceChoice::requireSome);
    if (any == expected.length > 0) {
      throw new SettingException(
          any
              ? "--expect says how an answer must begin, --expect-any takes any: leave one out"
              : "--send needs --expect DATA, how an answer must begin, or --expect-any");
    }
    return Optional.of(new OwnQuestion(sent, expected));
  }

  private static void requireSome(Protocol protocol, byte[] bytes) {
    if (bytes.length == 0) {
      throw new SettingException(
          "nothing is sent over "
              + protocol
              + ": --send or --send-"
              + protocol.label()
              + " says what, or --protocol leaves it out");
    }
  }

  /** Whether the services are to be listed, and nothing is to be checked. */
  boolean isList() {
    return as.equals(LIST);
  }

  /** What is asked of a target; none for an echo. */
  Optional<Service> at(Target target) {
    if (own.isPresent()) {
      return own.map(asked -> asked);
    }
    return switch (as) {
      case ECHO -> Optional.empty();
      case AUTO -> Services.on(target);
      default -> Services.named(as, target);
    };
  }
}
