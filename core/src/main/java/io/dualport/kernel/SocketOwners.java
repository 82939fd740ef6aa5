package io.dualport.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Finds the processes behind socket inodes.
 *
 * <p>The kernel shows every descriptor of a process as a link in {@code /proc/PID/fd}; one that is
 * a socket points to {@code socket:[inode]} (proc_pid_fd(5)). Only root and the process's own user
 * may read those links, so a socket of somebody else is not found; name its user instead, see
 * {@link #userName(int)}.
 */
public final class SocketOwners {
  private static final Path PROC = Path.of("/proc");
  private static final Path PASSWD = Path.of("/etc/passwd");
  private static final String LINK_PREFIX = "socket:[";

  private final Set<Long> missing;
  private final Map<Long, SocketOwner> found = new HashMap<>();

  private SocketOwners(Set<Long> inodes) {
    missing = new HashSet<>(inodes);
    missing.remove(0L);
  }

  /**
   * The owners of these sockets, as far as we may see them. A socket shared by several processes,
   * as one that systemd passed on, is given to this process if it is one of them, else to the first
   * in the order of {@code /proc}, which is by process id.
   *
   * @param inodes as in {@link SocketRow#inode()}; 0 is nobody's
   * @return an immutable map without the inodes that were not found; empty on a system without
   *     {@code /proc}
   */
  public static Map<Long, SocketOwner> of(Set<Long> inodes) {
    SocketOwners owners = new SocketOwners(inodes);
    owners.searchProcesses();
    return Map.copyOf(owners.found);
  }

  /**
   * The name of a user in {@code /etc/passwd}; {@code uid N} if there is none, as for a user of a
   * directory service or another container.
   *
   * @param uid an unsigned 32-bit number
   */
  public static String userName(int uid) {
    return userName(uid, PASSWD);
  }

  static String userName(int uid, Path passwd) {
    String wanted = Integer.toUnsignedString(uid);
    try {
      for (String line : Files.readAllLines(passwd, StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(":", 4);
        if (fields.length == 4 && fields[2].equals(wanted) && !fields[0].isEmpty()) {
          return fields[0];
        }
      }
    } catch (IOException unreadable) {
      // As good as a user without an entry.
    }
    return "uid " + wanted;
  }

  private void searchProcesses() {
    if (missing.isEmpty() || !Files.isDirectory(PROC)) {
      return;
    }
    searchDescriptors(PROC.resolve(String.valueOf(ProcessHandle.current().pid())));
    if (missing.isEmpty()) {
      return;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, SocketOwners::isPid)) {
      for (Path process : processes) {
        searchDescriptors(process);
        if (missing.isEmpty()) {
          return;
        }
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      // What was found so far is the answer.
    }
  }

  private static boolean isPid(Path entry) {
    char first = entry.getFileName().toString().charAt(0);
    return first >= '0' && first <= '9';
  }

  private void searchDescriptors(Path process) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        long inode = inode(descriptor);
        if (missing.remove(inode)) {
          found.put(inode, owner(process));
        }
        if (missing.isEmpty()) {
          return;
        }
      }
    } catch (IOException | DirectoryIteratorException goneOrNotOurs) {
      // A process of another user, or one that has just ended.
    }
  }

  /** The inode of the socket behind a descriptor; 0 for any other kind, and for a closed one. */
  private static long inode(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith(LINK_PREFIX) && target.endsWith("]")
          ? Long.parseLong(target, LINK_PREFIX.length(), target.length() - 1, 10)
          : 0;
    } catch (IOException | NumberFormatException closedMeanwhile) {
      return 0;
    }
  }

  private static SocketOwner owner(Path process) {
    int pid = Integer.parseInt(process.getFileName().toString());
    try {
      byte[] command = Files.readAllBytes(process.resolve("comm"));
      return new SocketOwner(pid, new String(command, StandardCharsets.UTF_8).stripTrailing());
    } catch (IOException endedMeanwhile) {
      return new SocketOwner(pid, "?");
    }
  }
}
