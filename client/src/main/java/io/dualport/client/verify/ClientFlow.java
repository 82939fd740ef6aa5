package io.dualport.client.verify;

import io.dualport.flow.Protocol;

/**
 * What the client counted for one five-tuple, or for all those that its result does not list.
 *
 * @param source null if no connection came to stand, or for many five-tuples
 * @param destination as the client dialled it
 * @param firstSequence of its first message
 * @param answered echoes that were whole and in time
 * @param received echoes of any kind: also damaged, duplicated and late ones
 * @param lost what no echo came of in time
 * @param unsettled sent, and neither echoed, damaged nor lost
 * @param isDamaged whether echoes came back damaged
 * @param bytesOut of whole messages
 * @param bytesIn as bytesOut; {@link #UNKNOWN} where the result does not tell
 */
record ClientFlow(
    Protocol protocol,
    String source,
    String destination,
    long firstSequence,
    long sent,
    long answered,
    long received,
    long lost,
    long duplicated,
    long late,
    long unsettled,
    boolean isDamaged,
    long bytesOut,
    long bytesIn) {
  static final long UNKNOWN = -1;

  FlowKey tuple() {
    return new FlowKey(protocol, source, destination);
  }

  /** Whether every echo was whole and in time, or did not come. */
  boolean isPlain() {
    return received == answered + duplicated && late == 0;
  }
}
