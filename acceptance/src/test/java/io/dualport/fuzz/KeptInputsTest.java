package io.dualport.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.fuzz.FuzzTargets.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kept input, and some seeded changes of each, through its target; {@code ./dual fuzz} finds
 * new ones. What once failed is among them.
 */
class KeptInputsTest {
  private static final Path INPUTS = Path.of("src/test/resources/fuzz");
  private static final int CHANGES = Integer.getInteger("dual.changes", 100);
  private static final int MOST_EDITS = 8;

  static Set<String> targets() {
    return FuzzTargets.ALL.keySet();
  }

  @ParameterizedTest
  @MethodSource("targets")
  @Timeout(value = 2, unit = TimeUnit.MINUTES) // they take seconds: a hang is a fault as well
  void shouldTakeEveryInput(String name) throws IOException {
    Target target = FuzzTargets.ALL.get(name);
    List<Path> inputs = inputs(name);
    assertThat(inputs).isNotEmpty();
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      take(target, bytes, input.toString());
      for (int seed = 0; seed < CHANGES; seed++) {
        take(target, changed(bytes, new Random(seed)), input + ", change " + seed);
      }
    }
  }

  @Test
  void shouldHaveATargetForEveryFolderOfInputs() throws IOException {
    try (var folders = Files.list(INPUTS)) {
      assertThat(folders.map(folder -> folder.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(targets());
    }
  }

  @Test
  void shouldFuzzEveryTarget() throws IOException {
    String all =
        Files.readString(Path.of("fuzz"))
            .lines()
            .filter(l -> l.startsWith("ALL=("))
            .findFirst()
            .orElseThrow();

    assertThat(all.substring(5, all.length() - 1).split(" "))
        .containsExactlyInAnyOrderElementsOf(targets());
  }

  private static List<Path> inputs(String name) throws IOException {
    try (var files = Files.list(INPUTS.resolve(name))) {
      return files.sorted().toList();
    }
  }

  private static void take(Target target, byte[] input, String what) {
    try {
      target.take(input);
    } catch (Throwable fault) {
      throw new AssertionError("with " + what, fault);
    }
  }

  /** Bytes set, removed, doubled or cut off. */
  private static byte[] changed(byte[] bytes, Random random) {
    List<Byte> edited = new ArrayList<>(bytes.length);
    for (byte one : bytes) {
      edited.add(one);
    }
    for (int edits = 1 + random.nextInt(MOST_EDITS); edits > 0 && !edited.isEmpty(); edits--) {
      int at = random.nextInt(edited.size());
      int to = Math.min(edited.size(), at + 1 + random.nextInt(16));
      switch (random.nextInt(5)) {
        case 0, 1 -> edited.set(at, (byte) random.nextInt());
        case 2 -> edited.subList(at, to).clear();
        case 3 -> edited.addAll(at, new ArrayList<>(edited.subList(at, to)));
        default ->
            edited.subList(random.nextInt(8) == 0 ? at : edited.size() - 1, edited.size()).clear();
      }
    }
    byte[] result = new byte[edited.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = edited.get(i);
    }
    return result;
  }
}
