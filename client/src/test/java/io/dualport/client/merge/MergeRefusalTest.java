package io.dualport.client.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dualport.flow.Protocol;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and how that is said; and what a killed run may leave behind. */
class MergeRefusalTest {
  private static final int HEADER_LINES = 6;
  @TempDir private Path folder;

  static String refusal(Path... files) {
    RefusedLogException refused =
        catchThrowableOfType(RefusedLogException.class, () -> Merge.of(List.of(files)));
    assertThat(refused).as("the refusal of %s", (Object) files).isNotNull();
    return refused.getMessage();
  }

  private LogFile log(String name) {
    return LogFile.at(folder.resolve(name))
        .values("tcp", List.of(List.of(100L, 200L, 300L), List.of(400L)))
        .counts("tcp", "2.000", 4);
  }

  private Path written(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void shouldRefuseOneRunWithDifferentTargets() throws Exception {
    Path a = log("a").target("one:1").write();
    Path b = log("b").target("two:2").write();

    assertThat(refusal(a, b))
        .isEqualTo(
            a
                + " and "
                + b
                + " are of one run (00000000000000aa) but of different targets, one:1 and two:2;"
                + " merge the logs of each target by themselves");
  }

  @Test
  void shouldRefuseTheSameLogTwiceWhateverItsName() throws Exception {
    Path a = log("a").log("00000000000000cc").write();
    Path copy = Files.copy(a, folder.resolve("copy"));

    assertThat(refusal(a, copy))
        .isEqualTo(a + " and " + copy + " are the same log (00000000000000cc); name it once");
    assertThat(refusal(a, a)).contains("are the same log");
  }

  @Test
  void shouldRefuseMixedUnits() throws Exception {
    Path a = log("a").write();
    Path b = log("b").unit("us").write();

    assertThat(refusal(a, b))
        .isEqualTo(a + " holds ns and " + b + " holds us; merge those of one unit at a time");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          unit=ns   | unit=furlong        | has unit=furlong, which is not ns, us, ms or s
          unit=ns   | unit=               | has unit=, which cannot be
          run=0     | run=x               | has run=x00000000000000aa, which cannot be
          mode=clos | mode=half           | has mode=halfed, which cannot be
          address=  | adress=             | has no address
          start=    | run=                | has run twice
          version 1 | version 2           | is of a version that this program does not read
          """)
  void shouldRefuseAHeaderThatItDoesNotUnderstand(String right, String wrong, String fault)
      throws Exception {
    Path a = log("a").write();
    String content = Files.readString(a);
    assertThat(content).contains(right);
    String changed = right.equals("run=0") ? "run=x0" : wrong;
    Files.writeString(a, content.replaceFirst(right, changed));

    assertThat(refusal(a))
        .startsWith(a + ", line " + (right.startsWith("version") ? 1 : 2) + ": '#[Dualport ")
        .contains(fault)
        .endsWith("; copy the file again, or leave it out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\n",
        "\n",
        "#[Histogram log format version 1.3]\n\"StartTimestamp\",\"Interval_Length\"\n",
        "#only comments\n",
        "Tag=tcp,0.127,1.007,2.769,HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uASkhIR4nrxg9v2lMaxhvMekILGZkKmcCAEf2CsI=\n",
        "\u0000\u0001\u0002\u001b[31m\n",
      })
  void shouldRefuseLogsWithoutItsHeader(String content) throws Exception {
    Path a = written("a", content);

    assertThat(refusal(a))
        .isEqualTo(
            a
                + " has no Dualport header, so the unit of its values is unknown; merge takes the"
                + " logs that dual-client load wrote with --hdr-log");
  }

  @Test
  void shouldMergeLogsHoweverTheyAreHandedOn() throws Exception {
    Path plain = log("a").write();
    Path marked = folder.resolve("marked");
    Files.writeString(
        marked, "\ufeff" + Files.readString(log("b").log("00000000000000cc").write()));
    Path gzipped = folder.resolve("c.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzipped))) {
      Files.copy(log("c").log("00000000000000dd").write(), out);
    }

    assertThat(Merge.of(List.of(plain, marked, gzipped)).protocols().get(0).samples())
        .isEqualTo(12);
    Files.write(gzipped, Arrays.copyOf(Files.readAllBytes(gzipped), 100));
    assertThat(refusal(gzipped)).isEqualTo(gzipped + " is gzipped and cut short; copy it again");
    assertThat(refusal(written("run.json", "{\"rows\": []}")))
        .startsWith(folder.resolve("run.json") + " is JSON, as --format json prints a result;");
  }

  @Test
  void shouldRefuseWhatIsNoFile() throws Exception {
    Path missing = folder.resolve("missing");

    assertThat(refusal(missing)).isEqualTo(missing + " does not exist");
    assertThat(refusal(folder)).isEqualTo(folder + " is a directory; name the logs in it");
    assertThat(refusal(written("empty", "")))
        .isEqualTo(
            folder.resolve("empty")
                + " is empty; its run ended before it wrote anything: leave it out");
    assertThat(refusal(log("a").write(), missing)).isEqualTo(missing + " does not exist");
  }

  @Test
  void shouldRefuseALineLargerThanAnyLogHas() throws Exception {
    Path junk = folder.resolve("junk");
    byte[] bytes = new byte[Lines.MAX_BYTES + 1];
    Arrays.fill(bytes, (byte) 'A');
    Files.write(junk, bytes);
    assertThat(refusal(junk)).startsWith(junk + ", line 1: is longer than 1048576 bytes");

    Path a = log("a").write();
    Files.writeString(a, Files.readString(a) + "x".repeat(Lines.MAX_BYTES + 1));
    assertThat(refusal(a)).contains("is longer than 1048576 bytes");
  }

  @Test
  void shouldRefuseMoreFilesThanItsLimit() {
    assertThatThrownBy(
            () -> Merge.of(Collections.nCopies(Merge.MAX_FILES + 1, folder.resolve("a"))))
        .hasMessage("10001 files are more than merge takes at once, 10000");
  }

  @Test
  void shouldRefuseBinaryJunkOfAnyKindWithoutFallingOver() throws Exception {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      byte[] junk = new byte[1 + random.nextInt(5000)];
      random.nextBytes(junk);
      byte[] begin = round % 2 == 0 ? new byte[0] : Files.readAllBytes(log("good").write());
      byte[] both = Arrays.copyOf(begin, begin.length + junk.length + 1);
      System.arraycopy(junk, 0, both, begin.length, junk.length);
      both[both.length - 1] = '\n';
      Path file = Files.write(folder.resolve("junk"), both);

      if (junk[0] != '#') {
        assertThatThrownBy(() -> Merge.of(List.of(file))).isInstanceOf(RefusedLogException.class);
      }
    }
  }

  /** Not a letter of an interval can change without being noticed. */
  @Test
  void shouldRefuseAnIntervalOfWhichAnyCharacterWasChanged() throws Exception {
    Path file = log("a").write();
    String content = Files.readString(file);
    int begin = content.indexOf("HISTFAAA");
    int end = content.indexOf('\n', begin);
    for (int at = begin; at < end; at++) {
      char old = content.charAt(at);
      if (old == '=' || content.charAt(at + 1) == '=') {
        continue; // padding, and the letter of which some bits are padding
      }
      String changed =
          content.substring(0, at) + (old == 'A' ? 'B' : 'A') + content.substring(at + 1);
      Files.writeString(file, changed);
      assertThat(refusal(file))
          .as("changed at %d", at - begin)
          .startsWith(file + ", line " + (HEADER_LINES + 1) + ": 'Tag=tcp,0.000,1.000,")
          .contains("is an interval whose histogram is damaged (");
    }
  }

  @Test
  void shouldRefuseALineThatIsCutInTheMiddleOfTheFile() throws Exception {
    Path file = log("a").write();
    List<String> lines = Files.readAllLines(file);
    String interval = lines.get(HEADER_LINES);
    for (int length = 1; length < interval.length(); length++) {
      lines.set(HEADER_LINES, interval.substring(0, length));
      Files.write(file, lines);
      assertThat(refusal(file)).startsWith(file + ", line " + (HEADER_LINES + 1) + ": '");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Tag=tcp,      | Tag=sctp,      | 7 | has the tag sctp, not tcp or udp
          Tag=tcp,      |                | 7 | is an interval without Tag=tcp or Tag=udp
          counts tag=tcp| counts tag=tpc | 9 | has tag=tpc, which cannot be
          echoed=4      | echoed=-4      | 9 | has echoed=-4, which cannot be
          echoed=4      | echoed=99999999999999999999 | 9 | which cannot be
          echoed=4      | 4              | 9 | has '4' where key=value belongs
          lost=1        | lost=1 lost=1  | 9 | has lost twice
          seconds=2.000 | seconds=2      | 9 | has seconds=2, which cannot be
          seconds=2.000 | seconds=0.000  | 9 | has echoes in no time
          Dualport counts | Dualport coins | 9 | is no line that this program knows
          BaseTime: 17  | BaseTime: x    | 5 | has no time
          """)
  void shouldRefuseADamagedLineByItsNumber(String right, String wrong, int line, String fault)
      throws Exception {
    Path file = log("a").write();
    String content = Files.readString(file);
    assertThat(content).contains(right);
    Files.writeString(file, content.replace(right, wrong == null ? "" : wrong));

    assertThat(refusal(file)).startsWith(file + ", line " + line + ": ").contains(fault);
  }

  @Test
  void shouldRefuseLogsThatWereJoined() throws Exception {
    Path a = log("a").write();
    Path b = log("b").write();
    Path joined = written("joined", Files.readString(a) + Files.readString(b));

    assertThat(refusal(joined))
        .startsWith(joined + ", line 11: ")
        .contains("begins another log; give each log as its own file");
    String counts = Files.readAllLines(a).get(HEADER_LINES + 2);
    assertThat(refusal(written("twice", Files.readString(a) + counts + "\n")))
        .contains("has the counts of tcp again");
  }

  @Test
  void shouldRefuseALogThatEndedBeforeItsFirstInterval() throws Exception {
    Path file = LogFile.at(folder.resolve("a")).write();

    assertThat(refusal(file))
        .isEqualTo(
            file
                + " has neither intervals nor counts after line 6; its run ended before the first"
                + " interval: leave it out");
  }

  /** A file may end at any byte: refused, or read up to its last whole line, with a note. */
  @Test
  void shouldLeaveOutTheLastLineOfAKilledRunAlone() throws Exception {
    Path file = log("a").write();
    String content = Files.readString(file);
    int merged = 0;
    for (int length = 0; length < content.length(); length++) {
      String begin = content.substring(0, length);
      Files.writeString(file, begin);
      long whole = begin.lines().filter(line -> line.startsWith("Tag=")).count();
      boolean endsWithin = !begin.endsWith("\n");
      boolean wholeInterval = content.charAt(length) == '\n' && endsWithin;
      boolean cut = endsWithin && !wholeInterval;
      boolean cutInterval = cut && begin.substring(begin.lastIndexOf('\n') + 1).startsWith("Tag=");
      long expected = whole - (cutInterval ? 1 : 0);
      if (expected == 0) {
        assertThat(refusal(file)).contains(file.toString());
        continue;
      }
      merged++;
      MergeResult result = Merge.of(List.of(file));
      assertThat(result.protocols().get(0).intervals()).as(begin).isEqualTo(expected);
      assertThat(result.logs().get(0).cutLine() > 0).as(begin).isEqualTo(cut);
      assertThat(result.logs().get(0).counts().containsKey(Protocol.TCP))
          .isEqualTo(begin.endsWith("]") && begin.contains("bytesIn="));
    }
    assertThat(merged).isPositive();
  }

  @Test
  void shouldBoundWhatAnIntervalInflatesTo() throws Exception {
    byte[] zeros = new byte[Interval.MAX_INFLATED_BYTES + 1];
    Deflater deflater = new Deflater();
    deflater.setInput(zeros);
    deflater.finish();
    byte[] small = new byte[64 << 10];
    int length = deflater.deflate(small);
    deflater.end();
    ByteBuffer bomb = ByteBuffer.allocate(8 + length).putInt(0x1c849314).putInt(length);
    bomb.put(small, 0, length);
    String base64 = new String(Base64.getEncoder().encode(bomb.array()), StandardCharsets.US_ASCII);
    Path file = log("a").write();
    Files.writeString(file, Files.readString(file) + "Tag=tcp,0.000,1.000,0.000," + base64 + "\n");

    assertThat(refusal(file)).contains("is damaged (larger than 4194304 bytes)");
  }

  /** 43 bytes can ask for 50 MB of counts. */
  @Test
  void shouldRefuseAHistogramOfMoreDigitsThanLoadWrites() throws Exception {
    Histogram wide = new Histogram(1, Long.MAX_VALUE / 2, 5);
    wide.recordValue(1000);
    ByteBuffer bytes = ByteBuffer.allocate(wide.getNeededByteBufferCapacity());
    int length = wide.encodeIntoCompressedByteBuffer(bytes);
    String base64 = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    Path file = log("a").write();
    Files.writeString(file, Files.readString(file) + "Tag=tcp,0.000,1.000,0.000," + base64 + "\n");

    assertThat(refusal(file)).contains("is damaged (it has more than 3 digits)");
  }

  @Test
  void shouldShowNoControlCharactersOfAFile() throws Exception {
    Path file = log("a").write();
    Files.writeString(file, Files.readString(file) + "\u001b[2Jgone\n");

    assertThat(refusal(file)).contains("line 10: '\\u001b[2Jgone' is no line of a load log");
  }
}
