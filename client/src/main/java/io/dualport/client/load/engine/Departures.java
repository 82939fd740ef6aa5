package io.dualport.client.load.engine;

import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.socket.LoadSocket;
import io.dualport.client.message.SizeRange;
import io.dualport.kernel.Errno;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Segmentation;
import java.io.IOException;
import java.util.Arrays;

/**
 * What one datagram socket is to send next. Messages of one size leave together, as a datagram that
 * the kernel cuts into segments (UDP_SEGMENT, udp(7)): the way through the stack is paid once.
 *
 * <p>Kept until then are the intended times alone; numbers are given to what the kernel took.
 */
final class Departures {
  /** What an earlier datagram provoked (ICMP) is reported once, and keeps the next from going. */
  private static final int ATTEMPTS = 2;

  private static final int SMALLEST = 4;

  private final UdpFlow flow;
  private final LoadPlan plan;
  private long[] intended = new long[SMALLEST];
  private int count;

  /** So many at once; 1 once the kernel has refused. */
  private int most;

  private boolean cut;

  Departures(UdpFlow flow) {
    this.flow = flow;
    this.plan = flow.lane.plan();
    this.most = mostTogether(plan.settings().size());
  }

  private static int mostTogether(SizeRange sizes) {
    int fit = Datagrams.MAX_IPV4_PAYLOAD / sizes.max();
    return sizes.min() == sizes.max() ? Math.max(1, Math.min(fit, Segmentation.MAX_SEGMENTS)) : 1;
  }

  int count() {
    return count;
  }

  void add(long intendedNanos) {
    if (count == intended.length) {
      intended = Arrays.copyOf(intended, 2 * count);
    }
    intended[count++] = intendedNanos;
  }

  /** Counts all as unsent and forgets them. */
  void discard() {
    for (int i = 0; i < count; i++) {
      flow.unsent(intended[i]);
    }
    clear();
  }

  void clear() {
    count = 0;
  }

  /**
   * Sends them.
   *
   * @return whether all have gone; the others stay
   */
  boolean send(LoadSocket wire, long nowNanos) {
    int gone = 0;
    int failures = 0;
    while (gone < count && failures < ATTEMPTS) {
      int together = plan.segmentation().isOn() ? Math.min(count - gone, most) : 1;
      try {
        if (wire.send(write(wire, gone, together)) <= 0) {
          wire.awaitWritable();
          break;
        }
        for (int end = gone + together; gone < end; gone++) {
          flow.left(intended[gone], nowNanos);
        }
        flow.lane.ledger().sentTogether(together - 1);
        failures = 0;
      } catch (IOException e) {
        if (!isOfSegments(e)) {
          flow.lane.ledger().failed(e);
          failures++;
        } else {
          most = 1;
        }
      }
    }
    System.arraycopy(intended, gone, intended, 0, count - gone);
    count -= gone;
    return count == 0;
  }

  /** Returns how many bytes it wrote. */
  private int write(LoadSocket wire, int first, int messages) throws IOException {
    boolean wanted = most > 1 && (cut || messages > 1);
    if (cut != wanted) {
      cut = wanted;
      wire.cut(cut ? plan.settings().size().max() : 0);
    }
    int bytes = 0;
    for (int i = 0; i < messages; i++) {
      long sequence = flow.sequence(flow.next() + i);
      int size = plan.messages().size(sequence);
      plan.messages()
          .write(flow.lane.wires().out(), bytes, sequence, size, intended[first + i], 0, size);
      bytes += size;
    }
    return bytes;
  }

  /** Above the path's MTU it is EINVAL or EMSGSIZE, where no device takes checksums EIO. */
  private boolean isOfSegments(IOException e) {
    return cut
        && switch (Errno.of(e)) {
          case EINVAL, EMSGSIZE, EIO, ENOPROTOOPT -> true;
          default -> false;
        };
  }
}
