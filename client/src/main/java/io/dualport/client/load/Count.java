package io.dualport.client.load;

/** What is counted for each protocol. */
enum Count {
  /** Messages begun: over UDP taken by the kernel, over TCP queued on a connection. */
  SENT("sent"),
  /** Came back whole. */
  ECHOED("echoed"),
  /** UDP: no echo within the timeout. TCP: in flight when the connection broke. */
  LOST("lost"),
  /** UDP: a second echo of a message. */
  DUPLICATED("duplicated"),
  /** UDP: a first echo that came after that of a later message of its five-tuple. */
  REORDERED("reordered"),
  /** UDP: came back after it had been counted as lost. */
  LATE("late"),
  /** Came back with a wrong byte. */
  CORRUPTED("corrupted"),
  /** UDP: came back shorter, the bytes that came being right. */
  TRUNCATED("truncated"),
  /** Came back and was no message of ours. */
  STRAY("stray"),
  /** Open loop: was due, and had still not been sent when the run ended. */
  UNSENT("unsent"),
  /** Bytes of whole messages that the kernel took. */
  BYTES_OUT("bytesOut"),
  /** Bytes of whole messages, and of datagrams whatever they were, that came back. */
  BYTES_IN("bytesIn");

  private final String key;

  Count(String key) {
    this.key = key;
  }

  /** As logs and JSON name it. */
  String key() {
    return key;
  }
}
