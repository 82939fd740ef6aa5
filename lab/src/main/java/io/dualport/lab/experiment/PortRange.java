package io.dualport.lab.experiment;

/**
 * Ports from one number to another, both included.
 *
 * @param first the lowest
 * @param last the highest
 */
record PortRange(int first, int last) {
  /** As {@code net.ipv4.ip_local_port_range} is written: two numbers with a space between. */
  static PortRange parse(String words) {
    String[] ends = words.split("\\s+");
    return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  int size() {
    return last - first + 1;
  }

  boolean contains(int port) {
    return first <= port && port <= last;
  }

  @Override
  public String toString() {
    return first + ".." + last;
  }
}
