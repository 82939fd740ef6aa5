package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** The commands that a document tells its reader to type. */
final class Readme {
  private Readme() {}

  /**
   * The lines after {@code $} in the code blocks of one section.
   *
   * @param document from the top of the repository
   * @param heading the section's, with its number signs
   */
  static List<String> commands(String document, String heading) throws IOException {
    List<String> lines = Files.readAllLines(ServerProcess.HOME.resolve(document));
    int begin = lines.indexOf(heading);
    assertThat(begin).as("%s has the section '%s'", document, heading).isNotNegative();
    List<String> commands =
        lines.subList(begin + 1, lines.size()).stream()
            .takeWhile(line -> !line.startsWith("## ") && !line.startsWith("### "))
            .filter(line -> line.startsWith("$ "))
            .map(line -> line.substring(2).replaceFirst(" +# .*", ""))
            .toList();
    assertThat(commands).isNotEmpty();
    return commands;
  }
}
