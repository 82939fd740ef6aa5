package io.dualport.client.load;

/** What {@code load} says while it runs. */
enum ProgressChoice {
  /** A block that is redrawn on a terminal, else a line for each protocol and interval. */
  AUTO,
  QUIET
}
