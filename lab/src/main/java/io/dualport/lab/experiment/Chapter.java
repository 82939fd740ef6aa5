package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;

/** One question, answered by sockets. A class that is one reads as a story, top down. */
public interface Chapter extends Experiment {
  /** The whole of it. What one step leaves for a later one stands in a field of the class. */
  Script script();

  @Override
  default Page page() {
    return script().page();
  }

  @Override
  default boolean isLong() {
    return page().isLong();
  }

  @Override
  default void run(Lab lab, Notebook notes) throws Exception {
    script().run(lab, notes);
  }
}
