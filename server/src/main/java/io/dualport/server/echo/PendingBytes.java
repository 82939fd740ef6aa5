package io.dualport.server.echo;

import io.dualport.config.SettingException;
import io.dualport.flow.Counter;
import io.dualport.log.OnceAMinute;
import io.dualport.report.Words;
import io.netty.util.concurrent.EventExecutor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory one event loop may hold for peers that do not read what is echoed to them. Where it is
 * used up nothing more is read, so that peers wait in their own kernels, until somebody has taken
 * his bytes or one who holds many and took nothing for longest is closed for it. So the loop never
 * asks for memory that is not there, and peers that read are served whatever the others do.
 *
 * <p>For that loop alone, but for {@link #held}.
 */
final class PendingBytes {
  private static final Logger LOG = LoggerFactory.getLogger(PendingBytes.class);

  /** Whose peer took something within this time is not closed: others wait for it instead. */
  static final long SPARED_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Of those who wait, before the loop turns to others. */
  private static final int RELIEVED_AT_ONCE = 64;

  /** What each event loop needs beside: above all its datagram slots, 5.9 MiB in bursts. */
  private static final long LOOPS_OWN_BYTES = 8 << 20;

  /** A connection, as far as this matters to it. */
  interface Holder {
    /** When something last moved on it, by {@link System#nanoTime}. */
    long movedNanos();

    /** Is closed for what it holds, counted so; it gives back all of it. */
    void shed();

    /** May read again after {@link PendingBytes#admits} said no. */
    void readOn();
  }

  private final EventExecutor loop;
  private final long max;

  /** Bytes of each; first who took nothing for longest. */
  private final Map<Holder, Long> holders = new LinkedHashMap<>();

  private final Set<Holder> waiting = new LinkedHashSet<>();
  private long asked;
  private boolean reliefIsDue; // when whoever holds for longest is spared no more
  private boolean reliefIsNear; // as there is room
  private volatile long held;
  private final OnceAMinute complaint = new OnceAMinute();

  /**
   * @param max bytes
   */
  PendingBytes(EventExecutor loop, long max) {
    this.loop = loop;
    this.max = max;
  }

  /**
   * The default: half of the direct memory that the event loops do not need themselves. The other
   * half is for what surrounds the bytes, on transports where Netty's allocator rounds them up.
   *
   * @param directMemory that the JVM may use, in bytes
   */
  static long automatic(long directMemory, int loops) {
    return Math.max(
        loops * 2L * EpollConnections.READ_BYTES, (directMemory - loops * LOOPS_OWN_BYTES) / 2);
  }

  /**
   * The bytes that were asked for, if the event loops' own buffers fit beside them, else the
   * default.
   *
   * @param directMemory that the JVM may use, in bytes
   * @throws SettingException where they do not: a loop without a buffer serves nobody
   */
  static long checked(OptionalLong asked, long directMemory, int loops) {
    long most = Math.max(0, directMemory - loops * LOOPS_OWN_BYTES);
    if (asked.isPresent() && asked.getAsLong() > most) {
      throw new SettingException(
          Words.format(
              "server.max-pending-bytes = %d: the JVM may use %d bytes of direct memory, and the"
                  + " event loops (%d) need %d of it each, so %d at most; lower it, or raise"
                  + " -XX:MaxDirectMemorySize",
              asked.getAsLong(), directMemory, loops, LOOPS_OWN_BYTES, most));
    }
    return asked.orElseGet(() -> automatic(directMemory, loops));
  }

  /** Says so where the loops' own buffers will not fit. */
  static void warnIfTooLittle(long directMemory, int loops) {
    if (directMemory < loops * LOOPS_OWN_BYTES) {
      LOG.warn(
          "the JVM may use {} bytes of direct memory, and an event loop may need {}: bursts of"
              + " datagrams will be dropped; lower --threads ({}) or raise -XX:MaxDirectMemorySize",
          directMemory,
          LOOPS_OWN_BYTES,
          loops);
    }
  }

  /** Bytes held now, from any thread. */
  long held() {
    return held;
  }

  /** What a connection holds now, 0 for nothing; it has just moved, or come to it. */
  void holds(Holder holder, long bytes) {
    Long before = holders.remove(holder);
    if (bytes > 0) {
      holders.put(holder, bytes);
    }
    long change = bytes - (before == null ? 0 : before);
    if (change != 0) {
      held += change;
    }
    if (change < 0) {
      relieveSoon();
    }
  }

  /** The end of a connection: it holds nothing and waits for nothing. */
  void forget(Holder holder) {
    waiting.remove(holder);
    holds(holder, 0);
  }

  /**
   * Whether so much more may be held. If not, who asks must read nothing until it is told to.
   *
   * @param bytes how much a read may leave stuck
   */
  boolean admits(Holder asking, long bytes) {
    if (held + bytes <= max || shedsOne(System.nanoTime())) {
      return true;
    }
    asked = bytes;
    waiting.add(asking);
    relieveLater();
    return false;
  }

  /** Whether it was told to wait, and what its peer sent meanwhile is unread. */
  boolean isWaiting(Holder holder) {
    return waiting.contains(holder);
  }

  /** Closes whoever took nothing for longest until no more is held than may be. */
  void shedExcess() {
    while (held > max) {
      shed(longest());
    }
  }

  /** Memory was refused to it all the same; also said, and not for each. */
  void refused(Holder holder) {
    shed(holder);
  }

  private boolean shedsOne(long now) {
    if (holders.isEmpty()) {
      return true; // no peer has it: less than one read is allowed
    }
    boolean sheds = now - longest().movedNanos() >= SPARED_NANOS;
    if (sheds) {
      shed(longest());
    }
    return sheds;
  }

  private void shed(Holder holder) {
    if (complaint.isDue()) {
      LOG.warn(
          "peers that do not read hold {} of {} bytes on this event loop (max-pending-bytes);"
              + " who took nothing for longest is closed; how many are, counts: {}",
          held,
          max,
          Counter.CLOSED_BY_MEMORY.label());
    }
    forget(holder); // a channel closes later than it is told to
    holder.shed();
  }

  private void relieveLater() {
    if (!reliefIsDue) {
      reliefIsDue = true;
      long spared = SPARED_NANOS - (System.nanoTime() - longest().movedNanos());
      loop.schedule(
          () -> {
            reliefIsDue = false;
            relieve();
          },
          Math.max(0, spared),
          TimeUnit.NANOSECONDS);
    }
  }

  private void relieveSoon() {
    if (!waiting.isEmpty() && !reliefIsNear) {
      reliefIsNear = true;
      loop.execute(
          () -> {
            reliefIsNear = false;
            relieve();
          });
    }
  }

  /** Lets those read who wait, in turn, as far as there is room for what they leave stuck. */
  private void relieve() {
    long now = System.nanoTime();
    for (int i = 0; i < RELIEVED_AT_ONCE && !waiting.isEmpty(); i++) {
      if (held + asked > max && !shedsOne(now)) {
        relieveLater();
        return;
      }
      Holder first = waiting.iterator().next();
      waiting.remove(first);
      first.readOn();
    }
    relieveSoon();
  }

  /**
   * Who took nothing for longest, of those who hold as much as all do on average, or more. Whoever
   * holds less would free next to nothing, and may be one whose echo is still on its way.
   */
  private Holder longest() {
    for (Map.Entry<Holder, Long> holder : holders.entrySet()) {
      if (holder.getValue() * holders.size() >= held) {
        return holder.getKey();
      }
    }
    throw new IllegalStateException("nobody holds the " + held + " bytes that are held");
  }
}
