package io.dualport.soak;

import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Bytes to be sent: noise, or probe messages one after the other, some of which ask for a stamp.
 */
final class Payload {
  private final byte[] bytes;

  /** Where stamps are asked for; in order. */
  private final List<Integer> stamps;

  private Payload(byte[] bytes, List<Integer> stamps) {
    this.bytes = bytes;
    this.stamps = stamps;
  }

  static Payload noise(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return new Payload(bytes, List.of());
  }

  /**
   * One message.
   *
   * @param size {@link Probe#HEADER_BYTES} at least
   */
  static Payload message(Random random, int size, boolean stamped) {
    byte[] bytes = new byte[size];
    write(bytes, 0, size, stamped, random);
    return new Payload(bytes, stamped ? List.of(Probe.STAMP_OFFSET) : List.of());
  }

  /**
   * Messages of random sizes, and noise where none fits any more.
   *
   * @param most of one message, in bytes, beside its header
   */
  static Payload messages(Random random, int size, int most) {
    byte[] bytes = noise(random, size).bytes;
    List<Integer> stamps = new ArrayList<>();
    int at = 0;
    while (size - at >= Probe.HEADER_BYTES) {
      int left = size - at;
      int length = Math.min(left, Probe.HEADER_BYTES + random.nextInt(most));
      boolean stamped = random.nextBoolean();
      write(bytes, at, length, stamped, random);
      if (stamped) {
        stamps.add(at + Probe.STAMP_OFFSET);
      }
      at += length;
    }
    return new Payload(bytes, stamps);
  }

  private static void write(byte[] bytes, int at, int length, boolean stamped, Random random) {
    ByteBuf out = Unpooled.wrappedBuffer(bytes, at, length).clear();
    new Probe(length, stamped, random.nextLong(), random.nextInt(1000), 0).write(out);
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return bytes.length;
  }

  /**
   * Compares what came back so far.
   *
   * @return the first place from {@code from} on that differs, stamps aside, or -1
   */
  int mismatch(byte[] back, int from, int to) {
    int at = from;
    for (int stamp : stamps) {
      if (stamp + Stamp.BYTES > at && stamp < to) {
        int wrong = firstDifference(back, at, Math.max(at, stamp));
        if (wrong >= 0) {
          return wrong;
        }
        at = Math.min(to, stamp + Stamp.BYTES);
      }
    }
    return firstDifference(back, at, to);
  }

  private int firstDifference(byte[] back, int from, int to) {
    int place = Arrays.mismatch(bytes, from, to, back, from, to);
    return place < 0 ? -1 : from + place;
  }

  /**
   * Looks at the stamps of what came back whole.
   *
   * @return what is wrong with one, or null
   */
  String wrongStamp(byte[] back, Protocol protocol, Life life) {
    for (int at : stamps) {
      Stamp stamp = Stamp.get(Unpooled.wrappedBuffer(back), at).orElse(null);
      if (stamp == null) {
        return "a message came back without the stamp it asked for";
      }
      if (stamp.tuple().protocol() != protocol || !life.mayBe(stamp.instanceId())) {
        return "a message has a stamp of another protocol or server: " + stamp;
      }
    }
    return null;
  }
}
