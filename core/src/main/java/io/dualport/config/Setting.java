package io.dualport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One configuration key: its path below the program's root, what it accepts, and how to read it.
 *
 * @param path as in {@code idle-timeout} or {@code guard.reflector-ports}
 * @param allowed the accepted values in words, for the message when one is refused
 * @param reader turns the raw value into T; throws IllegalArgumentException where it cannot, and a
 *     {@link RefusedValueException} where what is allowed does not tell why
 */
public record Setting<T>(String path, String allowed, Function<ConfigValue, T> reader) {
  private static final Pattern DURATION =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?) ?(ms|s|m|h|d)?");

  private static final Map<String, ChronoUnit> UNITS =
      Map.of(
          "ms", ChronoUnit.MILLIS,
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([kmgtKMGT])?");

  private static final List<String> BYTE_UNITS = List.of("", "k", "m", "g", "t");

  /** Any single value as text; {@link #then} may be stricter. */
  public static Setting<String> text(String path, String allowed) {
    return new Setting<>(path, allowed, Setting::scalar);
  }

  /** A whole number within a range. */
  public static Setting<Integer> integer(String path, int min, int max) {
    return new Setting<>(
        path,
        "a whole number from " + min + " to " + max,
        value -> between(min, max, wholeNumber(scalar(value))));
  }

  /** A whole number within a range, or {@code off}, which reads as 0. */
  public static Setting<Integer> integerOrOff(String path, int min, int max) {
    return new Setting<>(
        path,
        "off, or a whole number from " + min + " to " + max,
        value ->
            "off".equalsIgnoreCase(scalar(value))
                ? 0
                : between(min, max, wholeNumber(scalar(value))));
  }

  /**
   * A duration, as in {@code 500ms}, {@code 5s}, {@code 1.5h}; a number without a unit is seconds,
   * as for sleep(1) and ping(8).
   */
  public static Setting<Duration> duration(String path, Duration min, Duration max) {
    return new Setting<>(
        path,
        "a duration in seconds or with a unit (ms, s, m, h, d) from "
            + text(min)
            + " to "
            + text(max),
        value -> {
          Duration duration = duration(scalar(value));
          if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException("out of range");
          }
          return duration;
        });
  }

  /** A duration within a range, or {@code 0s} for none. */
  public static Setting<Duration> durationOrNone(String path, Duration min, Duration max) {
    Setting<Duration> any = duration(path, Duration.ZERO, max);
    return new Setting<>(path, "0s for none, or " + duration(path, min, max).allowed(), any.reader)
        .then(
            duration -> {
              if (!duration.isZero() && duration.compareTo(min) < 0) {
                throw new IllegalArgumentException("out of range");
              }
              return duration;
            });
  }

  /** As {@link #durationOrNone}, or {@code auto}, which is empty: the program chooses. */
  public static Setting<Optional<Duration>> durationOrAuto(
      String path, Duration min, Duration max) {
    Setting<Duration> asked = durationOrNone(path, min, max);
    return new Setting<>(
        path,
        "auto, " + asked.allowed(),
        value ->
            "auto".equalsIgnoreCase(scalar(value))
                ? Optional.empty()
                : Optional.of(asked.reader.apply(value)));
  }

  /** As {@link #integer}, or {@code auto}, which is empty: the program chooses. */
  public static Setting<Optional<Integer>> integerOrAuto(String path, int min, int max) {
    Setting<Integer> asked = integer(path, min, max);
    return new Setting<>(
        path,
        "auto, or " + asked.allowed(),
        value ->
            "auto".equalsIgnoreCase(scalar(value))
                ? Optional.empty()
                : Optional.of(asked.reader.apply(value)));
  }

  /**
   * A number of bytes, as in {@code 65536}, {@code 64k}, {@code 512m}, {@code 2g} (powers of 1024,
   * as java(1) has them), or {@code auto}, which is empty: the program chooses.
   */
  public static Setting<OptionalLong> bytesOrAuto(String path, long min, long max) {
    return new Setting<>(
        path,
        "auto, or a number of bytes, or with k, m, g for powers of 1024, from "
            + bytes(min)
            + " to "
            + bytes(max),
        value -> {
          if ("auto".equalsIgnoreCase(scalar(value))) {
            return OptionalLong.empty();
          }
          long number = bytes(scalar(value));
          if (number < min || number > max) {
            throw new IllegalArgumentException("out of range");
          }
          return OptionalLong.of(number);
        });
  }

  /** {@code on} or {@code off}. */
  public static Setting<Boolean> onOff(String path) {
    return new Setting<>(
        path,
        "on or off",
        value ->
            switch (scalar(value).toLowerCase(Locale.ROOT)) {
              case "on", "true", "yes" -> true;
              case "off", "false", "no" -> false;
              default -> throw new IllegalArgumentException("neither on nor off");
            });
  }

  /** One of a few words; case does not matter. */
  public static <E extends Enum<E>> Setting<E> choice(String path, Class<E> type) {
    List<E> choices = Arrays.asList(type.getEnumConstants());
    return new Setting<>(
        path,
        choices.stream().map(Setting::word).collect(Collectors.joining(", ", "one of ", "")),
        value ->
            choices.stream()
                .filter(choice -> word(choice).equalsIgnoreCase(scalar(value)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such choice")));
  }

  /** A list: in a file {@code [a, b]} or {@code "a,b"}; elsewhere {@code a,b}. */
  public static <E> Setting<List<E>> list(
      String path, String allowed, Function<String, E> element) {
    return new Setting<>(path, allowed, value -> elements(value).stream().map(element).toList());
  }

  /** This setting read one step further; {@code step} too throws IllegalArgumentException. */
  public <R> Setting<R> then(Function<T, R> step) {
    return new Setting<>(path, allowed, reader.andThen(step));
  }

  /** A list of whole numbers within a range; may be empty. */
  public static Setting<List<Integer>> integers(String path, int min, int max) {
    return list(
        path,
        "a list of whole numbers from " + min + " to " + max,
        text -> between(min, max, wholeNumber(text)));
  }

  private static List<String> elements(ConfigValue value) {
    if (value instanceof ConfigList list) {
      return list.stream().map(Setting::element).toList();
    }
    String text = scalar(value);
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> elements = Arrays.stream(text.split(",", -1)).map(String::trim).toList();
    if (elements.contains("")) {
      throw new IllegalArgumentException("an empty element");
    }
    return elements;
  }

  private static String element(ConfigValue value) {
    String text = scalar(value);
    if (text.isEmpty()) {
      throw new IllegalArgumentException("an empty element");
    }
    return text;
  }

  private static String scalar(ConfigValue value) {
    ConfigValueType type = value.valueType();
    if (type == ConfigValueType.LIST
        || type == ConfigValueType.OBJECT
        || type == ConfigValueType.NULL) {
      throw new IllegalArgumentException("not a single value");
    }
    return String.valueOf(value.unwrapped()).trim();
  }

  private static int wholeNumber(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a whole number", e);
    }
  }

  private static long bytes(String text) {
    Matcher written = BYTES.matcher(text);
    if (!written.matches()) {
      throw new IllegalArgumentException("not a number, or one with another unit");
    }
    String unit = written.group(2) == null ? "" : written.group(2).toLowerCase(Locale.ROOT);
    return Long.parseLong(written.group(1)) << 10 * BYTE_UNITS.indexOf(unit);
  }

  private static String bytes(long number) {
    int unit = Long.numberOfTrailingZeros(number) / 10;
    return (number >> 10 * unit) + BYTE_UNITS.get(unit);
  }

  private static int between(int min, int max, int number) {
    if (number < min || number > max) {
      throw new IllegalArgumentException("out of range");
    }
    return number;
  }

  private static Duration duration(String text) {
    Matcher written = DURATION.matcher(text);
    if (!written.matches()) {
      throw new IllegalArgumentException("not a number, or one with another unit");
    }
    ChronoUnit unit = UNITS.get(written.group(2) == null ? "s" : written.group(2));
    BigDecimal nanos =
        new BigDecimal(written.group(1)).multiply(BigDecimal.valueOf(unit.getDuration().toNanos()));
    BigDecimal[] secondsAndRest = nanos.divideAndRemainder(BigDecimal.valueOf(1_000_000_000));
    try {
      return Duration.ofSeconds(secondsAndRest[0].longValueExact(), secondsAndRest[1].longValue());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("too long", e);
    }
  }

  private static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 86_400_000 == 0 && millis > 0) {
      return millis / 86_400_000 + "d";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  /** An enum constant as an option spells it: {@code IO_URING} is {@code io_uring}. */
  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
