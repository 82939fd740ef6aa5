package io.dualport.report;

import java.util.Objects;

/**
 * One column of a table.
 *
 * @param header what people read above it
 * @param key the member name in JSON, in camelCase and with the unit last ({@code rttNanos})
 * @param alignment of header and cells, where the format can align
 */
public record Column(String header, String key, Alignment alignment) {
  /** Which edge of the column the cells touch. */
  public enum Alignment {
    LEFT,
    RIGHT
  }

  /**
   * @throws IllegalArgumentException if the key is empty
   */
  public Column {
    Objects.requireNonNull(header, "header");
    Objects.requireNonNull(alignment, "alignment");
    if (key.isEmpty()) {
      throw new IllegalArgumentException("column '" + header + "' has no key");
    }
  }
}
