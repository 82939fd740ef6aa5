package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dual-lab.jar} as a user runs it. */
@Tag("kernel")
class LabTest {
  private static final Path LAB_JAR = ServerProcess.HOME.resolve("lab/target/dual-lab.jar");
  private static final String MARK = "DUALPORT_LAB_TEST";
  private static final Duration LONG_RUN = Duration.ofMinutes(3);

  @TempDir Path folder;

  /**
   * The documents are one run of the lab. Numbers differ from run to run (ports, inodes, counts),
   * and so does the order of the kernel's table; everything else must be what the experiments show
   * now.
   */
  @Test
  void shouldShowWhatTheDocumentsSay() throws Exception {
    Tool.requireRoot();
    Tool.require(Tool.IP, Tool.SETPRIV, Tool.TCPDUMP);
    Tool.requireIpv6(); // the documents have it
    requireTheDocumentedKernel();
    Process docs =
        marked(lab("docs", folder.toString()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said").toFile())
            .start();
    assertThat(docs.waitFor(LONG_RUN.toSeconds(), TimeUnit.SECONDS)).isTrue();

    assertThat(docs.exitValue()).as(Files.readString(folder.resolve("said"))).isZero();
    for (String name : List.of("EXPERIMENTS.md", "EXPERIMENTS.zh-CN.md")) {
      List<String> shown = normalized(folder.resolve(name));
      List<String> documented = normalized(ServerProcess.HOME.resolve("docs").resolve(name));
      String remedy = "docs/%s is out of date: run docs/experiments and commit what it writes";
      // The few lines that differ say more than two whole documents; their order comes second.
      assertThat(without(documented, shown)).as(remedy + "; only shown now", name).isEmpty();
      assertThat(without(shown, documented)).as(remedy + "; no longer shown", name).isEmpty();
      assertThat(shown).as(remedy, name).isEqualTo(documented);
    }
    assertNothingIsLeft();
  }

  /** Another kernel may rightly show something else; then there is nothing to compare. */
  private static void requireTheDocumentedKernel() throws Exception {
    String english = Files.readString(ServerProcess.HOME.resolve("docs/EXPERIMENTS.md"));
    String documented = english.replaceAll("(?s).*this kernel: Linux (\\d+\\.\\d+).*", "$1");
    String here = System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1");
    boolean same = documented.equals(here) && Files.exists(Path.of("/etc/debian_version"));
    if (!same) {
      System.out.println(
          "SKIPPED: the documents are of Linux " + documented + " on Debian, this is " + here);
    }
    Assumptions.assumeTrue(same);
  }

  /** First what may not change at all, in its order; then the steps, without what luck decides. */
  private static List<String> normalized(Path document) throws Exception {
    List<String> lines = Files.readAllLines(document);
    Stream<String> written = lines.stream().filter(LabTest::isWrittenByHand);
    Stream<String> happened =
        lines.stream()
            .filter(line -> !isWrittenByHand(line))
            .map(line -> line.replaceAll("Linux \\S+?([,，。]) ?Java [0-9.]+\\d", "Linux"))
            .map(line -> line.replaceAll("\\b(0x)?[0-9a-fA-F]{2,}\\b", "#"))
            .map(line -> line.replaceAll("[0-9]+", "#"))
            // The ports of a filter; how many there are is luck where a step was done again.
            .map(line -> line.replaceAll("== #|in \\{[#, ]+}", "is #"))
            // A column is as wide as its longest number.
            .map(line -> line.replaceAll(" +", " "))
            .sorted();
    return Stream.concat(written, happened).toList();
  }

  /** The lines of a list that another one lacks, each as often as it lacks it. */
  private static List<String> without(List<String> known, List<String> lines) {
    List<String> rest = new ArrayList<>(lines);
    known.forEach(rest::remove);
    return rest;
  }

  /** Headings, predictions with their sources, claims, checks that are exact words, filters. */
  private static boolean isWrittenByHand(String line) {
    return line.startsWith("#") || line.startsWith("- ") || line.startsWith("**Answer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "KILL"})
  void shouldLeaveNothingBehindWhenItIsStopped(String signal) throws Exception {
    // A shell's background jobs ignore SIGINT, and so would what these tests start under one.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(lab("run", "1", "13", "14", "17"));
    Process run =
        marked(command)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    List<ProcessHandle> children = new ArrayList<>();
    try {
      // In the middle of an experiment: several programs of its own are running.
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                children.clear();
                run.descendants().forEach(children::add);
                return children.size() > 2;
              });
      Shell.succeed("kill -" + signal + " " + run.pid());
      assertThat(run.waitFor(20, TimeUnit.SECONDS)).isTrue();
      if (signal.equals("KILL")) {
        // Nobody is left to end them: they end by themselves as their input ends.
        await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
      }
      assertThat(children).noneMatch(ProcessHandle::isAlive);
      assertThat(Files.readString(folder.resolve("err"))).isEmpty();
      assertThat(Files.readString(folder.resolve("out"))).doesNotContain("SURPRISE");
    } finally {
      run.destroyForcibly();
    }
    assertNothingIsLeft();
  }

  /** Without root: what cannot run says why, the rest runs. */
  @Test
  void shouldSkipWithAReasonWhatAnOrdinaryUserMayNot() throws Exception {
    Tool.requireRoot();
    Tool.require(Tool.SETPRIV);
    Path readable = Files.createTempDirectory(Path.of("/tmp"), "dual-lab");
    try {
      Shell.succeed("chmod 755 " + readable + " && cp " + LAB_JAR + " " + readable);
      List<String> command =
          new ArrayList<>(
              List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
      command.addAll(
          List.of(
              ServerProcess.java(),
              "-jar",
              readable.resolve("dual-lab.jar").toString(),
              "run",
              "1",
              "3",
              "4",
              "7",
              "15",
              "--format",
              "json"));
      Shell run = Shell.run(command);

      JsonNode experiments = new ObjectMapper().readTree(run.out()).get("experiments");
      assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
      assertThat(run.err()).isEmpty();
      assertThat(experiments.findValuesAsText("skipped"))
          .anyMatch(reason -> reason.contains("needs root"));
      assertThat(experiments.get(0).get("verdict").asText()).isEqualTo("AS_PREDICTED");
    } finally {
      Shell.succeed("rm -r " + readable);
    }
  }

  @ParameterizedTest
  @MethodSource("io.dualport.acceptance.ConsoleTest#javas")
  void shouldSayNothingOnStandardErrorOnAnyJava(String java) throws Exception {
    List<String> command = lab("run", "1", "--format", "markdown");
    command.set(0, java);
    Shell run = Shell.run(command);

    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("# Port experiments", "| tcp | 127.0.0.1:");
  }

  /** As on a system that has no native library of ours. */
  @Test
  void shouldRunWhatJavaItselfCanDo() throws Exception {
    List<String> command = new ArrayList<>(lab("run", "all", "--format", "json"));
    command.add(1, "-Dio.netty.transport.noNative=true");
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    assertThat(process.waitFor(LONG_RUN.toSeconds(), TimeUnit.SECONDS)).isTrue();

    JsonNode experiments = new ObjectMapper().readTree(out.toFile()).get("experiments");
    assertThat(process.exitValue()).as(Files.readString(out)).isZero();
    assertThat(Files.readString(folder.resolve("err"))).isEmpty();
    assertThat(experiments.findValuesAsText("skipped"))
        .anyMatch(reason -> reason.contains("it needs Linux and its native library"));
    List<String> verdicts = new ArrayList<>();
    experiments.forEach(experiment -> verdicts.add(experiment.get("verdict").asText()));
    assertThat(verdicts).contains("AS_PREDICTED", "SKIPPED").doesNotContain("SURPRISE");
  }

  @Test
  void shouldNameAFilterThatWiresharkUnderstands() throws Exception {
    Tool.require(Tool.TSHARK);
    Path empty = folder.resolve("empty.pcap");
    // The header of a capture file without packets: magic, version 2.4, snap length, Ethernet.
    Files.write(
        empty,
        new byte[] {
          (byte) 0xd4,
          (byte) 0xc3,
          (byte) 0xb2,
          (byte) 0xa1,
          2,
          0,
          4,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          -1,
          -1,
          0,
          0,
          1,
          0,
          0,
          0
        });
    String english = Files.readString(ServerProcess.HOME.resolve("docs/EXPERIMENTS.md"));
    List<String> filters =
        Arrays.stream(english.split("\n"))
            .filter(line -> line.startsWith("Watch it in Wireshark: "))
            .map(line -> line.substring(line.indexOf('`') + 1, line.lastIndexOf('`')))
            .toList();

    assertThat(filters).hasSizeGreaterThanOrEqualTo(21);
    for (String filter : filters) {
      Shell tshark = Shell.run(List.of("tshark", "-r", empty.toString(), "-Y", filter));
      assertThat(tshark.exitCode()).as(filter + ": " + tshark.err()).isZero();
    }
  }

  /** Whoever captured the run pastes the filter, and sees what the chapter is about. */
  @Test
  void shouldNameAFilterThatFindsWhatWasCaptured() throws Exception {
    Tool.requireRoot();
    Tool.require(Tool.IP, Tool.TCPDUMP, Tool.TSHARK);
    Path capture = folder.resolve("run.pcap");
    Path out = folder.resolve("out");
    String line =
        "ip link set lo up; tcpdump --immediate-mode -U -i lo -w %s 2>%s & tcpdump=$!; until grep -q listening"
            + " %s; do kill -0 $tcpdump || exit 1; done; %s >%s; kill $tcpdump; wait $tcpdump";
    Path said = folder.resolve("tcpdump");
    String run = String.join(" ", lab("run", "2", "10", "11", "16", "--format", "json"));
    Shell.run(
        List.of("unshare", "-n", "bash", "-c", line.formatted(capture, said, said, run, out)));

    JsonNode experiments = new ObjectMapper().readTree(out.toFile()).get("experiments");
    assertThat(experiments).hasSize(4);
    for (JsonNode experiment : experiments) {
      String filter = experiment.get("filter").asText();
      Shell found = Shell.run(List.of("tshark", "-r", capture.toString(), "-Y", filter));
      assertThat(filter).doesNotContain("PORT");
      assertThat(found.out().lines()).as(filter + found.err()).isNotEmpty();
    }
  }

  private static List<String> lab(String... arguments) {
    return Stream.concat(ServerProcess.java(LAB_JAR).stream(), Arrays.stream(arguments))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** All that it starts inherits where this test keeps its files: other tests run the lab too. */
  private ProcessBuilder marked(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put(MARK, folder.toString());
    return builder;
  }

  /** No process and no named network; sockets and anonymous networks end with their processes. */
  private void assertNothingIsLeft() throws Exception {
    String mark = MARK + "=" + folder;
    List<String> left =
        ProcessHandle.allProcesses()
            .filter(process -> environment(process).contains(mark))
            .map(process -> process.info().commandLine().orElse("?"))
            .toList();
    assertThat(left).isEmpty();
    assertThat(Shell.run("ip netns list 2>/dev/null | grep -c lab").out().strip()).isEqualTo("0");
  }

  /** Nothing of a process that has just ended, or is another user's. */
  private static List<String> environment(ProcessHandle process) {
    try {
      Path file = Path.of("/proc", String.valueOf(process.pid()), "environ");
      return List.of(Files.readString(file, StandardCharsets.ISO_8859_1).split("\0"));
    } catch (IOException e) {
      return List.of();
    }
  }
}
