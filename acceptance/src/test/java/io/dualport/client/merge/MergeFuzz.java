package io.dualport.client.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.fuzz.FuzzFolder;
import io.dualport.report.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.DeflaterOutputStream;

/**
 * A file handed to merge, and the histogram of an interval behind its compression and checksum,
 * which no fuzzer would get right: a result that can be printed, or a refusal that names the file.
 */
public final class MergeFuzz {
  private static final FuzzFolder FOLDER = FuzzFolder.create();
  private static final int COMPRESSED_V2 = 0x1c849314;
  private static final String BEFORE =
      "#[Dualport load log, version 1]\n"
          + "#[Dualport run=00000000000000aa log=00000000000000bb target=h:1 address=192.0.2.1:1"
          + " unit=ns mode=closed start=1700000000000]\n"
          + "Tag=tcp,1700000000.000,1.000,1.000,";

  private MergeFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    merge(input);
    String interval = BEFORE + Base64.getEncoder().encodeToString(compressed(input)) + "\n";
    merge(interval.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] compressed(byte[] histogram) throws IOException {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
      out.write(histogram);
    }
    return ByteBuffer.allocate(8 + deflated.size())
        .putInt(COMPRESSED_V2)
        .putInt(deflated.size())
        .put(deflated.toByteArray())
        .array();
  }

  private static void merge(byte[] input) throws IOException {
    Path log = FOLDER.write("fuzz.log", input);
    try {
      MergeResult result = Merge.of(List.of(log));
      for (Format format : Format.values()) {
        assertThat(new MergeReport(result).render(format)).isNotBlank();
      }
    } catch (RefusedLogException e) {
      assertThat(e.getMessage()).contains("fuzz.log");
    }
  }
}
