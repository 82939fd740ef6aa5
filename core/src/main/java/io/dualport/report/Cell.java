package io.dualport.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;

/** One value of a table: a text, a quantity, or nothing. */
public sealed interface Cell {
  /** What text and Markdown show for a missing value; JSON shows null. */
  String MISSING_TEXT = "-";

  /** What people read; not yet escaped for any format. */
  String text();

  /**
   * Words.
   *
   * @param text any characters; the renderers make them harmless
   */
  record Text(String text) implements Cell {
    /** Refuses null, which is {@link Missing}. */
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * A number for programs, and how people read it.
   *
   * @param value as JSON shows it, in the unit that ends the column's key
   * @param text as people read it, with its unit unless the header has it
   */
  record Quantity(BigDecimal value, String text) implements Cell {
    /** Refuses null. */
    public Quantity {
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(text, "text");
    }
  }

  /** No value: not measured, not available. Not the same as 0 or an empty text. */
  record Missing() implements Cell {
    @Override
    public String text() {
      return MISSING_TEXT;
    }
  }

  /** A text; null is missing. */
  static Cell text(String text) {
    return text == null ? missing() : new Text(text);
  }

  /** A whole number in plain digits. */
  static Cell number(long value) {
    return new Quantity(BigDecimal.valueOf(value), Long.toString(value));
  }

  /**
   * A number rounded half up to so many decimals, for people and programs alike.
   *
   * @param value NaN and infinities are missing values
   * @param decimals 0 or more
   */
  static Cell number(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return missing();
    }
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_UP);
    return new Quantity(rounded, rounded.toPlainString());
  }

  /** A span of time: nanoseconds in JSON, {@link Durations#text(long)} for people. */
  static Cell duration(long nanos) {
    return new Quantity(BigDecimal.valueOf(nanos), Durations.text(nanos));
  }

  /** No value. */
  static Cell missing() {
    return new Missing();
  }

  /**
   * The cell for a plain value: null is missing, whole numbers are numbers, any other fraction
   * keeps the digits it has, a cell stays itself, anything else is its {@code toString()}.
   */
  static Cell of(Object value) {
    if (value == null) {
      return missing();
    }
    if (value instanceof Cell cell) {
      return cell;
    }
    if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      return number(((Number) value).longValue());
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return Double.isFinite(number) ? decimal(new BigDecimal(value.toString())) : missing();
    }
    return value instanceof BigDecimal number ? decimal(number) : text(value.toString());
  }

  private static Cell decimal(BigDecimal value) {
    return new Quantity(value, value.toPlainString());
  }
}
