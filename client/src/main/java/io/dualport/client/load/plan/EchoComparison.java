package io.dualport.client.load.plan;

/** How many of the echoes are compared byte for byte. */
public enum EchoComparison {
  /** Every byte. */
  ALL,
  /** Every byte of one message in {@link #SAMPLE_OF}; of the others number and length. */
  SAMPLE,
  /** Number and length alone; over TCP, where a stream has no numbers, the length. */
  OFF;

  public static final int SAMPLE_OF = 16;

  /** Whether message n of a flow is compared. */
  public boolean covers(long n) {
    return this == ALL || this == SAMPLE && n % SAMPLE_OF == 0;
  }
}
