package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.terminal.Key;
import org.junit.jupiter.api.Test;

class ControlsTest {
  private Controls controls = Controls.INITIAL;
  private long open;

  @Test
  void shouldGoThroughTheColumnsBothWaysAndAroundTheEdge() {
    press("1");
    assertThat(controls.column()).isEqualTo(FlowColumn.PROTOCOL);
    press("<");
    assertThat(controls.column()).isEqualTo(FlowColumn.ENDED);
    press("s>");
    assertThat(controls.column()).isEqualTo(FlowColumn.SOURCE);
    press(Key.Kind.RIGHT);
    assertThat(controls.column()).isEqualTo(FlowColumn.DESTINATION);
  }

  @Test
  void shouldTurnAroundOneColumnAndNotTheNext() {
    press("r");
    assertThat(controls.isReversed()).isTrue();
    press("s");
    assertThat(controls.isReversed()).isFalse();
  }

  @Test
  void shouldTypeAFilterWhoseLettersAreNoCommands() {
    press("/q?中p");
    assertThat(controls.filter()).isEqualTo("q?中p");
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.QUIT);
    assertThat(controls.mode()).isEqualTo(Controls.Mode.TYPING);
    press(Key.Kind.BACKSPACE);
    press(Key.Kind.BACKSPACE);
    assertThat(controls.filter()).isEqualTo("q?");
    press(Key.Kind.ENTER);
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.TYPING);
    assertThat(controls.filter()).isEqualTo("q?");
    press(Key.Kind.ESCAPE);
    assertThat(controls.filter()).isEmpty();
    press("/" + "x".repeat(1000));
    assertThat(controls.filter()).hasSize(Controls.MAX_FILTER);
    press(Key.Kind.ERASE_LINE);
    press(Key.Kind.BACKSPACE);
    assertThat(controls.filter()).isEmpty();
  }

  @Test
  void shouldAskForTwinsBesideTheOtherWordsAndNoLonger() {
    press("/udp");
    press(Key.Kind.ENTER);
    press("t");
    assertThat(controls.filter()).isEqualTo("twins udp");
    assertThat(controls.column()).isEqualTo(FlowColumn.SOURCE);
    press("t");
    assertThat(controls.filter()).isEqualTo("udp");
    press(Key.Kind.ESCAPE);
    press("T");
    assertThat(controls.filter()).isEqualTo("twins");
  }

  @Test
  void shouldCloseTheHelpBeforeItClearsTheFilter() {
    press("/abc");
    press(Key.Kind.ENTER);
    press("?");
    press(Key.Kind.ESCAPE);
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.HELP);
    assertThat(controls.filter()).isEqualTo("abc");
  }

  @Test
  void shouldBeginAtTheTopWithAnotherOrderOrFilter() {
    press(Key.Kind.PAGE_DOWN);
    assertThat(controls.offset()).isEqualTo(10);
    press("s");
    assertThat(controls.offset()).isZero();
    press(Key.Kind.DOWN);
    press("/");
    assertThat(controls.offset()).isEqualTo(1);
    press("x");
    assertThat(controls.offset()).isZero();
  }

  @Test
  void shouldQuitAndPause() {
    press(" ");
    assertThat(controls.isPaused()).isTrue();
    press("p");
    assertThat(controls.isPaused()).isFalse();
    press("q");
    assertThat(controls.mode()).isEqualTo(Controls.Mode.QUIT);
  }

  @Test
  void shouldAskBeforeItEndsOpenConnections() {
    open = 2;
    press("q");
    assertThat(controls.mode()).isEqualTo(Controls.Mode.ASKING);
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.QUIT);
    press("p");
    assertThat(controls).isEqualTo(Controls.INITIAL); // the answer, and no command
    press("q");
    assertThat(controls.after(1).mode()).isNotEqualTo(Controls.Mode.QUIT);
    assertThat(controls.after(0).mode()).isEqualTo(Controls.Mode.QUIT);
    press("q");
    assertThat(controls.mode()).isEqualTo(Controls.Mode.QUIT);
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.ASKING);
  }

  @Test
  void shouldTakePastedTextForAFilterAndNothingElse() {
    paste("hello quit");
    assertThat(controls).isEqualTo(Controls.INITIAL);
    press("/");
    paste("::1");
    assertThat(controls.filter()).isEqualTo("::1");
    press(Key.Kind.ENTER);
    open = 1;
    press("q");
    paste("qq");
    assertThat(controls.mode()).isNotEqualTo(Controls.Mode.QUIT);
  }

  private void paste(String characters) {
    characters
        .codePoints()
        .forEach(c -> controls = controls.on(new Key(Key.Kind.PASTED, c), 10, open));
  }

  private void press(String characters) {
    characters.codePoints().forEach(c -> controls = controls.on(Key.of(c), 10, open));
  }

  private void press(Key.Kind kind) {
    controls = controls.on(Key.of(kind), 10, open);
  }
}
