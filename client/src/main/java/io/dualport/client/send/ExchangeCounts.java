package io.dualport.client.send;

/**
 * What became of the messages of one protocol. {@code sent = echoed + lost + unanswered +} those
 * that came back damaged, which {@code corrupted} and {@code truncated} count, with anything that
 * came unasked.
 *
 * @param sent handed to the kernel
 * @param echoed came back whole, in time
 * @param lost had no echo within the timeout
 * @param duplicated echoes beyond the first
 * @param reordered echoes whose sequence is lower than the highest already echoed
 * @param corrupted came back with a wrong byte, too long, or cannot be told
 * @param truncated came back shorter, what is there being right (UDP)
 * @param late echoes of messages that were already counted as lost
 * @param unanswered still in flight when the run was interrupted
 */
record ExchangeCounts(
    int sent,
    int echoed,
    int lost,
    int duplicated,
    int reordered,
    int corrupted,
    int truncated,
    int late,
    int unanswered) {
  /** Everything that came back, whatever became of it. */
  int arrived() {
    return echoed + duplicated + corrupted + truncated + late;
  }

  /** Nothing was ever sent. */
  static final ExchangeCounts NOTHING = new ExchangeCounts(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
