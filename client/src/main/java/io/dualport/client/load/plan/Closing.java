package io.dualport.client.load.plan;

/** How a connection that carried its one message is closed. */
public enum Closing {
  /** Our FIN first, so that TIME_WAIT and the port stay with us for a minute (RFC 9293, 3.6). */
  FIN,
  /** SO_LINGER 0: no TIME_WAIT, and the port is free at once; the server sees a reset. */
  RST
}
