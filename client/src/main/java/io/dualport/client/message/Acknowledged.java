package io.dualport.client.message;

import io.dualport.transport.SocketFacts;
import io.netty.channel.Channel;

/** Whether the other side's kernel has taken what was sent, which no application need have read. */
public enum Acknowledged {
  YES,
  NO,
  /** This transport does not tell. */
  UNKNOWN;

  /** Asks for what is unacknowledged now (TCP_INFO, tcp(7)). */
  public static Acknowledged now(Channel connection) {
    long segments = SocketFacts.unackedSegments(connection);
    return segments == SocketFacts.UNKNOWN ? UNKNOWN : segments == 0 ? YES : NO;
  }
}
