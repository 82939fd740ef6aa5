package io.dualport.client.check;

import io.dualport.kernel.Errno;
import io.dualport.probe.Stamp;
import java.net.InetSocketAddress;

/**
 * What became of a message.
 *
 * @param content what the bytes are, wherever they came from; otherwise the same as {@code kind}
 * @param sizeBytes of the message
 * @param sentCount how many of that size had been sent by then
 * @param bytes what came back; null if nothing did
 * @param position of the first wrong byte, or how many came back of a cut one
 * @param sender who it came from; null if nothing did
 * @param tookNanos from sending it to its echo or error; for {@link Kind#NOTHING} how long we
 *     waited
 * @param stamp what the server wrote into the echo; null if nothing
 * @param error what the kernel reported; null if nothing
 */
record Answer(
    Kind kind,
    Kind content,
    int sizeBytes,
    int sentCount,
    byte[] bytes,
    int position,
    InetSocketAddress sender,
    long tookNanos,
    Stamp stamp,
    Throwable error) {

  /** From the best to the least. */
  enum Kind {
    /** All bytes, from the address that was dialled. */
    WHOLE,
    /** Too few bytes, those being right. */
    CUT,
    /** Ours, but with a wrong byte or more than were sent. */
    WRONG,
    /** More came than was sent: bytes before this message went out (TCP). */
    MORE,
    /** Like nothing we sent. */
    STRANGE,
    /** An answer, whatever it is, but from another address or port. */
    WRONG_SOURCE,
    /** An error from the network: RST or ICMP. */
    ERROR,
    /** An error of this machine: the message never left. */
    NOT_SENT,
    NOTHING
  }

  boolean isWhole() {
    return kind == Kind.WHOLE;
  }

  Errno errno() {
    return Errno.of(error);
  }
}
