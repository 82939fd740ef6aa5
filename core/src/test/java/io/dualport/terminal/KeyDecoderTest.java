package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyDecoderTest {
  private final KeyDecoder decoder = new KeyDecoder();

  /** Sequences as xterm, tmux and the Linux console send them; \e stands for ESC. */
  @ParameterizedTest
  @CsvSource({
    "\\e[A, UP",
    "\\eOA, UP",
    "\\e[B, DOWN",
    "\\e[C, RIGHT",
    "\\eOD, LEFT",
    "\\e[5~, PAGE_UP",
    "\\e[6~, PAGE_DOWN",
    "\\e[H, HOME",
    "\\e[1~, HOME",
    "\\eOF, END",
    "\\e[4~, END",
    "\\e[8~, END",
    "\\e[15~, OTHER",
    "\\e[1;5A, UP",
    "\\ex, OTHER"
  })
  void shouldKnowTheSequencesOfKeys(String sequence, Key.Kind kind) {
    assertThat(decode(sequence.replace("\\e", "\033"))).containsExactly(Key.of(kind));
    assertThat(decoder.isWaiting()).isFalse();
  }

  @Test
  void shouldKnowCharactersOfAnyLengthAndControls() {
    assertThat(decode("q/é中😀"))
        .containsExactly(Key.of('q'), Key.of('/'), Key.of('é'), Key.of('中'), Key.of(0x1f600));
    assertThat(decode("\r\177\b\025\f\001"))
        .extracting(Key::kind)
        .containsExactly(
            Key.Kind.ENTER,
            Key.Kind.BACKSPACE,
            Key.Kind.BACKSPACE,
            Key.Kind.ERASE_LINE,
            Key.Kind.REDRAW,
            Key.Kind.OTHER);
  }

  @Test
  void shouldPutTogetherWhatComesByteByByte() {
    assertThat(decode("\033")).isEmpty();
    assertThat(decode("[")).isEmpty();
    assertThat(decode("6")).isEmpty();
    assertThat(decoder.isWaiting()).isTrue();
    assertThat(decode("~")).containsExactly(Key.of(Key.Kind.PAGE_DOWN));
  }

  @Test
  void shouldTakeAnEscapeThatNothingFollowsForTheKey() {
    assertThat(decode("\033")).isEmpty();
    assertThat(decoder.timedOut()).containsExactly(Key.of(Key.Kind.ESCAPE));
    assertThat(decoder.timedOut()).isEmpty();
    decode("\033[");
    assertThat(decoder.timedOut()).isEmpty();
    assertThat(decode("A")).containsExactly(Key.of('A'));
  }

  @Test
  void shouldMakeTextOfWhatIsPastedHoweverItComes() {
    List<Key> keys = new ArrayList<>();
    "\033[200~qé\r\033[A\033q\033[201~q".chars().forEach(c -> keys.addAll(decode("" + (char) c)));
    assertThat(keys)
        .containsExactly(new Key(Key.Kind.PASTED, 'q'), new Key(Key.Kind.PASTED, 'é'), Key.of('q'));
  }

  @Test
  void shouldNotKeepASequenceWithoutEnd() {
    assertThat(decode("\033[" + "1".repeat(1000))).allMatch(key -> key.equals(Key.of('1')));
    assertThat(decoder.isWaiting()).isFalse();
  }

  @Test
  void shouldDropBytesThatAreNoUtf8() {
    byte[] broken = {(byte) 0xff, (byte) 0xe4, 'a', (byte) 0x80};
    assertThat(decoder.decode(broken, broken.length))
        .containsExactly(Key.of(Key.Kind.OTHER), Key.of('a'), Key.of(Key.Kind.OTHER));
  }

  private List<Key> decode(String typed) {
    byte[] bytes = typed.getBytes(StandardCharsets.UTF_8);
    return decoder.decode(bytes, bytes.length);
  }
}
