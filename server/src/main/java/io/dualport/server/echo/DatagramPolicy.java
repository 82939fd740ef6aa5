package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.LocalAddresses;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Which datagrams get a reply: the guard first, then the rate. For the event loop of the datagram
 * sockets.
 */
final class DatagramPolicy {
  private final Guard guard;
  private final RateLimit rate;
  private final LoopDetector loops;
  private LocalAddresses local;

  /**
   * @param local the machine's addresses now
   */
  DatagramPolicy(Guard guard, RateLimit rate, LoopDetector loops, LocalAddresses local) {
    this.guard = guard;
    this.rate = rate;
    this.loops = loops;
    this.local = local;
  }

  /**
   * @param now {@link System#nanoTime}
   * @return why a datagram from there gets no reply, or null
   */
  Counter refusal(InetSocketAddress source, long now) {
    Counter refusal = guard.refusal(source, local);
    if (refusal == null && !rate.admits(source.getAddress(), now)) {
      refusal = Counter.DROPPED_RATE;
    }
    return refusal;
  }

  /**
   * Whether this datagram has come around so often that the other end must be an echo as well.
   *
   * @param now {@link System#nanoTime}
   */
  boolean isLoop(FiveTuple tuple, ByteBuf datagram, long now) {
    return guard.isOn() && loops.isLoop(tuple, datagram, now);
  }

  /** Whether the dialled address is a group's, so that every echo there got the same datagram. */
  boolean isGroup(InetAddress destination) {
    return destination.isMulticastAddress() || local.isBroadcast(destination);
  }

  /** The machine's addresses changed, and with them its broadcast addresses. */
  void useAddresses(LocalAddresses addresses) {
    this.local = addresses;
  }
}
