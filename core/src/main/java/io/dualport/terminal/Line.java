package io.dualport.terminal;

import io.dualport.report.ControlCharacters;
import io.dualport.report.DisplayWidth;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One line of a screen: texts, each with its style. No control character is in it. Immutable. */
public final class Line {
  public static final Line EMPTY = new Line(List.of(), 0);

  private final List<Span> spans;
  private final int width;

  private Line(List<Span> spans, int width) {
    this.spans = List.copyOf(spans);
    this.width = width;
  }

  private record Span(String text, Style style) {}

  /** A line of one style. */
  public static Line of(String text, Style style) {
    return new Builder().add(text, style).build();
  }

  /** Begins a line. */
  public static Builder builder() {
    return new Builder();
  }

  /** Columns it takes. */
  public int width() {
    return width;
  }

  /** Its characters alone. */
  public String text() {
    return spans.stream().map(Span::text).collect(Collectors.joining());
  }

  /** As much of it as fits into so many columns; half of a wide character does not. */
  public Line clipped(int columns) {
    if (width <= columns) {
      return this;
    }
    Builder clipped = builder();
    for (Span span : spans) {
      clipped.add(clipped(span.text, columns - clipped.width), span.style);
      if (clipped.width >= columns) {
        break;
      }
    }
    return clipped.build();
  }

  private static String clipped(String text, int columns) {
    int end = 0;
    int width = 0;
    while (end < text.length()) {
      int codePoint = text.codePointAt(end);
      width += DisplayWidth.of(codePoint);
      if (width > columns) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return text.substring(0, end);
  }

  /** The bytes a terminal wants, as text: each span sets its rendition and takes it back. */
  String encoded(Look look) {
    StringBuilder encoded = new StringBuilder();
    for (Span span : spans) {
      String rendition = span.style.rendition(look);
      String text = look.blocks() ? span.text : plain(span.text);
      if (rendition.isEmpty()) {
        encoded.append(text);
      } else {
        encoded.append("\033[").append(rendition).append('m').append(text).append("\033[0m");
      }
    }
    return encoded.toString();
  }

  /** Signs of ours in ASCII, each as wide as it was. */
  private static String plain(String text) {
    return text.replace('µ', 'u').replace('↑', '^').replace('↓', 'v');
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Line that && spans.equals(that.spans);
  }

  @Override
  public int hashCode() {
    return spans.hashCode();
  }

  @Override
  public String toString() {
    return text();
  }

  /** Collects a line from left to right. Not for several threads. */
  public static final class Builder {
    private final List<Span> spans = new ArrayList<>();
    private int width;

    private Builder() {}

    /** Adds a text; what a terminal would obey is written out. */
    public Builder add(String text, Style style) {
      if (!text.isEmpty()) {
        String harmless = ControlCharacters.escaped(text);
        spans.add(new Span(harmless, style));
        width += DisplayWidth.of(harmless);
      }
      return this;
    }

    /** Adds a plain text. */
    public Builder add(String text) {
      return add(text, Style.PLAIN);
    }

    /** Adds another line. */
    public Builder add(Line line) {
      spans.addAll(line.spans);
      width += line.width;
      return this;
    }

    /** Adds blanks up to a column, counted from 0; none if it is there already. */
    public Builder to(int column) {
      return add(" ".repeat(Math.max(0, column - width)));
    }

    /** Columns taken so far. */
    public int width() {
      return width;
    }

    public Line build() {
      return new Line(spans, width);
    }
  }
}
