package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.English;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import java.util.ArrayList;
import java.util.List;

/**
 * A chapter as it is told, top down: what people ask, then part by part what is done and, at the
 * deed, what must come of it, then the answer. All of it is known before the first call is made.
 */
public final class Script {
  private final String id;
  private final Bilingual title;
  private Bilingual question;
  private Bilingual answer;
  private String filter;
  private boolean isLong;
  private final List<Claim> claims = new ArrayList<>();
  private final List<Prediction> predictions = new ArrayList<>();
  private final List<Deed> preparation = new ArrayList<>();
  private final List<ScriptPart> parts = new ArrayList<>();

  private Script(String id, Bilingual title) {
    this.id = id;
    this.title = title;
  }

  /** Something that is done. */
  @FunctionalInterface
  public interface Act {
    /**
     * Does it; every call on the way is written down.
     *
     * @param lab programs, networks and ports; whatever is opened through it is closed afterwards
     * @throws io.dualport.lab.story.SkippedException if it cannot be done here, with the reason
     * @throws Exception if it failed; that is a SURPRISE too
     */
    void in(Lab lab) throws Exception;
  }

  /** Something that is done for what comes of it. */
  @FunctionalInterface
  public interface Trial {
    /**
     * Does it, as {@link Act#in}.
     *
     * @return what the kernel returned or showed; compared as text
     */
    Object in(Lab lab) throws Exception;
  }

  @FunctionalInterface
  private interface Deed {
    void run(Lab lab, Notebook notes) throws Exception;
  }

  private record ScriptPart(Bilingual heading, List<Deed> deeds) {}

  /**
   * A chapter that is still empty.
   *
   * @param id as users type it: a number, with a suffix for a variant
   * @param title one line
   */
  public static Script of(String id, @English String title) {
    return new Script(id, Bilingual.of(title));
  }

  /** What people ask. */
  public Script question(@English String asked) {
    question = Bilingual.of(asked);
    return this;
  }

  /** A Wireshark display filter; {@code PORT} stands for the ports of the run. */
  public Script filter(String displayFilter) {
    filter = displayFilter;
    return this;
  }

  /** It takes a minute or more, and runs only when asked for by its id. */
  public Script takesLong() {
    isLong = true;
    return this;
  }

  /** A section of the story. What fails ends it; the sections after it are still tried. */
  public Script part(@English String heading) {
    parts.add(new ScriptPart(Bilingual.of(heading), new ArrayList<>()));
    return this;
  }

  /** The section builds on those before it, and is skipped where one of them did not end well. */
  public Script needsEarlierParts() {
    return then((lab, notes) -> notes.requireEarlierParts());
  }

  /** A step of the section; before the first section, of the preparation. */
  public Script act(Act act) {
    return then((lab, notes) -> act.in(lab));
  }

  /** A remark for the reader. */
  public Script say(@English String remark) {
    return then((lab, notes) -> notes.say(remark));
  }

  /**
   * What the rule says will come of a step.
   *
   * @param name short, unique in its chapter, in kebab-case
   * @param expected {@code OK}, an errno, a number, a state: compared as text
   * @param meaning the rule in words
   * @param source where the rule stands: man page and section, RFC and section, kernel function and
   *     file
   */
  public Script expect(
      String name, Object expected, @English String meaning, String source, Trial trial) {
    return expect(Prediction.exactly(name, expected, Bilingual.of(meaning), source), trial);
  }

  /** The same, for a whole number between two others, both allowed. */
  public Script expectBetween(
      String name, long least, long most, @English String meaning, String source, Trial trial) {
    return expect(Prediction.between(name, least, most, Bilingual.of(meaning), source), trial);
  }

  private Script expect(Prediction prediction, Trial trial) {
    predictions.add(prediction);
    return then((lab, notes) -> notes.check(prediction, trial.in(lab)));
  }

  /** What was expected of a step above is expected of this one as well. */
  public Script again(String name, Trial trial) {
    Prediction known =
        predictions.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    return then((lab, notes) -> notes.check(known, trial.in(lab)));
  }

  private Script then(Deed deed) {
    (parts.isEmpty() ? preparation : parts.get(parts.size() - 1).deeds()).add(deed);
    return this;
  }

  /** The answer to the question, in one sentence; true where everything came as expected. */
  public Script answer(@English String given) {
    answer = Bilingual.of(given);
    return this;
  }

  /**
   * What an article says is so.
   *
   * @param said the claim, in our words
   * @param found what is the case
   */
  public Script confirms(Claim.Article article, @English String said, @English String found) {
    return claim(article, Claim.Effect.CONFIRMS, said, found);
  }

  /** It is so where something else holds as well. */
  public Script refines(Claim.Article article, @English String said, @English String found) {
    return claim(article, Claim.Effect.REFINES, said, found);
  }

  /** It is not so. */
  public Script corrects(Claim.Article article, @English String said, @English String found) {
    return claim(article, Claim.Effect.CORRECTS, said, found);
  }

  private Script claim(
      Claim.Article article, Claim.Effect effect, @English String said, @English String found) {
    claims.add(new Claim(article, effect, Bilingual.of(said), Bilingual.of(found)));
    return this;
  }

  /** What is known before it runs. */
  public Page page() {
    return new Page(id, title, question, answer, filter, isLong, claims, predictions);
  }

  /**
   * Asks the kernel.
   *
   * @param notes where every call, table and check is written down
   * @throws Exception what a step of the preparation threw
   */
  public void run(Lab lab, Notebook notes) throws Exception {
    for (Deed deed : preparation) {
      deed.run(lab, notes);
    }
    for (ScriptPart part : parts) {
      notes.part(
          part.heading(),
          () -> {
            for (Deed deed : part.deeds()) {
              deed.run(lab, notes);
            }
          });
    }
  }
}
