package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./dual capture} and the recipes of wireshark/CAPTURE.md, each run where it can be. */
@Tag("kernel")
class CaptureTest {
  private static final String PAGE = "wireshark/CAPTURE.md";
  private static final Path DUAL = ServerProcess.HOME.resolve("dual");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MESSAGES = 2;
  private static final int BYTES = 3000;
  // What the launcher itself needs.
  private static final List<String> BASICS =
      List.of("bash", "env", "dirname", "readlink", "uname", "date", "cat", "grep", "sed", "tr");

  @TempDir Path folder;

  @BeforeAll
  static void needsTheTools() throws Exception {
    Tool.require(Tool.TSHARK, Tool.TCPDUMP, Tool.IP, Tool.SS);
    Tool.requireRoot();
  }

  /** One client run, seen by every recipe for Linux at once. */
  @Test
  void shouldCaptureEveryMessageOfBothProtocols() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(
                network.inside(), Transport.EPOLL, "--host", "127.0.0.1,::1")) {
      List<Recording> recordings = new ArrayList<>();
      try {
        for (String recipe : recipes()) {
          recordings.add(Recording.start(network, recipe, server.port(), folder));
        }
        for (Recording recording : recordings) {
          recording.awaitBegin();
        }
        // It asks what is bound: loopback alone.
        assertThat(recordings.get(0).said()).contains("dumpcap -i lo ");
        for (String address : List.of("127.0.0.1", "[::1]")) {
          send(network, address + ":" + server.port());
        }
        for (Recording recording : recordings) {
          await().atMost(PATIENCE).until(() -> frames(recording.file(), "tcp.flags.fin == 1") == 4);
          recording.stop();
          assertHoldsEveryMessage(recording);
        }
      } finally {
        recordings.forEach(Recording::kill);
      }
    }
  }

  private static void send(PrivateNetwork network, String target) throws Exception {
    Shell client =
        network.run(
            "'%s' -jar '%s' send %s --count %d --size %d --timeout 10s"
                .formatted(
                    ServerProcess.java(), ServerProcess.CLIENT_JAR, target, MESSAGES, BYTES));
    assertThat(client.exitCode()).as(client.out() + client.err()).isZero();
  }

  /** Whole datagrams and the bytes of TCP, in both directions and of both IP versions. */
  private static void assertHoldsEveryMessage(Recording recording) throws Exception {
    Map<String, Integer> bytes = new TreeMap<>();
    Shell read =
        tshark(
            recording.file(),
            "udp or tcp.len > 0",
            "frame.protocols",
            "ip.reassembled.length",
            "ipv6.reassembled.length",
            "tcp.srcport",
            "tcp.len");
    for (String line : read.out().split("\n")) {
      String[] row = line.split("\t", -1);
      String version = row[0].contains(":ipv6:") ? "IPv6" : "IPv4";
      if (row[4].isEmpty()) {
        bytes.merge(version + " datagrams", Integer.parseInt(row[1] + row[2]) - 8, Integer::sum);
      } else {
        boolean echo = row[3].equals(String.valueOf(recording.port()));
        bytes.merge(
            version + (echo ? " echoes" : " requests"), Integer.parseInt(row[4]), Integer::sum);
      }
    }
    Map<String, Integer> sent = new TreeMap<>();
    for (String version : List.of("IPv4", "IPv6")) {
      sent.put(version + " datagrams", 2 * MESSAGES * BYTES);
      sent.put(version + " requests", MESSAGES * BYTES);
      sent.put(version + " echoes", MESSAGES * BYTES);
    }
    assertThat(bytes).as(recording.command()).isEqualTo(sent);
  }

  /** The commands of the page for Linux: the first is the launcher's. */
  private static List<String> recipes() throws Exception {
    List<String> recipes = new ArrayList<>();
    PrintedCommand.inConsoleBlocksOf(PAGE).stream()
        .map(PrintedCommand::line)
        .filter(line -> line.startsWith("./dual capture"))
        .forEach(recipes::add);
    PrintedCommand.blocks(PAGE, "sh").stream()
        .filter(line -> line.matches("(dumpcap|tshark|tcpdump) .*"))
        .forEach(recipes::add);
    assertThat(recipes).hasSize(4);
    return recipes;
  }

  @Test
  void shouldEndByItselfWithoutAnyPacketInAnotherProcessesNetwork() throws Exception {
    Path onlyTcpdump = programs("tcpdump", "wc", "sleep");
    try (PrivateNetwork network = new PrivateNetwork()) {
      String inside =
          nsenter()
              .replace("sudo ", "")
              .replace("PID", String.valueOf(network.pid()))
              .replace("--seconds 5", "--seconds 1");
      for (String path : List.of("$PATH", onlyTcpdump.toString())) {
        Path file = folder.resolve("empty" + path.length());
        String line = inside.replace("port.pcapng", file.toString());
        line = line.replace("./dual", "env PATH=\"" + path + "\" ./dual");
        Shell done = Shell.run("cd '%s' && %s".formatted(ServerProcess.HOME, line));
        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.err()).contains("Captured: " + file, "-i any ");
        assertThat(frames(file, "frame")).isZero();
      }
    }
  }

  private static String nsenter() throws Exception {
    return PrintedCommand.blocks(PAGE, "sh").stream()
        .filter(line -> line.startsWith("sudo nsenter"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldShowOneFilterInEveryRecipe() throws Exception {
    String printed = Shell.succeed(DUAL + " capture --print");
    String filter = printed.substring(printed.indexOf('\'') + 1, printed.lastIndexOf('\''));
    List<String> recipes = new ArrayList<>();
    for (String language : List.of("sh", "bat", "console")) {
      recipes.addAll(PrintedCommand.blocks(PAGE, language));
    }
    List<String> filtering =
        recipes.stream().filter(line -> line.contains("-i ") && line.contains("port ")).toList();
    assertThat(filtering).hasSize(8).allMatch(line -> line.contains(filter));
  }

  @ParameterizedTest
  @CsvSource({
    "0, PORT is a number from 1 to 65535",
    "65536, PORT is a number from 1 to 65535",
    "8888 8889, one port at a time",
    "--seconds 0, --seconds is a number from 1 to 86400",
    "--packets many, --packets is a number from 1 to 1000000",
    "--write, --write needs a value",
    "--write /etc/passwd, /etc/passwd exists",
    "--interface=-i, do not begin with '-'",
    "--interface nosuch0, there is no interface 'nosuch0'; dumpcap -D lists them",
    "--interface 9999, there is no interface '9999'; dumpcap -D lists them",
    "--color, there is no option '--color'"
  })
  void shouldRefuse(String arguments, String reason) throws Exception {
    Shell refused = Shell.run(DUAL + " capture " + arguments);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).startsWith("dual capture: ").contains(reason);
    assertThat(refused.out()).isEmpty();
  }

  @Test
  void shouldNotWriteThroughALinkToNothing() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nothing"));
    Shell refused = Shell.run("%s capture --write %s".formatted(DUAL, link));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains(link + " exists");
  }

  @Test
  void shouldSayWhatToInstall() throws Exception {
    Shell missing =
        Shell.run("env PATH='%s' %s capture 9000 --write a.pcapng".formatted(programs(), DUAL));
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err())
        .contains("dumpcap, tshark and tcpdump are not installed", "apt-get install tshark")
        .contains(
            "sudo dumpcap -i any -q -c 10000 -a duration:60",
            "-w - -f 'port 9000 or ",
            "< 5)' >a.pcapng");
  }

  @Test
  void shouldSayWithWhichRightsToRun() throws Exception {
    try (OrdinaryUser user = OrdinaryUser.withSudo()) {
      Shell refused = user.run("./dual capture --interface lo");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err())
          .contains("not allowed, or not possible, on interface lo:", "  dumpcap: ", "  tcpdump: ")
          .contains("sudo dumpcap -i lo ", "wireshark/CAPTURE.md");
    }
  }

  /** In a folder of their own, with every command for Linux that the page has, all at once. */
  @Test
  void shouldGiveTheFileToWhoTypedSudo() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        OrdinaryUser user = OrdinaryUser.withSudo()) {
      StringBuilder typed = new StringBuilder();
      List<String> lines = new ArrayList<>(recipes());
      lines.add(nsenter().replace("sudo ", "").replace("PID", String.valueOf(network.pid())));
      PrintedCommand.inConsoleBlocksOf("docs/verify.md").stream()
          .map(command -> command.line().replaceFirst(" +# .*", ""))
          .filter(line -> line.startsWith("sudo tcpdump"))
          .forEach(line -> lines.add(line.replaceFirst("sudo ", "")));
      assertThat(lines).hasSize(6);
      for (int i = 0; i < lines.size(); i++) {
        String line =
            lines
                .get(i)
                .replaceAll("(--seconds |duration:)\\d+", "$11")
                .replaceAll("(>|--write |-w (?!-))\\S+", "$1" + i + ".pcapng");
        typed.append("sudo timeout 3 ").append(line).append(" & ");
      }
      Shell said = user.run(typed + "wait");
      for (int i = 0; i < lines.size(); i++) {
        Path file = user.own().resolve(i + ".pcapng");
        assertThat(file).as(lines.get(i) + said.err()).isNotEmptyFile();
        assertThat(Files.getOwner(file).getName()).as(lines.get(i)).isEqualTo(user.name());
        assertThat(user.run("tshark -r " + file.getFileName()).exitCode()).isZero();
      }
    }
  }

  @Test
  void shouldNameTheFileThatCannotBeMade() throws Exception {
    Path file = folder.resolve("nowhere/a.pcapng");
    Shell refused = Shell.run("%s capture --interface lo --write %s".formatted(DUAL, file));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).startsWith("dual capture: cannot make " + file).contains("--write");
  }

  @ParameterizedTest
  @CsvSource({"Darwin, -i lo0 ", "MINGW64_NT-10.0, -i '\\Device\\NPF_Loopback' "})
  void shouldKnowTheLoopbackOfOtherSystems(String system, String part) throws Exception {
    Path programs = programs();
    writeProgram(programs.resolve("uname"), "echo " + system);
    String printed = Shell.succeed("env PATH='%s' %s capture --print".formatted(programs, DUAL));
    assertThat(printed).contains(part.strip() + " ");
  }

  /** A folder to be all of the PATH: the basics and these. */
  private Path programs(String... more) throws Exception {
    Path programs = Files.createTempDirectory(folder, "path");
    List<String> names = new ArrayList<>(BASICS);
    names.addAll(List.of(more));
    for (String name : names) {
      String real = Shell.succeed("PATH=$PATH:/usr/sbin:/sbin command -v " + name);
      writeProgram(programs.resolve(name), "exec " + real + " \"$@\"");
    }
    return programs;
  }

  private static void writeProgram(Path program, String line) throws Exception {
    Files.writeString(program, "#!/bin/sh\n" + line + "\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private static long frames(Path file, String filter) throws Exception {
    return tshark(file, filter, "frame.number").out().lines().count();
  }

  private static Shell tshark(Path file, String filter, String... fields) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("tshark", "-r", file.toString(), "-Y", filter, "-T", "fields"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    return Shell.run(command);
  }

  /** A capture that runs. */
  private record Recording(String command, int port, Path file, Path errors, Process process) {
    static Recording start(PrivateNetwork network, String recipe, int port, Path folder)
        throws Exception {
      Path file = Files.createTempDirectory(folder, "recipe").resolve("port.pcapng");
      // tcpdump as root writes as a user of its own.
      Shell.succeed("chmod 777 %s %s".formatted(folder, file.getParent()));
      String command =
          recipe
              .replace("8888", String.valueOf(port))
              .replaceAll("(--seconds |duration:)\\d+", "$160")
              .replaceAll("(>|--write )\\S+", "$1" + file);
      Path errors = file.resolveSibling("errors");
      List<String> words = new ArrayList<>(network.inside());
      words.addAll(
          List.of("bash", "-c", "cd '%s' && exec %s".formatted(ServerProcess.HOME, command)));
      Process process = new ProcessBuilder(words).redirectError(errors.toFile()).start();
      return new Recording(command, port, file, errors, process);
    }

    String said() throws Exception {
      return Files.readString(errors);
    }

    /** Its filter is in place once the file is there. */
    void awaitBegin() {
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(file).as(said()).isNotEmptyFile());
    }

    void stop() throws Exception {
      process.toHandle().destroy();
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(command).isTrue();
      assertThat(process.exitValue()).as(command + said()).isZero();
    }

    void kill() {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }
}
