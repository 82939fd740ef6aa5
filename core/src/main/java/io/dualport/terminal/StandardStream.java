package io.dualport.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.nativ.CLibrary;
import org.jline.terminal.spi.SystemStream;

/** The three descriptors that every program begins with. */
public enum StandardStream {
  INPUT(0, SystemStream.Input),
  OUTPUT(1, SystemStream.Output),
  ERROR(2, SystemStream.Error);

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final int descriptor;
  private final SystemStream known;

  StandardStream(int descriptor, SystemStream known) {
    this.descriptor = descriptor;
    this.known = known;
  }

  /** Whether somebody sits at it. Linux tells by itself; elsewhere a native library is asked. */
  public boolean isTerminal() {
    if (Files.isDirectory(DESCRIPTORS)) {
      return leadsToTerminal();
    }
    try {
      return NativeCalls.loaded().isSystemStream(known);
    } catch (IOException | RuntimeException e) {
      return false; // no library for this system: what is plain works everywhere
    }
  }

  private boolean leadsToTerminal() {
    String file = file();
    return file.startsWith("/dev/pts/")
        || file.startsWith("/dev/tty")
        || file.equals("/dev/console");
  }

  /** What it leads to, as /proc names it; empty where that is not told. */
  private String file() {
    try {
      return Files.readSymbolicLink(DESCRIPTORS.resolve(String.valueOf(descriptor))).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Whether it is an output into a pipe that nobody reads any more, as poll(2) tells without a
   * write: POLLERR, which needs no asking. False where that cannot be told.
   */
  public boolean isUnreadPipe() {
    if (!file().startsWith("pipe:")) {
      return false;
    }
    try {
      NativeCalls.loaded();
      return CLibrary.pollForInput(descriptor, 0) != 0;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** How much the terminal at it shows; {@link Size#USUAL} where it does not tell. */
  public Size size() {
    try {
      return Terminal.size(NativeCalls.loaded().current(known));
    } catch (IOException | RuntimeException e) {
      return Size.USUAL;
    }
  }
}
