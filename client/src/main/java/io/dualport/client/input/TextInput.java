package io.dualport.client.input;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A text file as people hand it on: gzipped to save room, with the byte order mark that some
 * editors set, in UTF-16 as PowerShell redirects. All of that is read as UTF-8; of what cannot be
 * read, such as an archive, it says what it is.
 */
public final class TextInput {
  /** Of a tar archive the mark stands here, of all others at the start. */
  private static final int TAR_MARK = 257;

  private static final int LONGEST_LOOK = TAR_MARK + 5;
  private static final String UNPACK = "; unpack it and name the file in it";

  /** What a file is that begins so, or has these bytes at that place. */
  private record Mark(int at, byte[] bytes, String what) {
    private static Mark of(int at, String what, int... bytes) {
      byte[] mark = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        mark[i] = (byte) bytes[i];
      }
      return new Mark(at, mark, what);
    }

    private boolean isIn(byte[] start, int length) {
      return length >= at + bytes.length
          && Arrays.equals(start, at, at + bytes.length, bytes, 0, bytes.length);
    }
  }

  private static final Mark GZIP = Mark.of(0, "", 0x1f, 0x8b);
  private static final Mark UTF_8 = Mark.of(0, "", 0xef, 0xbb, 0xbf);
  private static final Mark UTF_16_LE = Mark.of(0, "", 0xff, 0xfe);
  private static final Mark UTF_16_BE = Mark.of(0, "", 0xfe, 0xff);

  private static final List<Mark> OTHERS =
      List.of(
          Mark.of(0, "is a zip archive" + UNPACK, 'P', 'K', 3, 4),
          Mark.of(0, "is a 7z archive" + UNPACK, '7', 'z', 0xbc, 0xaf, 0x27, 0x1c),
          Mark.of(TAR_MARK, "is a tar archive" + UNPACK, 'u', 's', 't', 'a', 'r'),
          Mark.of(0, "is compressed with zstd; unpack it: zstd -d FILE", 0x28, 0xb5, 0x2f, 0xfd),
          Mark.of(0, "is compressed with xz; unpack it: xz -d FILE", 0xfd, '7', 'z', 'X', 'Z', 0),
          Mark.of(0, "is compressed with bzip2; unpack it: bzip2 -d FILE", 'B', 'Z', 'h'),
          Mark.of(0, "is compressed with lz4; unpack it: lz4 -d FILE", 0x04, 0x22, 0x4d, 0x18),
          Mark.of(0, "is a packet capture", 0xd4, 0xc3, 0xb2, 0xa1),
          Mark.of(0, "is a packet capture", 0xa1, 0xb2, 0xc3, 0xd4),
          Mark.of(0, "is a packet capture", 0x4d, 0x3c, 0xb2, 0xa1),
          Mark.of(0, "is a packet capture", 0x0a, 0x0d, 0x0d, 0x0a));

  private TextInput() {}

  /**
   * Opens a file, or a pipe, and tells by its first bytes what it is.
   *
   * @return its text in UTF-8, without a byte order mark
   * @throws ForeignFormatException if it is none that can be read
   */
  public static InputStream open(Path file) throws IOException {
    InputStream raw = Files.newInputStream(file);
    try {
      return text(raw, true);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  private static InputStream text(InputStream raw, boolean mayBeCompressed) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw);
    in.mark(LONGEST_LOOK);
    byte[] start = new byte[LONGEST_LOOK];
    int length = in.readNBytes(start, 0, LONGEST_LOOK);
    in.reset();
    for (Mark other : OTHERS) {
      if (other.isIn(start, length)) {
        throw new ForeignFormatException(other.what);
      }
    }
    if (GZIP.isIn(start, length)) {
      if (!mayBeCompressed) {
        throw new ForeignFormatException("is gzipped twice; unpack it: gzip -d FILE");
      }
      return text(new Inflated(in), false);
    }
    if (UTF_8.isIn(start, length)) {
      in.skipNBytes(UTF_8.bytes.length);
      return in;
    }
    if (UTF_16_LE.isIn(start, length) || UTF_16_BE.isIn(start, length)) {
      return new Recoded(in, StandardCharsets.UTF_16);
    }
    return in;
  }

  /** Says of a file that ends early that it does, and not what zlib met. */
  private static final class Inflated extends FilterInputStream {
    Inflated(InputStream compressed) throws IOException {
      super(gzip(compressed));
    }

    private static InputStream gzip(InputStream compressed) throws IOException {
      try {
        return new GZIPInputStream(compressed);
      } catch (EOFException e) {
        throw cutShort();
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return super.read(bytes, offset, length);
      } catch (EOFException e) {
        throw cutShort();
      }
    }

    private static ForeignFormatException cutShort() {
      return new ForeignFormatException("is gzipped and cut short; copy it again");
    }
  }

  /** Text of another encoding as UTF-8, a bounded piece at a time. */
  private static final class Recoded extends InputStream {
    private final Reader text;
    private final char[] piece = new char[4096];
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    Recoded(InputStream in, Charset charset) {
      this.text = new InputStreamReader(in, charset);
    }

    @Override
    public int read() throws IOException {
      return fill() ? bytes.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int taken = Math.min(length, bytes.remaining());
      bytes.get(into, offset, taken);
      return taken;
    }

    private boolean fill() throws IOException {
      if (bytes.hasRemaining()) {
        return true;
      }
      int length = text.read(piece, 0, piece.length - 1);
      if (length < 0) {
        return false;
      }
      if (Character.isHighSurrogate(piece[length - 1])) { // its other half is the next
        int next = text.read();
        if (next >= 0) {
          piece[length++] = (char) next;
        }
      }
      bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(piece, 0, length));
      return true;
    }

    @Override
    public void close() throws IOException {
      text.close();
    }
  }
}
