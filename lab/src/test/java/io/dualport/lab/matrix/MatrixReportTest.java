package io.dualport.lab.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every column shows its own value; no kernel is asked. */
class MatrixReportTest {
  @Test
  void shouldShowHolderDownAndNewcomerAcross() {
    List<BindPair> cells = new ArrayList<>();
    // Only who has 127.0.0.1 keeps 0.0.0.0 away, and only where neither sets an option.
    for (AddressKind held : List.of(AddressKind.LOOPBACK, AddressKind.ANY)) {
      for (AddressKind asked : List.of(AddressKind.LOOPBACK, AddressKind.ANY)) {
        for (ReuseOptions options : List.of(ReuseOptions.NONE, ReuseOptions.BOTH)) {
          boolean isRefused =
              held == AddressKind.LOOPBACK
                  && asked == AddressKind.ANY
                  && options == ReuseOptions.NONE;
          cells.add(
              pair(
                  new Binder(Protocol.UDP, held, ReuseOptions.NONE),
                  new Binder(Protocol.UDP, asked, options),
                  isRefused ? BindAnswer.REFUSED : BindAnswer.BOUND));
        }
      }
    }

    assertThat(lines(cells))
        .containsSubsequence(
            "|  | 127.0.0.1 | 0.0.0.0 |", "| 127.0.0.1 | A | B |", "| 0.0.0.0 | A | A |")
        .containsSubsequence("|  | whatever is set |", "| in whatever state | OK |")
        .containsSubsequence("|  | none | both |", "| none, bound | EADDRINUSE | OK |");
  }

  @Test
  void shouldShowASurpriseWithEachOfItsPartsUnderItsOwnHead() {
    BindRule rule = BindRule.TCP_TAKEN;
    Binder holder = new Binder(Protocol.TCP, AddressKind.ANY, ReuseOptions.NONE);
    Binder newcomer = new Binder(Protocol.TCP, AddressKind.LOOPBACK, ReuseOptions.BOTH);
    BindPair surprise = pair(holder, newcomer, BindAnswer.ALLOWED);

    assertThat(lines(List.of(surprise, pair(holder, newcomer, BindAnswer.REFUSED))))
        .containsSubsequence(
            "| rule | cells | surprises | meaning |",
            "| tcp-taken | 2 | 1 | " + rule.meaning().in(Language.EN) + " |")
        .containsSubsequence(
            "| holder | newcomer | predicted | observed | rule |",
            "| tcp 0.0.0.0, none, bound | tcp 127.0.0.1, both | EADDRINUSE | OK/OK | tcp-taken |");
  }

  private static BindPair pair(Binder holder, Binder newcomer, BindAnswer observed) {
    BindAnswer predicted =
        holder.protocol() == Protocol.UDP ? observed : BindRule.TCP_TAKEN.predicted(Protocol.TCP);
    return new BindPair(
        new Holder(holder, false), newcomer, observed, BindRule.TCP_TAKEN, predicted);
  }

  private static List<String> lines(List<BindPair> cells) {
    return new MatrixResult(cells).render(Format.MARKDOWN, Language.EN).lines().toList();
  }
}
