package io.dualport.commandline;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the word that was meant. */
final class Spelling {
  private Spelling() {}

  /**
   * The known word that is nearest to a typed one, with about one mistake in three letters: a
   * letter too many, too few, another one, or two that changed places. Else the only one that
   * begins so.
   */
  static Optional<String> nearest(String typed, Collection<String> known) {
    int letters = typed.replace("-", "").length();
    Optional<String> alike =
        known.stream()
            .filter(word -> mistakes(typed, word) <= (letters + 1) / 3)
            .min(Comparator.comparingInt(word -> mistakes(typed, word)));
    List<String> longer = known.stream().filter(word -> word.startsWith(typed)).toList();
    return alike.or(
        () -> letters > 1 && longer.size() == 1 ? Optional.of(longer.get(0)) : Optional.empty());
  }

  /** The optimal string alignment distance. */
  private static int mistakes(String one, String other) {
    int[][] least = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        least[i][j] = i == 0 || j == 0 ? i + j : step(least, one, other, i, j);
      }
    }
    return least[one.length()][other.length()];
  }

  private static int step(int[][] least, String one, String other, int i, int j) {
    int differs = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
    int step =
        Math.min(least[i - 1][j - 1] + differs, Math.min(least[i - 1][j], least[i][j - 1]) + 1);
    boolean isSwapped =
        i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1);
    return isSwapped ? Math.min(step, least[i - 2][j - 2] + 1) : step;
  }
}
