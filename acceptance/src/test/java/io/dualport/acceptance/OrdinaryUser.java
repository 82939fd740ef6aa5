package io.dualport.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Somebody who is not root and may say sudo: the user nobody, in a mount namespace whose sudoers
 * say so. Has what a test needs of the checkout in a folder that belongs to that user alone, as a
 * home does.
 */
final class OrdinaryUser implements AutoCloseable {
  static final String NAME = "nobody";

  private static final String SUDOERS =
      "root ALL=(ALL:ALL) ALL\\n" + NAME + " ALL=(ALL:ALL) NOPASSWD: ALL\\n";

  /** {@code $0} is the file to be sudoers, {@code $1} the groups, {@code $2} the line. */
  private static final String BECOME =
      "printf '"
          + SUDOERS
          + "' >\"$0\" && chmod 440 \"$0\" && mount --bind \"$0\" /etc/sudoers"
          + " && exec setpriv --reuid="
          + NAME
          + " --regid=nogroup \"$1\" env -u SUDO_UID -u SUDO_GID bash -c \"$2\"";

  private final Path folder;
  private final String groups;

  private OrdinaryUser(String groups, String paths) throws Exception {
    Tool.require(Tool.SUDO, Tool.SETPRIV);
    Tool.requireRoot();
    this.groups = groups;
    folder = Files.createTempDirectory(Path.of("/tmp"), "dual-user");
    Shell.succeed(
        "chmod 755 %1$s && mkdir -m 700 %1$s/own && cd '%2$s' && cp -r --parents %4$s %1$s/own && chown -R %3$s:nogroup %1$s/own"
            .formatted(folder, ServerProcess.HOME, NAME, paths));
  }

  /** Has the scripts. */
  OrdinaryUser() throws Exception {
    this("--init-groups", "dual launcher wireshark");
  }

  /** In the group that may use the Docker engine here. */
  static OrdinaryUser ofDocker(String paths) throws Exception {
    Path engine = Path.of("/var/run/docker.sock");
    return new OrdinaryUser("--groups=" + Files.getAttribute(engine, "unix:gid"), paths);
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
    return List.of(
        "unshare",
        "--mount",
        "bash",
        "-c",
        BECOME,
        folder.resolve("sudoers").toString(),
        groups,
        "cd '" + where + "' || exit; " + line);
  }

  @Override
  public void close() throws Exception {
    Shell.succeed("rm -r " + folder);
  }
}
