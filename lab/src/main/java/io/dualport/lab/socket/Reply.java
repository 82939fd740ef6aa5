package io.dualport.lab.socket;

import io.dualport.kernel.Errno;
import java.util.Objects;

/**
 * What a call returned.
 *
 * @param value the words it returned, separated by spaces; empty for a plain success and for an
 *     error
 * @param errno the error, or null
 */
public record Reply(String value, Errno errno) {
  /** The word for success. */
  public static final String OK = "OK";

  /** Refuses a missing value. */
  public Reply {
    Objects.requireNonNull(value, "value");
  }

  /** A success with something to tell. */
  public static Reply of(Object value) {
    return new Reply(value.toString(), null);
  }

  /** A plain success. */
  public static Reply ok() {
    return new Reply("", null);
  }

  /** An error. */
  public static Reply error(Errno errno) {
    return new Reply("", errno);
  }

  /** The call was not made: this system, or this way of calling, has no such call. */
  public static Reply notHere() {
    return new Reply("not-here", Errno.UNKNOWN);
  }

  /** Whether the call was made at all. */
  public boolean isHere() {
    return errno != Errno.UNKNOWN;
  }

  /** Whether the call succeeded. */
  public boolean isOk() {
    return errno == null;
  }

  /** {@code OK} or the name of the error, as predictions are written. */
  public String word() {
    return errno == null ? OK : errno.name();
  }

  /** The value as a whole number. */
  public int number() {
    return Integer.parseInt(value);
  }
}
