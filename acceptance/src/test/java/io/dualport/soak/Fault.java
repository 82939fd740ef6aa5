package io.dualport.soak;

/** What is done to the server while peers talk to it. */
enum Fault {
  /** SIGSTOP for longer than the idle-timeout, then SIGCONT. */
  SUSPENDED("suspended"),
  /** More datagrams than its receive queues hold, while it does not run. */
  OVERFLOW("overflow"),
  /** More connections that send and never read than it may hold memory for. */
  NEVER_READING("never-reading"),
  /** No descriptor is left. */
  DESCRIPTORS("descriptors"),
  /** Datagrams from thousands of sources, once each, as a forger sends them. */
  FIVE_TUPLES("five-tuples"),
  /** Half requests, pipelined ones whose answers nobody reads, streams that nobody reads. */
  ADMIN("admin"),
  /** Connections that are reset as soon as they are open. */
  RESETS("resets"),
  /** A stop in order, and a start on the same port. */
  SIGTERM("SIGTERM"),
  /** A stop that nobody can help, and a start on the same port. */
  SIGKILL("SIGKILL");

  private final String label;

  Fault(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  boolean endsTheServer() {
    return this == SIGTERM || this == SIGKILL;
  }
}
