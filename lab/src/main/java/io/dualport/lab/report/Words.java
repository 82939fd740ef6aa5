package io.dualport.lab.report;

import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.Text;
import io.dualport.lab.story.Verdict;

/** The words of the reports themselves. */
final class Words {
  static final Text QUESTION = Text.of("Question", "问题");
  static final Text PREDICTED = Text.of("What the rule predicts", "规则的预测");
  static final Text CLAIMS = Text.of("What the articles say", "文章怎么说");
  static final Text WIRESHARK =
      Text.of("Watch it in Wireshark (PORT: the port above)", "在 Wireshark 中观察（PORT 为上文的端口）");
  static final Text SKIPPED = Text.of("Skipped", "已跳过");
  static final Text FAILED = Text.of("This should not have happened", "这不应发生");
  static final Text EXPECTED = Text.of("predicted", "预测");
  static final Text OBSERVED = Text.of("observed", "实际");
  static final Text UNCHECKED = Text.of("never checked", "未检验");
  static final Text VERDICT = Text.of("Verdict", "结论");

  /** After the name of an article; a Chinese title needs no verb. */
  static final Text SAYS = Text.of(" says", "");

  static final Text LONG = Text.of("by its id alone: takes a minute", "仅按编号运行：约需一分钟");
  static final Text SHORT = Text.of("run all", "run all");

  static final Text COLON = Text.of(": ", "：");

  private Words() {}

  /** What an experiment does to a claim, if it could be held against this kernel at all. */
  static Text effect(Claim claim, Story story) {
    Text effect = claim.effect().label();
    return switch (story.verdict()) {
      case SURPRISE -> Text.of("doubtful, as the kernel surprised here", "存疑（内核在此出乎预测）");
      case SKIPPED -> Text.of("not tested here", "此处未检验");
      case AS_PREDICTED ->
          story.unchecked().isEmpty()
              ? effect
              : Text.format("%s, as far as it was tested", "%s（就已检验的部分而言）", effect);
    };
  }

  static Text verdict(Verdict verdict) {
    return switch (verdict) {
      case AS_PREDICTED -> Text.of("AS_PREDICTED", "AS_PREDICTED（与预测一致）");
      case SURPRISE -> Text.of("SURPRISE", "SURPRISE（出乎预测）");
      case SKIPPED -> Text.of("SKIPPED", "SKIPPED（已跳过）");
    };
  }
}
