package io.dualport.lab.matrix;

import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import java.util.List;

/** Every pair, asked. Immutable. */
public final class MatrixResult {
  private final List<BindPair> cells;

  MatrixResult(List<BindPair> cells) {
    this.cells = List.copyOf(cells);
  }

  /** How many pairs were asked. */
  public int size() {
    return cells.size();
  }

  /** How many the kernel answered otherwise than the rules predict. */
  public long surprises() {
    return cells.stream().filter(BindPair::isSurprise).count();
  }

  /** As a document that ends with a newline. */
  public String render(Format format, Language language) {
    return format == Format.JSON
        ? MatrixJson.render(cells)
        : MatrixReport.render(cells, format, language);
  }
}
