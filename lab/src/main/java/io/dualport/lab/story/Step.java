package io.dualport.lab.story;

import io.dualport.kernel.Errno;
import io.dualport.report.Table;

/** One line, or one table, of a notebook. */
public sealed interface Step {
  /** What the experimenter remarks. */
  record Remark(Bilingual text) implements Step {}

  /**
   * A system call as it was made, and what came of it.
   *
   * @param program who made it
   * @param call name and arguments, sockets by their label
   * @param result OK, a value, or the errno's name
   * @param errno the error; null if there was none
   */
  record Call(String program, String call, String result, Errno errno) implements Step {}

  /** What the kernel's own tables, or our counts, show at this moment. */
  record Observation(Bilingual caption, Table table) implements Step {}

  /** Something that was seen and has lines of its own: the bytes of a header, a line of /proc. */
  record Exhibit(Bilingual caption, String lines) implements Step {}

  /**
   * A prediction held against what was observed.
   *
   * @param prediction the rule
   * @param observed what the kernel returned, as text
   */
  record Check(Prediction prediction, String observed) implements Step {
    /** AS_PREDICTED or SURPRISE, computed from the two. */
    public StoryVerdict verdict() {
      return prediction.expected().matches(observed)
          ? StoryVerdict.AS_PREDICTED
          : StoryVerdict.SURPRISE;
    }
  }

  /** Something that should have happened did not; always a SURPRISE. */
  record Failure(Bilingual what) implements Step {}
}
