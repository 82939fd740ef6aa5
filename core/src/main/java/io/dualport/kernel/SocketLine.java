package io.dualport.kernel;

import io.dualport.flow.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Reads one line of {@code /proc/net/{tcp,tcp6,udp,udp6}} from left to right.
 *
 * <p>The columns are those that tcp4_seq_show (net/ipv4/tcp_ipv4.c) and its three siblings print:
 * sl, local, remote, st, tx:rx, timer, retransmits, uid, timeout, inode, references, pointer, and
 * for UDP drops. A table may have many thousand lines, so no regex and no split.
 */
final class SocketLine {
  private static final int HEX_DIGITS_OF_A_WORD = 8;
  private static final long UNSIGNED_INT = 0xffff_ffffL;

  private final Protocol protocol;
  private final boolean ipv6;
  private final String line;
  private int start;
  private int end;

  private SocketLine(Protocol protocol, boolean ipv6, String line) {
    this.protocol = protocol;
    this.ipv6 = ipv6;
    this.line = line;
  }

  /** The row, or empty if the line is short or damaged. */
  static Optional<SocketRow> parse(Protocol protocol, boolean ipv6, String line) {
    try {
      return Optional.of(new SocketLine(protocol, ipv6, line).row());
    } catch (IllegalArgumentException | IndexOutOfBoundsException | UnknownHostException damaged) {
      return Optional.empty();
    }
  }

  private SocketRow row() throws UnknownHostException {
    skip(1);
    final InetSocketAddress local = address();
    final InetSocketAddress remote = address();
    final SocketState state = state();
    next();
    int colon = colon();
    final long transmitQueueBytes = hex(start, colon);
    final long receiveQueueBytes = hex(colon + 1, end);
    skip(2);
    final int uid = (int) decimal();
    skip(1);
    final long inode = decimal();
    long drops = 0;
    if (protocol == Protocol.UDP) {
      skip(2);
      drops = decimal() & UNSIGNED_INT;
    }
    return new SocketRow(
        protocol,
        ipv6,
        local,
        remote,
        state,
        transmitQueueBytes,
        receiveQueueBytes,
        uid,
        inode,
        drops);
  }

  /**
   * The address is printed as 32-bit words in the byte order of the machine, although the bytes in
   * memory are in network order; the port is printed as a number.
   */
  private InetSocketAddress address() throws UnknownHostException {
    next();
    int colon = colon();
    int words = ipv6 ? 4 : 1;
    if (colon - start != words * HEX_DIGITS_OF_A_WORD) {
      throw new IllegalArgumentException("address of a wrong length");
    }
    ByteBuffer bytes = ByteBuffer.allocate(words * Integer.BYTES).order(ByteOrder.nativeOrder());
    for (int at = start; at < colon; at += HEX_DIGITS_OF_A_WORD) {
      bytes.putInt(HexFormat.fromHexDigits(line, at, at + HEX_DIGITS_OF_A_WORD));
    }
    return new InetSocketAddress(
        InetAddress.getByAddress(bytes.array()), (int) hex(colon + 1, end));
  }

  private SocketState state() {
    next();
    return SocketState.of(protocol, (int) hex(start, end))
        .orElseThrow(() -> new IllegalArgumentException("unknown state"));
  }

  private void skip(int fields) {
    for (int i = 0; i < fields; i++) {
      next();
    }
  }

  private void next() {
    start = end;
    while (start < line.length() && line.charAt(start) == ' ') {
      start++;
    }
    end = start;
    while (end < line.length() && line.charAt(end) != ' ') {
      end++;
    }
    if (start == end) {
      throw new IllegalArgumentException("short line");
    }
  }

  private int colon() {
    int colon = line.indexOf(':', start);
    if (colon < 0 || colon >= end) {
      throw new IllegalArgumentException("no colon");
    }
    return colon;
  }

  private long hex(int from, int to) {
    if (from == to) {
      throw new IllegalArgumentException("no digits");
    }
    return HexFormat.fromHexDigitsToLong(line, from, to);
  }

  private long decimal() {
    next();
    return Long.parseLong(line, start, end, 10);
  }
}
