package io.dualport.lab.matrix;

/** The options that are set to 1 before the bind. */
enum ReuseOptions {
  NONE("none", false, false),
  REUSEADDR("REUSEADDR", true, false),
  REUSEPORT("REUSEPORT", false, true),
  BOTH("both", true, true);

  private final String label;
  private final boolean reuseAddress;
  private final boolean reusePort;

  ReuseOptions(String label, boolean reuseAddress, boolean reusePort) {
    this.label = label;
    this.reuseAddress = reuseAddress;
    this.reusePort = reusePort;
  }

  /** As reports show it. */
  String label() {
    return label;
  }

  boolean reuseAddress() {
    return reuseAddress;
  }

  boolean reusePort() {
    return reusePort;
  }
}
