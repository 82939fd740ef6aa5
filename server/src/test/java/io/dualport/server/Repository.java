package io.dualport.server;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where this checkout lies, wherever the tests are started. */
final class Repository {
  private Repository() {}

  /** A file or folder named from the checkout's root, as in {@code conf/server.conf}. */
  static Path path(String name) {
    Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    for (Path folder = module; folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    throw new AssertionError("no " + name + " in " + module + " or above it");
  }
}
