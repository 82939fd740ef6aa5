package io.dualport.server;

import io.dualport.kernel.PacketSockets;
import io.dualport.transport.Transport;

/**
 * Whether replies may leave as segmented datagrams (UDP_SEGMENT, udp(7)). The receiver gets what it
 * always gets, but a capture on this host shows a segmented datagram as one, large, before it is
 * cut, as it does for TCP. So {@code auto} leaves it alone while somebody captures here.
 */
final class Segmentation {
  /** What may be asked for. */
  enum Mode {
    AUTO,
    ON,
    OFF
  }

  private final Mode mode;
  private volatile boolean on;

  Segmentation(Mode mode, Transport transport) {
    this.mode = transport.sendsSegments() ? mode : Mode.OFF;
    look();
  }

  /** Looks whether somebody captures; off the event loops, as it reads a table. */
  void look() {
    on = mode == Mode.ON || mode == Mode.AUTO && !PacketSockets.seeDatagrams();
  }

  /** In words, for the start line. */
  String label() {
    return switch (mode) {
      case ON -> "on";
      case OFF -> "off";
      case AUTO -> "auto (on, and off while somebody captures here)";
    };
  }

  /** Whether they may now; any thread. */
  boolean isOn() {
    return on;
  }
}
