package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;

/**
 * Where a run takes place: its results are those of this kernel.
 *
 * @param system the operating system's name
 * @param kernel its version, such as {@code 6.18.0}
 * @param java the version of Java
 */
public record Machine(String system, String kernel, String java) {
  /** The machine we are on. */
  public static Machine here() {
    return new Machine(
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("java.version"));
  }

  /** A sentence that says whose answers follow. */
  public Bilingual heading() {
    return Bilingual.of("Every result below was returned by this kernel: %s.", text());
  }

  private Bilingual text() {
    return Bilingual.of("%s %s, Java %s", system, kernel, java);
  }
}
