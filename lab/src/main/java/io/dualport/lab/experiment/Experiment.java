package io.dualport.lab.experiment;

import io.dualport.lab.story.Page;

/** One question, answered by sockets. A class that is one reads as a story, top down. */
public interface Experiment {
  /** The whole of it. What one step leaves for a later one stands in a field of the class. */
  Script script();

  /** What is known of it before it runs. */
  default Page page() {
    return script().page();
  }
}
