package io.dualport.kernel;

import io.dualport.report.ControlCharacters;
import java.util.Objects;

/**
 * The process that holds a socket.
 *
 * @param pid its process id
 * @param command its name as {@code /proc/PID/comm} gives it, at most 15 bytes (proc_pid_comm(5));
 *     any process chooses its own name, so this may hold control characters
 */
public record SocketOwner(int pid, String command) {
  /** Refuses a null command. */
  public SocketOwner {
    Objects.requireNonNull(command, "command");
  }

  /** As in {@code java (pid 1234)}, safe to print on a terminal. */
  public String text() {
    return ControlCharacters.escaped(command) + " (pid " + pid + ")";
  }

  @Override
  public String toString() {
    return text();
  }
}
