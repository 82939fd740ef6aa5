package io.dualport.kernel;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The errors that socket calls end with, by the name every manual uses (errno(3)).
 *
 * <p>Numbers are those of Linux (include/uapi/asm-generic/errno-base.h and errno.h), descriptions
 * those of glibc's strerror(3). Java throws classes and sentences instead; {@link #of(Throwable)}
 * finds the way back.
 */
public enum Errno {
  EPERM(1, "Operation not permitted"),
  EINTR(4, "Interrupted system call"),
  EIO(5, "Input/output error"),
  EBADF(9, "Bad file descriptor"),
  EAGAIN(11, "Resource temporarily unavailable"),
  ENOMEM(12, "Cannot allocate memory"),
  EACCES(13, "Permission denied"),
  ENODEV(19, "No such device"),
  EINVAL(22, "Invalid argument"),
  ENFILE(23, "Too many open files in system"),
  EMFILE(24, "Too many open files"),
  ENOSPC(28, "No space left on device"),
  EPIPE(32, "Broken pipe"),
  EDESTADDRREQ(89, "Destination address required"),
  EMSGSIZE(90, "Message too long"),
  ENOPROTOOPT(92, "Protocol not available"),
  EOPNOTSUPP(95, "Operation not supported"),
  /** Also what Java says before it asks the kernel. */
  EAFNOSUPPORT(
      97,
      "Address family not supported by protocol",
      "Protocol family unavailable",
      "Protocol family not supported",
      "IPv6 not available"),
  EADDRINUSE(98, "Address already in use"),
  EADDRNOTAVAIL(99, "Cannot assign requested address", "Can't assign requested address"),
  ENETDOWN(100, "Network is down"),
  ENETUNREACH(101, "Network is unreachable"),
  ECONNABORTED(103, "Software caused connection abort"),
  ECONNRESET(104, "Connection reset by peer", "Connection reset"),
  ENOBUFS(105, "No buffer space available"),
  EISCONN(106, "Transport endpoint is already connected"),
  ENOTCONN(107, "Transport endpoint is not connected", "Socket is not connected"),
  /** Also what a connect ends with that Java itself, not the kernel, gave up waiting for. */
  ETIMEDOUT(110, "Connection timed out", "Connect timed out", "Operation timed out"),
  ECONNREFUSED(111, "Connection refused"),
  EHOSTUNREACH(113, "No route to host"),
  /** A connect that has not been answered yet. */
  EINPROGRESS(115, "Operation now in progress"),
  /** Not an error number we know; the exception's own message says more than we can. */
  UNKNOWN(0, "unknown error");

  /** Chains of causes are short; this ends one that bites its own tail. */
  private static final int CAUSES_LIMIT = 32;

  private static final String NETTY_MARK = "error(-";

  private final int number;
  private final String description;
  private final List<String> wordings;

  /**
   * @param otherWordings what other systems or the JDK itself say in its place
   */
  Errno(int number, String description, String... otherWordings) {
    this.number = number;
    this.description = description;
    this.wordings =
        Stream.concat(Stream.of(description), Stream.of(otherWordings)).map(Errno::folded).toList();
  }

  /** The number on Linux, positive; 0 for UNKNOWN. */
  public int number() {
    return number;
  }

  /** What strerror(3) says, as in {@code Address already in use}. */
  public String description() {
    return description;
  }

  /** For people, as in {@code Address already in use (EADDRINUSE)}. */
  public String text() {
    return this == UNKNOWN ? description : description + " (" + name() + ")";
  }

  /**
   * The errno with this Linux number.
   *
   * @param number positive; a negated one, as kernel and Netty return it, is understood too
   * @return UNKNOWN if we have no name for it
   */
  public static Errno of(int number) {
    for (Errno errno : values()) {
      if (errno.number == Math.abs(number)) {
        return errno;
      }
    }
    return UNKNOWN;
  }

  /**
   * The errno behind an exception of the JDK or of Netty's native transports, or of one of its
   * causes, outermost first.
   *
   * <p>The message decides before the class, since {@code BindException} stands for EADDRINUSE,
   * EADDRNOTAVAIL and EACCES alike. Netty's messages also carry the number, {@code bind(..) failed
   * with error(-98): Address already in use}; it is used where the words are not known, as under
   * another locale, and only on Linux, because other systems number differently.
   *
   * @param thrown may be null
   * @return UNKNOWN if none of them tells
   */
  public static Errno of(Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < CAUSES_LIMIT; i++) {
      Errno errno = ofOne(cause);
      if (errno != UNKNOWN) {
        return errno;
      }
      cause = cause.getCause();
    }
    return UNKNOWN;
  }

  /**
   * Whether the exception stands for EHOSTUNREACH and ENETUNREACH alike: Netty's native transports
   * throw the same for both, without a word. {@link #of(Throwable)} takes it for the first.
   */
  public static boolean isUnnamed(Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < CAUSES_LIMIT; i++) {
      if (cause instanceof NoRouteToHostException && byWords(folded(message(cause))) == UNKNOWN) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static Errno ofOne(Throwable thrown) {
    if (!(thrown instanceof IOException || thrown instanceof UnsupportedOperationException)) {
      return UNKNOWN;
    }
    String message = message(thrown);
    Errno errno = byWords(folded(message));
    if (errno == UNKNOWN) {
      errno = byNettyNumber(message);
    }
    if (errno != UNKNOWN) {
      return errno;
    }
    if (thrown instanceof PortUnreachableException) {
      return ECONNREFUSED;
    }
    return thrown instanceof NoRouteToHostException ? EHOSTUNREACH : UNKNOWN;
  }

  /** In the order of the constants, where ENFILE, whose words begin with EMFILE's, comes first. */
  private static Errno byWords(String message) {
    for (Errno errno : values()) {
      if (errno != UNKNOWN && errno.wordings.stream().anyMatch(message::contains)) {
        return errno;
      }
    }
    return UNKNOWN;
  }

  private static Errno byNettyNumber(String message) {
    int start = message.indexOf(NETTY_MARK);
    int end = message.indexOf(')', start);
    if (start < 0 || end < 0 || !System.getProperty("os.name").equals("Linux")) {
      return UNKNOWN;
    }
    try {
      return of(Integer.parseInt(message, start + NETTY_MARK.length(), end, 10));
    } catch (NumberFormatException notNetty) {
      return UNKNOWN;
    }
  }

  private static String message(Throwable thrown) {
    return thrown.getMessage() == null ? "" : thrown.getMessage();
  }

  private static String folded(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
