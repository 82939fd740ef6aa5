package io.dualport.client.merge;

/** What a counts line counts, in its order. */
enum Count {
  CONNECTIONS("connections", "connections"),
  SENT("sent", "sent"),
  ECHOED("echoed", "echoed"),
  LOST("lost", "lost"),
  DUPLICATED("duplicated", "duplicated"),
  REORDERED("reordered", "reordered"),
  LATE("late", "late"),
  CORRUPTED("corrupted", "corrupted"),
  TRUNCATED("truncated", "truncated"),
  STRAY("stray", "stray"),
  UNSENT("unsent", "unsent"),
  /** Logs of the first version do not have it; they counted such messages as sent and lost. */
  NOT_OPENED("notOpened", "not opened"),
  BYTES_OUT("bytesOut", "bytes out"),
  BYTES_IN("bytesIn", "bytes in");

  private final String key;
  private final String header;

  Count(String key, String header) {
    this.key = key;
    this.header = header;
  }

  /** In the log, and in JSON. */
  public String key() {
    return key;
  }

  /** For people. */
  String header() {
    return header;
  }
}
