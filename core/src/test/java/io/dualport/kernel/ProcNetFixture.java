package io.dualport.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder that looks like {@code /proc/net}, with lines as a little-endian kernel prints them. */
record ProcNetFixture(Path folder) {
  private static final String HEADER =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
          + " inode";

  static ProcNetFixture in(Path folder) {
    return new ProcNetFixture(folder).table("tcp").table("udp");
  }

  ProcNetFixture table(String name, String... lines) {
    return file(name, HEADER + "\n" + String.join("\n", lines) + (lines.length == 0 ? "" : "\n"));
  }

  ProcNetFixture file(String name, String content) {
    try {
      Files.writeString(folder.resolve(name), content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SocketTable read() {
    try {
      return SocketTable.read(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String tcp(String local, String remote, String state, long inode) {
    return "   0: %s %s %s 00000000:00000000 00:00000000 00000000  1000        0 %d 1 00000000e8940f95 100 0 0 10 0"
        .formatted(local, remote, state, inode);
  }

  static String udp(String local, String remote, String state, long inode) {
    return " 7290: %s %s %s 00000000:00000000 00:00000000 00000000  1000        0 %d 2 0000000012345678 0"
        .formatted(local, remote, state, inode);
  }
}
