package io.dualport.lab.process;

import io.dualport.lab.socket.Reply;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;

/**
 * A call as it was written down, and its reply.
 *
 * @param call name and arguments
 * @param reply what came of it
 */
public record Outcome(String call, Reply reply) {
  /** {@code OK} or the errno's name, as predictions are written. */
  public String word() {
    return reply.word();
  }

  /** Whether the call succeeded. */
  public boolean isOk() {
    return reply.isOk();
  }

  /** The value it returned. */
  public String value() {
    return reply.value();
  }

  /**
   * For a step that only prepares: goes on only if it succeeded.
   *
   * @throws FailedException if it did not
   */
  public Outcome must() throws FailedException {
    if (!reply.isOk()) {
      throw new FailedException(
          Bilingual.of("%s returned %s, and the experiment cannot go on", call, word()));
    }
    return this;
  }

  @Override
  public String toString() {
    return word();
  }
}
