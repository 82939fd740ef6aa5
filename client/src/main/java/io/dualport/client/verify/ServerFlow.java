package io.dualport.client.verify;

/**
 * What the server counted for one five-tuple.
 *
 * @param messagesIn datagrams, of TCP whole messages of the probe; {@link #UNKNOWN} where the
 *     stream was not made of them alone, and of a server that counted reads
 * @param messagesOut likewise
 * @param dropped what it took and did not answer, for whatever reason
 */
record ServerFlow(long messagesIn, long messagesOut, long bytesIn, long bytesOut, long dropped) {
  static final long UNKNOWN = -1;

  /** Of a five-tuple that the server never met. */
  static final ServerFlow NOTHING = new ServerFlow(0, 0, 0, 0, 0);

  boolean areMessagesKnown() {
    return messagesIn != UNKNOWN;
  }

  ServerFlow plus(ServerFlow other) {
    boolean areKnown = areMessagesKnown() && other.areMessagesKnown();
    return new ServerFlow(
        areKnown ? messagesIn + other.messagesIn : UNKNOWN,
        areKnown ? messagesOut + other.messagesOut : UNKNOWN,
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut,
        dropped + other.dropped);
  }
}
