package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What k8s/real says where it does not run; its run takes minutes, and is none of CI's. */
class RealKubernetesTest {
  private static final Path REAL = ServerProcess.HOME.resolve("k8s/real");

  @TempDir Path empty;

  @Test
  void shouldHelpFromItsHead() throws Exception {
    Shell help = Shell.run(REAL + " --help");

    assertThat(help.exitCode()).as(help.err()).isZero();
    assertThat(help.out()).contains("k8s/real api", "77 skipped").doesNotContain("#", "set -euo");
  }

  @Test
  void shouldRefuseWhatItDoesNotKnow() throws Exception {
    Shell refused = Shell.run(REAL + " cluster");

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("'cluster' is no command; see k8s/real --help");
  }

  /** A machine that is no Debian: the tools of the script itself, and no apt-get. */
  @Test
  void shouldSkipWithAReasonWithoutApt() throws Exception {
    Shell.succeed(
        "for tool in bash readlink dirname mkdir mktemp rm flock df awk; do ln -s \"$(command -v $tool)\" %s; done"
            .formatted(empty));
    Shell skipped =
        Shell.run(
            List.of(
                "env", "-i", "PATH=" + empty, "XDG_CACHE_HOME=" + empty, REAL.toString(), "build"));

    assertThat(skipped.exitCode()).as(skipped.err()).isEqualTo(77);
    assertThat(skipped.err()).contains("skipped: apt-get is not here");
  }
}
