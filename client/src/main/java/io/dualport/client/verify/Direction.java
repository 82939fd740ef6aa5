package io.dualport.client.verify;

import java.util.Arrays;

/** What was captured of one five-tuple in one direction. */
final class Direction {
  /** Places that one packet may have been captured at and still be told apart. */
  static final int MAX_VANTAGES = 14;

  private long[] vantages = new long[2];
  private int vantageCount;

  /** Packets with content, at the place where the five-tuple was first seen. */
  long packets;

  /** Of their content, other runs' included; of a TCP stream each byte once. */
  long bytes;

  /** Different messages. */
  long messages;

  /** UDP: datagrams beyond the first of a message. */
  long repeated;

  long repeatedBytes;

  /** UDP: datagrams on our five-tuple that name no message. */
  long unnamed;

  long unnamedBytes;

  /** UDP: those of {@link #unnamed} that may be several each, joined or yet to be cut. */
  long untold;

  /** TCP: as tshark flags them. */
  long retransmitted;

  /** The same packet at another place. */
  long elsewhere;

  /** The same packet at the same place once more, though there was one. */
  long copies;

  /** TCP: bytes of the stream that no packet of the capture has. */
  long missingBytes;

  /** Packets of which the capture kept only the beginning. */
  long cut;

  /** Messages of other runs on the same five-tuple. */
  long foreign;

  long foreignBytes;

  /** Of its streams, how many had begun before the capture. */
  long begunBefore;

  /** From 1; one more than {@link #MAX_VANTAGES} for all others. */
  int vantage(long place) {
    for (int i = 0; i < vantageCount; i++) {
      if (vantages[i] == place) {
        return i + 1;
      }
    }
    if (vantageCount == MAX_VANTAGES) {
      return MAX_VANTAGES + 1;
    }
    if (vantageCount == vantages.length) {
      vantages = Arrays.copyOf(vantages, 2 * vantageCount);
    }
    vantages[vantageCount++] = place;
    return vantageCount;
  }

  /** Adds what a TCP stream counted; messages are counted as they are found. */
  void add(Direction stream) {
    packets += stream.packets;
    bytes += stream.bytes;
    retransmitted += stream.retransmitted;
    elsewhere += stream.elsewhere;
    copies += stream.copies;
    missingBytes += stream.missingBytes;
    cut += stream.cut;
    foreign += stream.foreign;
    foreignBytes += stream.foreignBytes;
    begunBefore += stream.begunBefore;
  }

  /** The datagrams beyond the first of a message were none. */
  void discountRepeated() {
    copies += repeated;
    packets -= repeated;
    bytes -= repeatedBytes;
    repeated = 0;
    repeatedBytes = 0;
  }

  /** The datagrams that name no message are somebody else's. */
  void disownUnnamed() {
    foreign += unnamed;
    foreignBytes += unnamedBytes;
    unnamed = 0;
    unnamedBytes = 0;
  }

  /** Messages of this run, and datagrams that may be damaged ones of it; each once. */
  long distinct() {
    return messages + unnamed;
  }

  /** As {@link #distinct}, with what the network doubled. */
  long arrived() {
    return distinct() + repeated;
  }

  /** Bytes of {@link #arrived}. */
  long arrivedBytes() {
    return bytes - foreignBytes;
  }

  /** Bytes of {@link #distinct}. */
  long distinctBytes() {
    return arrivedBytes() - repeatedBytes;
  }

  /** Whether something of it is known to be not in the capture. */
  boolean isIncomplete() {
    return missingBytes > 0 || begunBefore > 0;
  }
}
