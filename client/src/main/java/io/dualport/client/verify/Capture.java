package io.dualport.client.verify;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a capture holds of a run.
 *
 * @param tshark the version that read it
 * @param packets of any kind
 * @param ours on five-tuples that carry messages of the run
 * @param rehearsal of the client's rehearsal on loopback, with its own socket
 * @param halfDatagrams IP fragments whose datagram is not whole in the capture
 * @param cutAside packets that are not known to be the run's, and are cut within their headers
 * @param isCutShort whether the file ends in the middle of a packet
 * @param drops what the capturing program says it lost; empty if the file does not tell
 * @param beyond messages of five-tuples that found no room
 */
record Capture(
    String file,
    String tshark,
    long packets,
    long ours,
    long rehearsal,
    long halfDatagrams,
    long cutAside,
    boolean isCutShort,
    OptionalLong drops,
    long beyond,
    List<CapturedFlow> flows) {

  /** Whether it may lack packets that were on the wire, by what it says of itself. */
  boolean isIncomplete() {
    return isCutShort || halfDatagrams > 0 || drops.orElse(0) > 0;
  }
}
