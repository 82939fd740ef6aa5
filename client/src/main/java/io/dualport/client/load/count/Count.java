package io.dualport.client.load.count;

/** What is counted for each protocol. */
public enum Count {
  /** Messages begun: over UDP taken by the kernel, over TCP queued on a connection that stands. */
  SENT("sent", "sent"),
  /** Came back whole. */
  ECHOED("echoed", "echoed"),
  /** UDP: no echo within the timeout. TCP: in flight when the connection broke. */
  LOST("lost", "lost"),
  /** UDP: a second echo of a message. */
  DUPLICATED("duplicated", "duplicated"),
  /** UDP: a first echo that came after that of a later message of its five-tuple. */
  REORDERED("reordered", "reordered"),
  /** UDP: came back after it had been counted as lost. */
  LATE("late", "late"),
  /** Came back with a wrong byte. */
  CORRUPTED("corrupted", "corrupted"),
  /** UDP: came back shorter, the bytes that came being right. */
  TRUNCATED("truncated", "truncated"),
  /** Came back and was no message of ours. */
  STRAY("stray", "stray"),
  /** Open loop: was due, and had still not been sent when the run ended. */
  UNSENT("unsent", "unsent"),
  /** A connection for each message: it did not come to stand, so its message was not sent. */
  NOT_OPENED("notOpened", "not opened"),
  /** Bytes of whole messages that the kernel took. */
  BYTES_OUT("bytesOut", "bytes out"),
  /** Bytes of whole messages, and of datagrams whatever they were, that came back. */
  BYTES_IN("bytesIn", "bytes in");

  private final String key;
  private final String label;

  Count(String key, String label) {
    this.key = key;
    this.label = label;
  }

  /** As logs and JSON name it. */
  public String key() {
    return key;
  }

  /** As people read it. */
  public String label() {
    return label;
  }
}
