package io.dualport.client.verify;

/**
 * What the server counted for one five-tuple.
 *
 * @param messagesIn datagrams, of TCP reads
 * @param dropped what it took and did not answer, for whatever reason
 */
record ServerFlow(long messagesIn, long messagesOut, long bytesIn, long bytesOut, long dropped) {
  /** Of a five-tuple that the server never met. */
  static final ServerFlow NOTHING = new ServerFlow(0, 0, 0, 0, 0);

  ServerFlow plus(ServerFlow other) {
    return new ServerFlow(
        messagesIn + other.messagesIn,
        messagesOut + other.messagesOut,
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut,
        dropped + other.dropped);
  }
}
