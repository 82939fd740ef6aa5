package io.dualport.client.load.engine;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.FlowCounts;
import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.socket.LoadSocket;
import io.dualport.client.load.socket.SocketListener;
import io.dualport.probe.Stamp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** One five-tuple of a run: its messages, numbered from 0 on, and what became of them. */
abstract class LoadFlow implements SocketListener {
  /** Of so many bytes at most half may differ, or they are like nothing that was sent. */
  private static final int COMPARED_BYTES = 16;

  /** What is damaged again and again is not looked at each time. */
  private static final int MOST_LOOKS = 16;

  /** Kept of what is no echo; a header of the PROXY protocol has no more. */
  private static final int STRANGER_BYTES = 107;

  private static final long NOT_YET = Long.MAX_VALUE;

  final LoopFlows lane;
  private final int index;
  private final long firstSequence;
  private long next;
  private long firstMeasured = NOT_YET;
  private SendTimes sendTimes;
  private boolean parked;
  private int looks;
  private LoadSocket wire;
  private InetSocketAddress local;
  private FlowCounts account;

  /**
   * @param index counts the flows of both protocols
   */
  LoadFlow(LoopFlows lane, int index) {
    this.lane = lane;
    this.index = index;
    this.firstSequence = (long) index << MessageBytes.NUMBER_BITS;
  }

  /** Begins to connect; ends in {@link LoopFlows#ready} or {@link LoopFlows#unable}. */
  abstract void open();

  /**
   * Begins a message.
   *
   * @return whether there was room for it now; if not, {@link #resume} is called once there is
   */
  abstract boolean offer(long intendedNanos, long nowNanos);

  /** Sends what {@link #offer} left to be sent together. */
  abstract void flush(long nowNanos);

  /** Messages that were offered and have no number yet, as the kernel did not take them. */
  int waiting() {
    return 0;
  }

  /** Counts those as unsent and forgets them. */
  void discardWaiting() {}

  /** Looks for what has waited too long. */
  abstract void tick(long nowNanos);

  /** Messages of which nothing was heard yet. */
  abstract int inFlight();

  /** Counts all that is in flight as lost. */
  abstract void giveUp();

  /** The run ends, whatever is still in flight. */
  void end() {}

  /** The number of the next message. */
  final long next() {
    return next;
  }

  final int index() {
    return index;
  }

  final long sequence(long n) {
    return firstSequence + n;
  }

  /** The message number in a sequence number of this flow, or -1 if it is of no message sent. */
  final long number(long sequence) {
    long n = sequence - firstSequence;
    return n >= 0 && n < next ? n : -1;
  }

  /** Gives a message its number and counts it as sent. */
  final long begin(long intendedNanos, long nowNanos) {
    long n = draw(intendedNanos);
    sent(n, nowNanos);
    return n;
  }

  /** Gives a message its number. */
  final long draw(long intendedNanos) {
    long n = next++;
    if (firstMeasured == NOT_YET && intendedNanos - lane.measureNanos() >= 0) {
      firstMeasured = n;
    }
    return n;
  }

  /** Counts a message as sent. */
  final void sent(long n, long nowNanos) {
    if (account == null) {
      account = lane.accounts().begin(sequence(n));
    }
    count(n, Count.SENT, 1);
    lane.ledger().outages().sent(nowNanos);
  }

  final void count(long n, Count count, long amount) {
    lane.ledger().tally(n >= firstMeasured).add(count, amount);
    if (account != null) {
      account.add(count, amount);
    }
  }

  /** The five-tuple has its source. */
  final void bound(InetSocketAddress source) {
    local = source;
  }

  /** Nothing more is counted for this five-tuple. */
  final void endAccount() {
    if (account != null) {
      lane.accounts().end(account, local);
    }
    account = null;
    local = null;
  }

  /**
   * Notes which server it was.
   *
   * @return whether the stamp is one, or was left unwritten
   */
  final boolean stamped(StampPieces stamp) {
    if (stamp.isUnwritten()) {
      return true;
    }
    Optional<Stamp> read = stamp.stamp(lane.protocol());
    read.ifPresent(found -> lane.ledger().served(found.instanceId()));
    return read.isPresent();
  }

  /** Notes what came if it is nothing like what was sent, rather than damaged. */
  final void unlike(ByteBuffer in, int at, int length, long n, long intendedNanos) {
    if (lane.ledger().hasStranger() || looks++ >= MOST_LOOKS) {
      return;
    }
    int compared = Math.min(length, COMPARED_BYTES);
    long sequence = sequence(n);
    MessageBytes messages = lane.plan().messages();
    ByteBuffer expected = ByteBuffer.allocate(compared);
    messages.write(expected, 0, sequence, messages.size(sequence), intendedNanos, 0, compared);
    int wrong = 0;
    for (int i = 0; i < compared; i++) {
      wrong += in.get(at + i) == expected.get(i) ? 0 : 1;
    }
    if (2 * wrong > compared) {
      strange(in, at, length);
    }
  }

  /** Notes what came if it is the first that is no echo. */
  final void strange(ByteBuffer in, int at, int length) {
    if (!lane.ledger().hasStranger()) {
      byte[] start = new byte[Math.min(length, STRANGER_BYTES)];
      for (int i = 0; i < start.length; i++) {
        start[i] = in.get(at + i);
      }
      lane.ledger().strange(start);
    }
  }

  /** Counts what belongs to no message, by the message that is next. */
  final void count(Count count, long amount) {
    count(next, count, amount);
  }

  final void echoed(long n, long intendedNanos, long nowNanos) {
    count(n, Count.ECHOED, 1);
    if (n >= firstMeasured) {
      lane.ledger().latency(nowNanos - intendedNanos);
    }
  }

  final boolean isMeasured(long n) {
    return n >= firstMeasured;
  }

  /** There is room for another message: sends what is due, or in a closed loop fills the window. */
  final void resume(long nowNanos) {
    if (sendTimes == null) {
      boolean any = false;
      while (lane.isSending() && offer(nowNanos, nowNanos)) {
        any = true;
      }
      if (any) {
        flush(nowNanos);
      }
    } else if (parked) {
      parked = false;
      lane.schedule(this);
    }
  }

  /** Makes this flow one of an open loop. */
  final void follow(SendTimes schedule) {
    sendTimes = schedule;
    lane.schedule(this);
  }

  final long due() {
    return sendTimes.due();
  }

  /** Whether something that was due before a time waits to be sent. */
  final boolean isBehind(long nanos) {
    return sendTimes.due() - nanos < 0 || waiting() > 0;
  }

  /**
   * Sends what is due together; parks itself if there is no room.
   *
   * @param endNanos nothing is sent that is due then or later
   * @return how many messages that were, or 1
   */
  final int sendDue(long nowNanos, long endNanos, int most) {
    long until = Math.min(nowNanos, endNanos - 1);
    int offered = 0;
    while (offered < most && sendTimes.due() - until <= 0 && !parked) {
      parked = !offer(sendTimes.due(), nowNanos);
      if (!parked) {
        sendTimes.advance();
        offered++;
      }
    }
    flush(nowNanos);
    if (!parked) {
      lane.schedule(this);
    }
    return Math.max(1, offered);
  }

  /** Counts what was due before the end and was not sent. */
  final void countUnsent(long endNanos) {
    discardWaiting();
    while (sendTimes != null && sendTimes.due() - endNanos < 0) {
      unsent(sendTimes.due());
      sendTimes.advance();
    }
  }

  final void unsent(long intendedNanos) {
    boolean measured = intendedNanos - lane.measureNanos() >= 0;
    lane.ledger().tally(measured).add(Count.UNSENT, 1);
  }

  final LoadSocket wire() {
    return wire;
  }

  final boolean hasWire() {
    return wire != null;
  }

  /** What the socket is bound to; null if there is none now. */
  final InetSocketAddress source() {
    return local;
  }

  /**
   * Begins to connect a new socket.
   *
   * @param source what to bind to; null for what the plan says
   */
  final void openWire(InetSocketAddress source) throws IOException {
    wire = lane.open(this, source);
    lane.ledger().socketOpened();
  }

  /** Closes the socket if there is one. */
  final void closeWire(Closing closing) {
    if (wire != null) {
      lane.ledger().retransmitted(wire.retransmissions());
      wire.close(closing);
      wire = null;
      lane.ledger().socketClosed();
    }
  }

  /** What a connect or an exchange ends with that took too long. */
  static IOException timedOut() {
    return new SocketTimeoutException("Connect timed out");
  }
}
