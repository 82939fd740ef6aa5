package io.dualport.client.check;

import io.dualport.transport.SocketFacts;
import io.netty.channel.Channel;

/** Whether the other side's kernel has taken what was sent, which no application need have read. */
enum Acknowledged {
  YES,
  NO,
  /** This transport does not tell. */
  UNKNOWN;

  static Acknowledged now(Channel connection) {
    long segments = SocketFacts.unackedSegments(connection);
    return segments == SocketFacts.UNKNOWN ? UNKNOWN : segments == 0 ? YES : NO;
  }
}
