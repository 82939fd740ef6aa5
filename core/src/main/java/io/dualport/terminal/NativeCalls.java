package io.dualport.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.nativ.CLibrary;
import org.jline.nativ.JLineNativeLoader;
import org.jline.terminal.impl.jni.JniTerminalProvider;

/** JLine's native library, which sets a terminal's modes and tells its size. */
public final class NativeCalls {
  /** include/uapi/asm-generic/ioctls.h; what fcntl(2) does with O_NONBLOCK, which Java lacks. */
  private static final long FIONBIO = 0x5421;

  private NativeCalls() {}

  /**
   * Makes a call on a descriptor return at once where it would wait (Linux). It is the open file's
   * state, which all processes that have it share.
   *
   * @throws IOException if there is no native library, or no such descriptor
   */
  public static void neverBlock(int descriptor) throws IOException {
    loaded();
    if (CLibrary.ioctl(descriptor, FIONBIO, new int[] {1}) != 0) {
      throw new IOException("cannot be made non-blocking");
    }
  }

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
