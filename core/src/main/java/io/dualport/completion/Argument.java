package io.dualport.completion;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;

/**
 * What may stand for an option's value or a parameter, as its label tells: {@code both|tcp|udp} are
 * words to choose from, {@code off|N} is one word or anything, {@code FILE} is a file. The command
 * may name more candidates.
 *
 * @param label as help shows it
 * @param isRepeated whether several may follow each other
 */
record Argument(String label, List<String> words, boolean isFile, boolean isRepeated) {
  private static final Pattern WORD = Pattern.compile("[a-z0-9_-]+");
  private static final Set<Class<?>> FILES = Set.of(Path.class, File.class);

  static Argument of(ArgSpec spec) {
    String label = spec.paramLabel();
    List<String> alternatives = Arrays.asList(label.split("\\|"));
    List<String> words = new ArrayList<>();
    if (alternatives.size() > 1) {
      alternatives.stream().filter(word -> WORD.matcher(word).matches()).forEach(words::add);
    }
    if (spec.completionCandidates() != null) {
      spec.completionCandidates().forEach(words::add);
    }
    Class<?> type = spec.auxiliaryTypes().length > 0 ? spec.auxiliaryTypes()[0] : spec.type();
    return new Argument(
        label,
        List.copyOf(words),
        FILES.contains(type) || alternatives.contains("FILE"),
        spec.arity().max() > 1);
  }
}
