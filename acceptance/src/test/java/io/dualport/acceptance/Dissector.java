package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** {@code wireshark/dual.lua}, run by tshark over a capture file. */
final class Dissector {
  static final Path SCRIPT = ServerProcess.HOME.resolve("wireshark/dual.lua");
  private static final Path README = ServerProcess.HOME.resolve("wireshark/README.md");

  private static final Pattern SHELL_BLOCK =
      Pattern.compile("^```sh\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

  /** What tshark says to root on standard error whatever it does. */
  private static final String WARNING_TO_ROOT = "could be dangerous";

  /** A port drawn by the kernel can be one that another protocol owns. */
  private static final List<String> MAGIC_BEFORE_PORTS =
      List.of("-o", "udp.try_heuristic_first:TRUE", "-o", "tcp.try_heuristic_first:TRUE");

  private Dissector() {}

  /** Skips where tshark has no Lua, or will not run scripts for this user; fails if CI=true. */
  static void require() throws Exception {
    Tool.require(Tool.TSHARK);
    Shell loaded = Shell.run("tshark -G protocols -X lua_script:" + SCRIPT);
    boolean runs = loaded.out().contains("Dualport Probe\tDUAL\tdual");
    String otherwise =
        "tshark does not run wireshark/dual.lua: it needs \"with Lua\" in tshark -v, and as root"
            + " run_user_scripts_when_superuser = true in init.lua: "
            + loaded.err();
    if (!runs && "true".equals(System.getenv("CI"))) {
      fail(otherwise);
    }
    if (!runs) {
      System.out.println("SKIPPED: " + otherwise);
    }
    Assumptions.assumeTrue(runs, otherwise);
  }

  /**
   * The packets that a display filter leaves, in two passes.
   *
   * @return for each packet the fields' values; a field with several has them separated by commas
   */
  static List<String[]> rows(Path capture, String filter, String... fields) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("tshark", "-2", "-X", "lua_script:" + SCRIPT, "-r", capture.toString()));
    command.addAll(MAGIC_BEFORE_PORTS);
    command.addAll(List.of("-Y", filter, "-T", "fields"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    return checked(Shell.run(command), filter).lines().map(line -> line.split("\t", -1)).toList();
  }

  /** All values of each field in the packets that a display filter leaves, from one run. */
  static Map<String, List<String>> columns(Path capture, String filter, String... fields)
      throws Exception {
    Map<String, List<String>> columns = new TreeMap<>();
    List<String[]> rows = rows(capture, filter, fields);
    for (int i = 0; i < fields.length; i++) {
      int column = i;
      columns.put(
          fields[i],
          rows.stream()
              .flatMap(row -> Arrays.stream(row[column].split(",")))
              .filter(value -> !value.isEmpty())
              .toList());
    }
    return columns;
  }

  /** All values of one field in the packets that a display filter leaves. */
  static List<String> values(Path capture, String filter, String field) throws Exception {
    return columns(capture, filter, field).get(field);
  }

  /** What a run of tshark printed, which must have gone well and in silence. */
  static String checked(Shell run, String what) {
    List<String> complaints =
        run.err().lines().filter(line -> !line.contains(WARNING_TO_ROOT)).toList();
    assertThat(complaints).as(what).isEmpty();
    assertThat(run.exitCode()).as(what).isZero();
    assertThat(run.out()).as(what).doesNotContainIgnoringCase("lua error");
    return run.out();
  }

  /** The command blocks of the README, each a few lines of shell. */
  static List<String> commandBlocks() throws Exception {
    return SHELL_BLOCK
        .matcher(Files.readString(README))
        .results()
        .map((MatchResult block) -> block.group(1))
        .toList();
  }
}
