package io.dualport.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Somebody who is not root: whoever runs the tests; where that is root, the user nobody, in a mount
 * namespace whose sudoers let that one say sudo. Has what a test needs of the checkout in a folder
 * that belongs to that user alone, as a home does.
 */
final class OrdinaryUser implements AutoCloseable {
  private static final String NOBODY = "nobody";

  private static final String SUDOERS =
      "root ALL=(ALL:ALL) ALL\\n" + NOBODY + " ALL=(ALL:ALL) NOPASSWD: ALL\\n";

  /** {@code $0} is the file to be sudoers, {@code $1} the groups, {@code $2} the line. */
  private static final String BECOME =
      "printf '"
          + SUDOERS
          + "' >\"$0\" && chmod 440 \"$0\" && mount --bind \"$0\" /etc/sudoers"
          + " && exec setpriv --reuid="
          + NOBODY
          + " --regid=nogroup \"$1\" env -u SUDO_UID -u SUDO_GID USER="
          + NOBODY
          + " bash -c \"$2\"";

  private final Path folder;
  private final String groups;
  private final boolean isNobody;

  private OrdinaryUser(String groups, String paths) throws Exception {
    this.groups = groups;
    isNobody = Shell.succeed("id -u").equals("0");
    if (isNobody) {
      Tool.require(Tool.SUDO, Tool.SETPRIV);
      Tool.requireRoot();
    }
    folder = Files.createTempDirectory(Path.of("/tmp"), "dual-user");
    Shell.succeed(
        "chmod 755 %1$s && mkdir -m 700 %1$s/own && cd '%2$s' && cp -r --parents %3$s %1$s/own"
            .formatted(folder, ServerProcess.HOME, paths));
    give();
  }

  /** Has these of the checkout. */
  OrdinaryUser(String paths) throws Exception {
    this("--init-groups", paths);
  }

  /** Has the scripts, and may say sudo without a password. */
  static OrdinaryUser withSudo() throws Exception {
    Tool.requireRoot();
    return new OrdinaryUser("dual launcher wireshark");
  }

  /** In the group that may use the Docker engine here. */
  static OrdinaryUser ofDocker(String paths) throws Exception {
    Path engine = Path.of("/var/run/docker.sock");
    return new OrdinaryUser("--groups=" + Files.getAttribute(engine, "unix:gid"), paths);
  }

  /** What a test has put there is this user's from now on. */
  void give() throws Exception {
    if (isNobody) {
      Shell.succeed("chown -R " + NOBODY + ":nogroup " + own());
    }
  }

  String name() {
    return isNobody ? NOBODY : System.getProperty("user.name");
  }

  /** Where the lines are typed. */
  Path own() {
    return folder.resolve("own");
  }

  Shell run(String line) throws IOException, InterruptedException {
    return Shell.run(command(own(), line));
  }

  /** The command that has this user type a line in a folder. */
  List<String> command(Path where, String line) {
    String typed = "cd '" + where + "' || exit; " + line;
    if (!isNobody) {
      return List.of("bash", "-c", typed);
    }
    return List.of(
        "unshare",
        "--mount",
        "bash",
        "-c",
        BECOME,
        folder.resolve("sudoers").toString(),
        groups,
        "export HOME='" + own() + "'; " + typed);
  }

  @Override
  public void close() throws Exception {
    Shell.succeed("rm -r " + folder);
  }
}
