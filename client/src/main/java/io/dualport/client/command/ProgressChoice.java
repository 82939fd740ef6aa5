package io.dualport.client.command;

/** What a command says while it runs. */
public enum ProgressChoice {
  /**
   * {@code load}: a block that is redrawn on a terminal, else a line for each protocol and
   * interval. {@code send}: a line for each reply, where text is asked for.
   */
  AUTO,
  QUIET
}
