package io.dualport.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The launcher's class-data archives, with which a program starts for half of the processor time.
 * Tests start a thousand of them, and no more than starting is different.
 */
final class ClassDataArchive {
  private static final Map<Path, List<String>> OPTIONS = new ConcurrentHashMap<>();

  private ClassDataArchive() {}

  /**
   * The options of Java that make it use the archive of a jar, which is recorded where there is
   * none; none of them where the jars are older than their sources.
   */
  static List<String> options(Path jar) {
    return OPTIONS.computeIfAbsent(jar, ClassDataArchive::find);
  }

  private static List<String> find(Path jar) {
    String part = jar.getParent().getParent().getFileName().toString();
    String script =
        """
        home=%s JAVA_HOME=%s
        source "$home/launcher/java.bash"
        source "$home/launcher/jars.bash"
        source "$home/launcher/archives.bash"
        find_java && ! is_stale && archive %3$s && has_archive %3$s && archive_of %3$s"""
            .formatted(ServerProcess.HOME, System.getProperty("java.home"), part);
    try {
      Shell found = Shell.run(script);
      return found.exitCode() == 0
          ? List.of("-XX:SharedArchiveFile=" + found.out(), "-Xshare:auto", "-Xlog:cds*=off")
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
