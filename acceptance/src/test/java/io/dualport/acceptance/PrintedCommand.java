package io.dualport.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A command that a page of the documentation shows, and what it says it prints.
 *
 * @param line as a user types it, from the root of the checkout
 * @param output its lines; none where the page shows none
 */
record PrintedCommand(String line, List<String> output) {

  /** The commands after {@code $} in the page's {@code console} blocks, with their output. */
  static List<PrintedCommand> inConsoleBlocksOf(String page) throws IOException {
    List<PrintedCommand> commands = new ArrayList<>();
    for (String line : blocks(page, "console")) {
      if (line.startsWith("$ ")) {
        commands.add(new PrintedCommand(line.substring(2), new ArrayList<>()));
      } else {
        commands.get(commands.size() - 1).output.add(line);
      }
    }
    return commands;
  }

  /** The lines of the page's blocks of one language; one in a list is indented as a whole. */
  static List<String> blocks(String page, String language) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean inside = false;
    int indent = 0;
    for (String line : Files.readAllLines(ServerProcess.HOME.resolve(page))) {
      if (line.stripLeading().startsWith("```")) {
        inside = line.strip().equals("```" + language);
        indent = line.indexOf('`');
      } else if (inside) {
        lines.add(line.substring(Math.min(indent, line.length())));
      }
    }
    return lines;
  }

  /** What it printed, without spaces at the end of a line. */
  static List<String> lines(Shell done) {
    return Arrays.stream(done.out().split("\n")).map(String::stripTrailing).toList();
  }
}
