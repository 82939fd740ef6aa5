package io.dualport.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.nativ.JLineNativeLoader;
import org.jline.terminal.impl.jni.JniTerminalProvider;

/** JLine's native library, which sets a terminal's modes and tells its size. */
final class NativeCalls {
  private NativeCalls() {}

  /**
   * Loads the library if it is not loaded yet.
   *
   * @throws IOException if there is none for this system, or no folder to unpack it into
   */
  static JniTerminalProvider loaded() throws IOException {
    try {
      JLineNativeLoader.initialize();
      deleteUnpacked(JLineNativeLoader.getNativeLibraryPath());
      return new JniTerminalProvider();
    } catch (RuntimeException | LinkageError e) {
      throw new IOException("no native library for the terminal: " + e.getMessage(), e);
    }
  }

  /**
   * Once loaded the copy in the folder for temporary files is of no use, and a process that ends by
   * halt or SIGKILL would leave it for ever. One that an administrator installed stays.
   */
  private static void deleteUnpacked(String library) throws IOException {
    Path folder = Path.of(System.getProperty("jline.tmpdir", System.getProperty("java.io.tmpdir")));
    if (library != null && Path.of(library).toAbsolutePath().startsWith(folder.toAbsolutePath())) {
      Files.deleteIfExists(Path.of(library));
      Files.deleteIfExists(Path.of(library + ".lck"));
    }
  }
}
