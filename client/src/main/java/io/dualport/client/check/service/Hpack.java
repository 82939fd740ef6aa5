package io.dualport.client.check.service;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The little of HPACK (RFC 7541) that one question needs. What is sent are plain literals; of what
 * comes, names of the static table are not told, but for {@code :status}.
 */
final class Hpack {
  static final String STATUS = ":status";

  /** The static table (appendix A), and where a status stands in it. */
  private static final int STATIC_ENTRIES = 61;

  private static final int FIRST_STATUS = 8;
  private static final List<String> STATUSES =
      List.of("200", "204", "206", "304", "400", "404", "500");

  /** What a table may hold (RFC 9113 section 6.5.2), and of an entry besides its text. */
  private static final int TABLE_BYTES = 4096;

  private static final int ENTRY_BYTES = 32;

  /** How long a number may be: no text here has 2^21 bytes. */
  private static final int MAX_NUMBER_BYTES = 3;

  /**
   * How many bits the code of each byte has (appendix B), and of the end: a letter each, a for 5.
   * Codes of one length follow each other in the order of the bytes, so that lengths are enough.
   */
  private static final String CODE_BITS =
      "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf"
          + "ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix"
          + "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs"
          + "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv"
          + "z";

  private static final int LONGEST_CODE = 30;
  private static final int END = 256;

  /** The symbols whose codes have so many bits. */
  private static final int[][] SYMBOLS =
      IntStream.rangeClosed(0, LONGEST_CODE)
          .mapToObj(
              bits ->
                  IntStream.rangeClosed(0, END)
                      .filter(symbol -> CODE_BITS.charAt(symbol) - 'a' + 5 == bits)
                      .toArray())
          .toArray(int[][]::new);

  /** Of one connection, the newest first. */
  private final LinkedList<Map.Entry<String, String>> table = new LinkedList<>();

  private int tableLimit = TABLE_BYTES;
  private byte[] block;
  private int at;

  /** What is not HPACK. */
  private static final class BrokenException extends Exception {
    private static final long serialVersionUID = 1;
  }

  /** Headers that no table need hold (section 6.2.2). */
  static byte[] encoded(List<Map.Entry<String, String>> headers) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<String, String> header : headers) {
      out.write(0);
      for (byte[] text : List.of(Bytes.of(header.getKey()), Bytes.of(header.getValue()))) {
        int rest = text.length - 0x7f;
        out.write(Math.min(text.length, 0x7f));
        for (; rest >= 0x80; rest >>= 7) {
          out.write(rest & 0x7f | 0x80);
        }
        if (rest >= 0) {
          out.write(rest);
        }
        out.writeBytes(text);
      }
    }
    return out.toByteArray();
  }

  /** The headers of the connection's next block, in order; null if it is none. */
  List<Map.Entry<String, String>> decoded(byte[] bytes) {
    block = bytes;
    at = 0;
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    try {
      while (at < block.length) {
        int first = block[at] & 0xff;
        if (first >= 0x80) {
          headers.add(entry(number(7)));
        } else if (first >= 0x40) {
          Map.Entry<String, String> header = literal(6);
          table.addFirst(header);
          shrink();
          headers.add(header);
        } else if (first >= 0x20) {
          tableLimit = number(5);
          if (tableLimit > TABLE_BYTES) {
            throw new BrokenException();
          }
          shrink();
        } else {
          headers.add(literal(4));
        }
      }
      return headers;
    } catch (BrokenException e) {
      return null;
    }
  }

  /** Drops the oldest until the rest fits (section 4.3). */
  private void shrink() {
    int bytes = table.stream().mapToInt(Hpack::size).sum();
    while (bytes > tableLimit) {
      bytes -= size(table.removeLast());
    }
  }

  private static int size(Map.Entry<String, String> entry) {
    return entry.getKey().length() + entry.getValue().length() + ENTRY_BYTES;
  }

  private Map.Entry<String, String> literal(int indexBits) throws BrokenException {
    int index = number(indexBits);
    String name = index == 0 ? text() : entry(index).getKey();
    return Map.entry(name, text());
  }

  private Map.Entry<String, String> entry(int index) throws BrokenException {
    if (index == 0 || index > STATIC_ENTRIES + table.size()) {
      throw new BrokenException();
    }
    if (index > STATIC_ENTRIES) {
      return table.get(index - STATIC_ENTRIES - 1);
    }
    int status = index - FIRST_STATUS;
    return status >= 0 && status < STATUSES.size()
        ? Map.entry(STATUS, STATUSES.get(status))
        : Map.entry("", "");
  }

  /** In the last bits of a byte, and in more if they are all ones (section 5.1). */
  private int number(int bits) throws BrokenException {
    int most = (1 << bits) - 1;
    int value = next() & most;
    if (value < most) {
      return value;
    }
    for (int i = 0; i < MAX_NUMBER_BYTES; i++) {
      int more = next();
      value += (more & 0x7f) << 7 * i;
      if (more < 0x80) {
        return value;
      }
    }
    throw new BrokenException();
  }

  private int next() throws BrokenException {
    if (at >= block.length) {
      throw new BrokenException();
    }
    return block[at++] & 0xff;
  }

  private String text() throws BrokenException {
    boolean isPacked = at < block.length && block[at] < 0;
    int length = number(7);
    if (length > block.length - at) {
      throw new BrokenException();
    }
    byte[] bytes = Arrays.copyOfRange(block, at, at + length);
    at += length;
    return Bytes.text(isPacked ? unpacked(bytes) : bytes);
  }

  /** Reads Huffman's code bit by bit; what is left at the end are ones, less than a byte. */
  private static byte[] unpacked(byte[] packed) throws BrokenException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code = 0;
    int first = 0;
    int bits = 0;
    boolean areOnes = true;
    for (int i = 0; i < packed.length * Byte.SIZE; i++) {
      int bit = packed[i / Byte.SIZE] >> 7 - i % Byte.SIZE & 1;
      areOnes &= bit == 1;
      code = code << 1 | bit;
      bits++;
      first = first + SYMBOLS[bits - 1].length << 1;
      if (code - first < SYMBOLS[bits].length) {
        int symbol = SYMBOLS[bits][code - first];
        if (symbol == END) {
          throw new BrokenException();
        }
        out.write(symbol);
        code = 0;
        first = 0;
        bits = 0;
        areOnes = true;
      } else if (bits == LONGEST_CODE) {
        throw new BrokenException();
      }
    }
    if (bits >= Byte.SIZE || !areOnes) {
      throw new BrokenException();
    }
    return out.toByteArray();
  }
}
