package io.dualport.transport;

import io.dualport.kernel.PacketSockets;

/**
 * Whether datagrams of one size may leave together as a segmented one (UDP_SEGMENT, udp(7)). The
 * receiver gets what it always gets, but a capture on this host shows a segmented datagram as one,
 * large, before it is cut, as it does for TCP. So {@code auto} leaves it alone while somebody
 * captures here.
 */
public final class Segmentation {
  /** UDP_MAX_SEGMENTS (include/linux/udp.h) of the oldest kernels that have the option. */
  public static final int MAX_SEGMENTS = 64;

  /** What may be asked for. */
  public enum Mode {
    AUTO,
    ON,
    OFF
  }

  private final Mode mode;
  private volatile boolean on;

  public Segmentation(Mode mode, Transport transport) {
    this.mode = transport.sendsSegments() ? mode : Mode.OFF;
    look();
  }

  /** Looks whether somebody captures; off the event loops, as it reads a table. */
  public void look() {
    on = mode == Mode.ON || mode == Mode.AUTO && !PacketSockets.seeDatagrams();
  }

  /** In words, for the start line. */
  public String label() {
    return switch (mode) {
      case ON -> "on";
      case OFF -> "off";
      case AUTO -> "auto (on, and off while somebody captures here)";
    };
  }

  /** Whether they may now; any thread. */
  public boolean isOn() {
    return on;
  }
}
