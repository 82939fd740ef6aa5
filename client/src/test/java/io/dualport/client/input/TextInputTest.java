package io.dualport.client.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextInputTest {
  /** Longer than any piece that is read at once, with characters of one to four bytes. */
  private static final String TEXT = "µs, 用例 and 𝄞\n".repeat(1000);

  private static final String MARK = "\ufeff";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
  void shouldReadTextWithAByteOrderMarkAlsoGzipped(String charset) throws Exception {
    byte[] marked = (MARK + TEXT).getBytes(Charset.forName(charset));
    assertThat(read(file(marked))).isEqualTo(TEXT);
    assertThat(read(file(gzipped(marked)))).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "plain text\n"})
  void shouldReadPlainAndGzippedText(String text) throws Exception {
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    assertThat(read(file(plain))).isEqualTo(text);
    assertThat(read(file(gzipped(plain)))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "377abcaf271c0004, is a 7z archive; unpack it and name the file in it",
    "28b52ffd0458, is compressed with zstd; unpack it: zstd -d FILE",
    "fd377a585a0000, is compressed with xz; unpack it: xz -d FILE",
    "425a683931, is compressed with bzip2; unpack it: bzip2 -d FILE",
    "04224d18, is compressed with lz4; unpack it: lz4 -d FILE",
    "d4c3b2a102000400, is a packet capture",
    "0a0d0d0a1c000000, is a packet capture"
  })
  void shouldSayWhatItDoesNotRead(String bytes, String said) throws Exception {
    assertRefused(HexFormat.of().parseHex(bytes), said);
  }

  @Test
  void shouldSayThatAnArchiveIsOne() throws Exception {
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("run.hlog"));
      out.write(1);
    }
    assertRefused(zip.toByteArray(), "is a zip archive; unpack it and name the file in it");
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    assertRefused(tar, "is a tar archive; unpack it and name the file in it");
    assertRefused(gzipped(tar), "is a tar archive; unpack it and name the file in it");
  }

  @Test
  void shouldSayThatGzippedTextEndsEarlyOrIsGzippedTwice() throws Exception {
    byte[] whole = gzipped(TEXT.getBytes(StandardCharsets.UTF_8));
    for (int length : List.of(2, 5, whole.length / 2, whole.length - 1)) {
      assertRefused(Arrays.copyOf(whole, length), "is gzipped and cut short; copy it again");
    }
    assertRefused(gzipped(whole), "is gzipped twice; unpack it: gzip -d FILE");
  }

  private void assertRefused(byte[] bytes, String said) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(ForeignFormatException.class)
        .hasMessage(said);
  }

  private static String read(Path file) throws IOException {
    try (InputStream in = TextInput.open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(folder, "in", ""), bytes);
  }

  private static byte[] gzipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write(bytes);
    }
    return gzip.toByteArray();
  }
}
