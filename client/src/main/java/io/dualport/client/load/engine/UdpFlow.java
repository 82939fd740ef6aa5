package io.dualport.client.load.engine;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.socket.LoadSocket;
import io.dualport.kernel.Errno;
import io.dualport.probe.Pattern;
import io.dualport.probe.Probe;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Datagrams of one socket: each is echoed, lost, or worse. */
final class UdpFlow extends LoadFlow {
  /** The first word of the pattern in a message that has a header. */
  private static final int PAYLOAD_WORD = Probe.HEADER_BYTES / Long.BYTES;

  private static final int PORT_ATTEMPTS = 16;

  private final InFlight flight = new InFlight();
  private final Departures departures = new Departures(this);
  private final RecentEchoes echoes = new RecentEchoes();
  private final MessageBytes messages;
  private final InFlight.Expired lost = this::lost;
  private LoadFlow twin;
  private long highestEchoed = -1;
  private boolean isReady;
  private boolean blocked;
  private int attempts;

  /**
   * @param twin the connection whose source port is taken, if it is free for datagrams; null for
   *     none
   */
  UdpFlow(LoopFlows lane, int index, LoadFlow twin) {
    super(lane, index);
    this.twin = twin;
    this.messages = lane.plan().messages();
  }

  @Override
  void open() {
    InetSocketAddress paired = paired();
    try {
      attempts++;
      openWire(paired);
    } catch (IOException e) {
      if (paired != null && isTaken(Errno.of(e))) {
        twin = null;
        open();
      } else {
        lane.unable(e);
      }
    }
  }

  /** The source of the connection that this socket belongs to; null if it is to have its own. */
  private InetSocketAddress paired() {
    if (twin == null || twin.source() == null || isRefusable(twin.source())) {
      twin = null;
      return null;
    }
    return twin.source();
  }

  private static boolean isTaken(Errno errno) {
    return errno == Errno.EADDRINUSE || errno == Errno.EADDRNOTAVAIL || errno == Errno.EACCES;
  }

  /** The server refuses its own port number as a source: an echo could be behind it. */
  private boolean isRefusable(InetSocketAddress source) {
    return source.getPort() == lane.plan().remote().getPort()
        && lane.plan().settings().sourcePort() == 0;
  }

  @Override
  public void connected() {
    if (isRefusable(wire().local()) && attempts < PORT_ATTEMPTS) {
      LoadSocket unwanted = wire();
      open(); // while the other still holds the port
      unwanted.close(Closing.FIN);
      lane.ledger().socketClosed();
      return;
    }
    isReady = true;
    bound(wire().local());
    lane.ledger().opened();
    if (twin != null) {
      lane.ledger().paired();
    }
    lane.ready();
  }

  @Override
  boolean offer(long intendedNanos, long nowNanos) {
    if (blocked || flight.size() + departures.count() >= lane.plan().settings().window()) {
      return false;
    }
    departures.add(intendedNanos);
    return true;
  }

  /** The kernel took the next message. */
  void left(long intendedNanos, long nowNanos) {
    long n = begin(intendedNanos, nowNanos);
    count(n, Count.BYTES_OUT, messages.size(sequence(n)));
    echoes.forget(n);
    flight.add(n, intendedNanos, nowNanos);
  }

  private void lost(long n, long sentNanos) {
    count(n, Count.LOST, 1);
    lane.ledger().outages().lost(sentNanos);
  }

  @Override
  void flush(long nowNanos) {
    blocked = !departures.send(wire(), nowNanos);
    if (blocked && !lane.plan().settings().isOpenLoop()) {
      departures.clear(); // a closed loop has others once there is room
    }
  }

  @Override
  int waiting() {
    return departures.count();
  }

  @Override
  void discardWaiting() {
    departures.discard();
  }

  @Override
  public void writable() {
    goOn(System.nanoTime());
  }

  /** Tries again to send what the kernel did not take. */
  private void goOn(long nowNanos) {
    flush(nowNanos);
    resume(nowNanos);
  }

  @Override
  public void broken(Throwable cause) {
    if (isReady) {
      lane.ledger().failed(cause);
    } else {
      lane.unable(cause);
    }
  }

  @Override
  public boolean received(ByteBuffer in, int at, int length, long nowNanos) {
    long n = identify(in, at, length);
    if (n < 0) {
      strange(in, at, length);
      count(Count.STRAY, 1);
      count(Count.BYTES_IN, length);
      return awaitsMore();
    }
    count(n, Count.BYTES_IN, length);
    lane.ledger().outages().heard(nowNanos);
    int place = flight.find(n);
    if (place == InFlight.ABSENT) {
      count(n, echoes.contains(n, next()) ? Count.DUPLICATED : Count.LATE, 1);
      echoes.add(n);
      return awaitsMore();
    }
    long intended = flight.intendedNanos(place);
    if (isAsSent(n, intended, in, at, length)) {
      settle(n, intended, length, nowNanos);
    } else {
      n = meant(n, in, at, length);
      count(n, Count.CORRUPTED, 1);
    }
    flight.remove(flight.find(n));
    echoes.add(n);
    lane.answer(this);
    return awaitsMore();
  }

  private boolean isAsSent(long n, long intended, ByteBuffer in, int at, int length) {
    long sequence = sequence(n);
    int size = messages.size(sequence);
    if (length > size) {
      return false;
    }
    boolean same =
        length == size && !lane.plan().settings().verify().covers(n)
            || messages.firstMismatch(in, at, sequence, size, intended, 0, length)
                == MessageBytes.NO_MISMATCH;
    boolean asked = length == size && MessageBytes.asksForStamp(sequence, size);
    return same && (!asked || stamped(StampPieces.of(in, at, length)));
  }

  /** Whose damaged echo this is: if the number in the header was hit, its payload names another. */
  private long meant(long n, ByteBuffer in, int at, int length) {
    if (length < (PAYLOAD_WORD + 1) * Long.BYTES) {
      return n;
    }
    long named = named(in, at, PAYLOAD_WORD);
    return named >= 0 && flight.find(named) != InFlight.ABSENT ? named : n;
  }

  /**
   * In a closed loop every later datagram brings an event of its own, and with it what was left
   * behind; otherwise this may be the last event.
   */
  private boolean awaitsMore() {
    return flight.size() > 0 || !lane.isSending() || lane.plan().settings().isOpenLoop();
  }

  private void settle(long n, long intended, int length, long now) {
    if (length < messages.size(sequence(n))) {
      count(n, Count.TRUNCATED, 1);
    } else {
      echoed(n, intended, now);
      if (n < highestEchoed) {
        count(n, Count.REORDERED, 1);
      } else {
        highestEchoed = n;
      }
    }
  }

  /**
   * Which message this is the echo of, or -1. Its number stands in the header and, mixed, in every
   * word of the pattern; a second look finds it where the first met a wrong byte.
   */
  private long identify(ByteBuffer in, int at, int length) {
    boolean header = lane.plan().settings().size().max() >= Probe.HEADER_BYTES;
    long n = -1;
    if (header && length >= Probe.SEQUENCE_OFFSET + Long.BYTES) {
      n = number(in.getLong(at + Probe.SEQUENCE_OFFSET));
      if (n >= 0 && flight.find(n) != InFlight.ABSENT) {
        return n;
      }
      n = in.getLong(at + Probe.RUN_ID_OFFSET) == messages.runId() ? meant(n, in, at, length) : -1;
      if (n < 0 && length >= (PAYLOAD_WORD + 1) * Long.BYTES) {
        n = named(in, at, PAYLOAD_WORD);
      }
    }
    for (int word = 0; word < 2 && n < 0 && length >= (word + 1) * Long.BYTES; word++) {
      n = named(in, at, word);
    }
    return n >= 0 ? n : shortened(in, at, length);
  }

  private long named(ByteBuffer in, int at, int word) {
    return number(Pattern.sequenceOf(messages.runId(), word, in.getLong(at + word * Long.BYTES)));
  }

  /**
   * A piece too short to name its message is taken for the oldest in flight that begins so; with
   * several in flight the header's start is the same for all. An empty one is no piece: a relay
   * whose backend is gone answers so.
   */
  private long shortened(ByteBuffer in, int at, int length) {
    if (length == 0 || length >= Probe.SEQUENCE_OFFSET + Long.BYTES || flight.size() == 0) {
      return -1;
    }
    long n = flight.oldest();
    long sequence = sequence(n);
    int size = messages.size(sequence);
    long intended = flight.intendedNanos(flight.find(n));
    boolean begins =
        length < size
            && messages.firstMismatch(in, at, sequence, size, intended, 0, length)
                == MessageBytes.NO_MISMATCH;
    return begins ? n : -1;
  }

  @Override
  void tick(long nowNanos) {
    int before = flight.size();
    flight.expire(nowNanos - lane.plan().timeoutNanos(), lost);
    if (blocked || flight.size() < before) {
      goOn(nowNanos);
    }
  }

  @Override
  int inFlight() {
    return flight.size();
  }

  @Override
  void giveUp() {
    flight.expire(System.nanoTime(), lost);
  }
}
