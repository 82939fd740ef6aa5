package io.dualport.client.load.count;

import io.dualport.kernel.Errno;
import io.dualport.transport.SocketFacts;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** What one loop writes down about one protocol. */
public final class LoopCounts {
  /** What native transports do not tell apart. */
  public static final String UNREACHABLE = "EHOSTUNREACH or ENETUNREACH";

  /** What a connection ends for that returns more than was sent on it. */
  public static final String MORE_THAN_SENT = "more bytes came back than were sent";

  /** What the run itself counts for a connection that was waited for in vain. */
  public static final String NO_ECHO_BY_THE_END = "no echo by the end";

  /** Longer latencies are recorded as this one; a day-long run stays inside it. */
  public static final long HIGHEST_NANOS = TimeUnit.DAYS.toNanos(1);

  public static final int SIGNIFICANT_DIGITS = 3;

  private static final int MAX_CAUSES = 64;
  private static final int MOST_INSTANCES = 16;

  private final MessageCounts warmup = new MessageCounts();
  private final MessageCounts measured = new MessageCounts();
  private final SingleWriterRecorder latencies =
      new SingleWriterRecorder(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
  private final Histogram connects = new Histogram(HIGHEST_NANOS, SIGNIFICANT_DIGITS);
  private final Map<String, Long> causes = new TreeMap<>();
  private final Outages outages = new Outages();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong open = new AtomicLong();
  private final AtomicLong sockets = new AtomicLong();
  private long unanswered;
  private final Set<Long> instances = new TreeSet<>();
  private byte[] stranger;
  private long retransmitted;
  private long pairs;
  private long sendsShared;

  public MessageCounts tally(boolean isMeasured) {
    return isMeasured ? measured : warmup;
  }

  public void latency(long nanos) {
    latencies.recordValue(clamped(nanos));
  }

  public void connected(long nanos) {
    connects.recordValue(clamped(nanos));
  }

  private static long clamped(long nanos) {
    return Math.max(0, Math.min(nanos, HIGHEST_NANOS));
  }

  /** A connection that ended, or a call that the kernel refused; null is the server's FIN. */
  public void failed(Throwable cause) {
    failed(name(cause));
  }

  public void failed(String cause) {
    outages.failed(System.nanoTime());
    failures.setOpaque(failures.getPlain() + 1);
    if (causes.size() < MAX_CAUSES || causes.containsKey(cause)) {
      causes.merge(cause, 1L, Long::sum);
    }
  }

  public void opened() {
    open.setOpaque(open.getPlain() + 1);
  }

  public void closed() {
    open.setOpaque(open.getPlain() - 1);
  }

  public void socketOpened() {
    sockets.setOpaque(sockets.getPlain() + 1);
  }

  public void socketClosed() {
    sockets.setOpaque(sockets.getPlain() - 1);
  }

  /** Sockets that there are now, connected or not: each holds a descriptor and a port. */
  long sockets() {
    return sockets.getOpaque();
  }

  /** Connections that are open now. */
  long open() {
    return open.getOpaque();
  }

  long failures() {
    return failures.getOpaque();
  }

  /** When no echo came back; for the loop, and for others once it has ended. */
  public Outages outages() {
    return outages;
  }

  /** What was recorded since the last call; for the one reader. */
  Histogram interval(Histogram recycled) {
    return latencies.getIntervalHistogram(recycled);
  }

  /** A connection ends on which the kernel sent so many segments again; negative is unknown. */
  public void retransmitted(long segments) {
    retransmitted =
        segments < 0 || retransmitted < 0 ? SocketFacts.UNKNOWN : retransmitted + segments;
  }

  /** On all connections, {@link SocketFacts#UNKNOWN} if of one; once the loop has ended. */
  public long retransmitted() {
    return retransmitted;
  }

  /** A server stamped a message with its instance id. */
  public void served(long instance) {
    if (instances.size() < MOST_INSTANCES) {
      instances.add(instance);
    }
  }

  /** The servers that stamped; once the loop has ended. */
  Set<Long> instances() {
    return instances;
  }

  public boolean hasStranger() {
    return stranger != null;
  }

  /** The beginning of the first that came and was no echo. */
  public void strange(byte[] start) {
    stranger = start;
  }

  /** What {@link #strange} was told, or null; once the loop has ended. */
  byte[] stranger() {
    return stranger;
  }

  /** A datagram socket has the source port of a connection. */
  public void paired() {
    pairs++;
  }

  /** How many have; once the loop has ended. */
  long pairs() {
    return pairs;
  }

  /** So many messages left with the one before, in a segmented datagram. */
  public void sentTogether(int messages) {
    sendsShared += messages;
  }

  /** How many did; once the loop has ended. */
  long sendsShared() {
    return sendsShared;
  }

  /** How many messages the connections still waited for when the loop ended. */
  public void unanswered(long messages) {
    unanswered = messages;
  }

  /** Once the loop has ended. */
  public long unanswered() {
    return unanswered;
  }

  /** Connect times in nanoseconds; once the loop has ended. */
  Histogram connects() {
    return connects;
  }

  /** How often each errno or other cause was met; once the loop has ended. */
  Map<String, Long> causes() {
    return causes;
  }

  private static String name(Throwable cause) {
    if (cause == null) {
      return "FIN";
    }
    if (Errno.isUnnamed(cause)) {
      return UNREACHABLE;
    }
    Errno errno = Errno.of(cause);
    return errno == Errno.UNKNOWN ? cause.toString() : errno.name();
  }
}
