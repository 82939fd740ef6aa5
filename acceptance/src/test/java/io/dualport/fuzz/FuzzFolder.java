package io.dualport.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for the one input of a target that reads files; removed at the end. */
public final class FuzzFolder {
  private final Path folder;

  private FuzzFolder(Path folder) {
    this.folder = folder;
  }

  public static FuzzFolder create() {
    try {
      Path folder = Files.createTempDirectory("dual-fuzz");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
      return new FuzzFolder(folder);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes a file, and says where. */
  public Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  public Path path() {
    return folder;
  }

  private static void remove(Path folder) {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      System.err.println("left behind: " + folder);
    }
  }
}
