package io.dualport.lab.story;

/**
 * What an article says, and what this kernel makes of it.
 *
 * @param article which of the two
 * @param effect what the experiment does to the claim
 * @param said the claim, in our words
 * @param found what is the case
 */
public record Claim(Article article, Effect effect, Bilingual said, Bilingual found) {
  /** The two articles whose questions the lab answers. */
  public enum Article {
    /** On whether two processes can bind one port number; part two. */
    TWO_PROCESSES(Bilingual.of("\"Can two processes bind one port number at once? (2)\"")),
    /** The Zhihu answer on whether TCP and UDP can use one port. */
    TCP_AND_UDP(Bilingual.of("\"Can TCP and UDP bind the same port?\" (Zhihu)")),
    /** What both leave out and textbooks or the web repeat. */
    COMMON_BELIEF(Bilingual.of("common belief"));

    private final Bilingual title;

    Article(Bilingual title) {
      this.title = title;
    }

    public Bilingual title() {
      return title;
    }
  }

  /** What an experiment does to a claim. */
  public enum Effect {
    CONFIRMS(Bilingual.of("confirms"), Bilingual.of("right")),
    CORRECTS(Bilingual.of("corrects"), Bilingual.of("wrong today")),
    REFINES(Bilingual.of("refines"), Bilingual.of("conditional"));

    private final Bilingual label;
    private final Bilingual today;

    Effect(Bilingual label, Bilingual today) {
      this.label = label;
      this.today = today;
    }

    public Bilingual label() {
      return label;
    }

    /** What the claim is, on a kernel of today. */
    public Bilingual today() {
      return today;
    }
  }
}
