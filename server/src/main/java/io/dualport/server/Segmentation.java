package io.dualport.server;

/** Whether replies may leave as segmented datagrams now. Any thread. */
final class Segmentation {
  private volatile boolean on;

  Segmentation(boolean on) {
    this.on = on;
  }

  boolean isOn() {
    return on;
  }

  void set(boolean allowed) {
    on = allowed;
  }
}
