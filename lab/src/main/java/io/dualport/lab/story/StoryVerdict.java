package io.dualport.lab.story;

/** How a prediction, a part or an experiment ended. */
public enum StoryVerdict {
  /** The kernel returned what the rule predicts. */
  AS_PREDICTED,
  /** It returned something else. */
  SURPRISE,
  /** It was not asked, and the reason is given. */
  SKIPPED
}
