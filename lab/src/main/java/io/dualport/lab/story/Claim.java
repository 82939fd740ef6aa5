package io.dualport.lab.story;

/**
 * What an article says, and what this kernel makes of it.
 *
 * @param article which of the two
 * @param effect what the experiment does to the claim
 * @param said the claim, in our words
 * @param found what is the case
 */
public record Claim(Article article, Effect effect, Text said, Text found) {
  /** The two articles whose questions the lab answers. */
  public enum Article {
    /** On whether two processes can bind one port number; part two. */
    TWO_PROCESSES(
        Text.of(
            "\"Can two processes bind one port number at once? (2)\"", "《一个端口号可以同时被两个进程绑定吗？（二）》")),
    /** The Zhihu answer on whether TCP and UDP can use one port. */
    TCP_AND_UDP(
        Text.of(
            "\"Can TCP and UDP bind the same port?\" (Zhihu)", "《TCP 和 UDP 可以同时绑定相同的端口吗？》（知乎）")),
    /** What both leave out and textbooks or the web repeat. */
    COMMON_BELIEF(Text.of("common belief", "常见说法"));

    private final Text title;

    Article(Text title) {
      this.title = title;
    }

    public Text title() {
      return title;
    }
  }

  /** What an experiment does to a claim. */
  public enum Effect {
    CONFIRMS(Text.of("confirms", "证实")),
    CORRECTS(Text.of("corrects", "纠正")),
    REFINES(Text.of("refines", "补充"));

    private final Text label;

    Effect(Text label) {
      this.label = label;
    }

    public Text label() {
      return label;
    }
  }
}
