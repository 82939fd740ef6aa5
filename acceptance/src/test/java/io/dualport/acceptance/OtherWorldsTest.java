package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The classes whose outcome could depend on whose machine it is, on other machines: with other
 * addresses on the loopback interface, without IPv6, and as a user whose shell is sh. It makes a
 * user, so it is a step of {@code .ci/run} by itself.
 */
@Tag("worlds")
class OtherWorldsTest {
  private static final long BOUND_MINUTES = 10;

  /** Not a name that anybody has; the user is there while this class runs. */
  private static final String USER = "dualport-world";

  /** Where the module's tests are run, so that ".." is the checkout. */
  private static final String MODULE = "acceptance";

  private static final String SERVER = "io.dualport.server.";
  private static final String CLIENT = "io.dualport.client.";
  private static final String LAB = "io.dualport.lab.";
  private static final String ACCEPTANCE = "io.dualport.acceptance.";

  @BeforeAll
  static void needsRoot() throws Exception {
    Tool.require(Tool.IP);
    Tool.requireRoot();
  }

  /** As a local DNS, or Debian's /etc/hosts, has them. */
  @Test
  void shouldPassWhereLoopbackHasMoreAddresses() throws Exception {
    String setUp =
        "ip link set lo up && for a in 127.0.0.2 127.0.0.53 127.0.1.1;"
            + " do ip addr add $a/32 dev lo || exit; done";
    List<String> lab =
        new ArrayList<>(ServerProcess.java(ServerProcess.HOME.resolve("lab/target/dual-lab.jar")));
    lab.addAll(List.of("run", "2", "5", "6", "17", "19"));

    run(inNetwork(setUp, lab));
    run(
        inNetwork(
            setUp,
            tests(ServerProcess.HOME, SERVER + "echo.UdpEchoTest", SERVER + "echo.PortTest")));
  }

  @Test
  void shouldPassWithoutIpv6() throws Exception {
    String setUp =
        "for c in all default lo; do echo 1 >/proc/sys/net/ipv6/conf/$c/disable_ipv6 || exit; done"
            + " && ip link set lo up";

    run(
        inNetwork(
            setUp,
            tests(
                ServerProcess.HOME,
                SERVER + "settings.ListenAddressesTest",
                SERVER + "echo.PortTest",
                CLIENT + "send.SendEchoTest",
                LAB + "matrix.BindMatrixTest",
                ACCEPTANCE + "RealClientsTest")));
  }

  /** Nothing of the user's is left, whatever failed. */
  @Test
  void shouldPassForAUserWhoseShellIsSh() throws Exception {
    Path copy = copyOfTheCheckout();
    try {
      Shell.succeed("id -u %s >/dev/null 2>&1 || useradd -m -s /bin/sh %s".formatted(USER, USER));
      Shell.succeed("chown -R %s '%s'".formatted(USER, copy));
      String line =
          tests(
                  copy,
                  ACCEPTANCE + "LiveTerminalTest",
                  ACCEPTANCE + "LiveViewTest#shouldShowALogLineInThePictureAndPrintItAfterwards")
              .stream()
              .map(word -> "'" + word + "'")
              .collect(Collectors.joining(" "));

      run(List.of("su", "-", USER, "-c", "cd '" + copy.resolve(MODULE) + "' && exec " + line));

      assertThat(Shell.run("ps -u %s -o args= | grep -v '<defunct>'".formatted(USER)).out())
          .isEmpty();
    } finally {
      Shell.run(
          "for p in $(ps -u %s -o pid=); do kill -KILL $p; done; userdel -r %s"
              .formatted(USER, USER));
      Shell.succeed("rm -rf '" + copy + "'");
    }
  }

  private static List<String> inNetwork(String setUp, List<String> command) {
    return Stream.concat(
            Stream.of("unshare", "--net", "sh", "-c", setUp + "; exec \"$@\"", "sh"),
            command.stream())
        .toList();
  }

  private static List<String> tests(Path home, String... names) {
    return Stream.concat(
            Stream.of(
                ServerProcess.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(home),
                TestRun.class.getName()),
            Stream.of(names))
        .toList();
  }

  /** Runs it to its end; what it says of its tests is this test's output. */
  private static void run(List<String> command) throws Exception {
    Path said = Files.createTempFile("world", ".txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    boolean ended = process.waitFor(BOUND_MINUTES, TimeUnit.MINUTES);
    String output = Files.readString(said);
    Files.delete(said);
    assertThat(ended && process.exitValue() == 0).as(output).isTrue();
    System.out.println(output.lines().reduce((earlier, last) -> last).orElseThrow());
  }

  /** What this class runs on, and the tests of the other modules. */
  private static String classPath(Path home) {
    Stream<Path> ours =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .map(
                part ->
                    part.startsWith(ServerProcess.HOME)
                        ? home.resolve(ServerProcess.HOME.relativize(part))
                        : home.equals(ServerProcess.HOME) ? part : library(home, part));
    Stream<Path> others =
        Stream.of("server", "client", "lab").map(m -> home.resolve(m + "/target/test-classes"));
    return Stream.concat(ours, others)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Where the copy keeps a jar of Maven's repository. */
  private static Path library(Path copy, Path jar) {
    return copy.resolve("libraries").resolve(jar.getFileName());
  }

  /** The checkout may stand where only its owner may look, and so may Maven's repository. */
  private static Path copyOfTheCheckout() throws Exception {
    Path copy = Files.createTempDirectory("dual-world");
    Shell.succeed(
        "cd '%s' && tar -c --exclude=./.git --exclude=surefire-reports . | tar -x -C '%s'"
            .formatted(ServerProcess.HOME, copy));
    Files.createDirectory(copy.resolve("libraries"));
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(part);
      if (!jar.startsWith(ServerProcess.HOME)) {
        Files.copy(jar, library(copy, jar));
      }
    }
    Shell.succeed("chmod -R a+rX '" + copy + "'");
    return copy;
  }
}
