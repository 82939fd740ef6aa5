package io.dualport.client.load.engine;

import io.dualport.client.load.count.ListedFlows;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.plan.Endpoints;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.OpenException;
import io.dualport.client.load.plan.Timetable;
import io.dualport.client.load.socket.ChannelLoadSockets;
import io.dualport.client.load.socket.EpollLoadSockets;
import io.dualport.client.load.socket.LoadSockets;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import io.netty.channel.ManualIoEventLoop;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One thread with its share of the connections: opens them, sends by the timetable, waits for what
 * is in flight. The loop is turned by hand, so that between two looks at the sockets it can send
 * what is due, without a timer for each message.
 */
public final class Generator implements Runnable {
  private static final int OPENING_AT_ONCE = 64;
  private static final int SENDS_A_ROUND = 256;

  /** What is due so soon is waited for awake: sleeping and waking takes as long. */
  private static final long AWAKE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  private static final long MIN_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long MAX_TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int TICKS_A_TIMEOUT = 20;

  /** Twice the longest that the loop ever waits: then this machine had no time for it. */
  private static final long STANDSTILL_NANOS = 2 * MAX_TICK_NANOS;

  /** How long sockets stay open after the last echo, to hear duplicates. */
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int SHUTDOWN_ROUNDS = 1000;

  private final LoadPlan plan;
  private final int index;
  private final AtomicReference<Timetable> timetable;
  private final Map<Protocol, LoopCounts> ledgers = new EnumMap<>(Protocol.class);
  private final Map<Protocol, ListedFlows> accounts = new EnumMap<>(Protocol.class);
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final List<LoopFlows> lanes = new ArrayList<>();
  private final long tickNanos;

  private volatile boolean cancelled;
  private volatile long backlogNanos;
  private ManualIoEventLoop loop;
  private Throwable bug;
  private long nextTick;
  private long lastLook = System.nanoTime();

  /**
   * @param index of this thread, from 0; of N threads each takes every Nth connection
   * @param timetable null until all connections stand
   */
  public Generator(LoadPlan plan, int index, AtomicReference<Timetable> timetable) {
    this.plan = plan;
    this.index = index;
    this.timetable = timetable;
    this.tickNanos = tickNanos(plan.timeoutNanos());
    for (Protocol protocol : plan.settings().protocol().protocols()) {
      ledgers.put(protocol, new LoopCounts());
      accounts.put(protocol, new ListedFlows(plan.listedFlows(index)));
    }
  }

  /** From one look for timeouts to the next: so late a loss can be noticed. */
  public static long tickNanos(long timeoutNanos) {
    return Math.max(MIN_TICK_NANOS, Math.min(timeoutNanos / TICKS_A_TIMEOUT, MAX_TICK_NANOS));
  }

  public LoopCounts ledger(Protocol protocol) {
    return ledgers.get(protocol);
  }

  /** Of each five-tuple; once the thread has ended. */
  public ListedFlows accounts(Protocol protocol) {
    return accounts.get(protocol);
  }

  /** How long after the end something that was due before it was still being sent. */
  public long backlogNanos() {
    return backlogNanos;
  }

  /** Done when every connection stands; fails with an {@link OpenException}. */
  public CompletableFuture<Void> opened() {
    return opened;
  }

  /** Done when the thread ends; fails with what should never happen. */
  public CompletableFuture<Void> done() {
    return done;
  }

  /** Ends the thread although there is no timetable. */
  public void cancel() {
    cancelled = true;
  }

  @Override
  public void run() {
    try {
      try {
        loop =
            new ManualIoEventLoop(
                Thread.currentThread(), plan.settings().transport().ioHandlerFactory());
        openAll();
        if (awaitTimetable()) {
          send();
          drain();
        }
      } finally {
        close();
      }
      done.complete(null);
    } catch (Throwable e) {
      opened.completeExceptionally(e);
      done.completeExceptionally(e);
    }
  }

  /** Says that it failed while its sockets are still there to be counted. */
  private void openAll() throws OpenException {
    try {
      open();
      opened.complete(null);
    } catch (OpenException e) {
      opened.completeExceptionally(e);
      throw e;
    }
  }

  private void open() throws OpenException {
    for (Protocol protocol : plan.settings().protocol().protocols()) {
      LoopFlows lane = lane(protocol);
      lanes.add(lane);
      for (int i = index; i < plan.settings().connections(); i += plan.threads()) {
        lane.add(plan.firstFlow(protocol) + i);
      }
      int begun = 0;
      while (lane.readyFlows() < lane.flows().size() && !cancelled) {
        while (begun < lane.flows().size() && begun - lane.readyFlows() < OPENING_AT_ONCE) {
          lane.flows().get(begun++).open();
          if (lane.failure() != null) {
            break;
          }
        }
        turn(tickNanos);
        if (lane.failure() != null) {
          throw new OpenException(protocol, lane.failure());
        }
      }
    }
  }

  /** Connections come first, so that their source ports are known to the datagram sockets. */
  private LoopFlows lane(Protocol protocol) {
    return new LoopFlows(
        plan,
        protocol,
        wires(protocol),
        ledgers.get(protocol),
        accounts.get(protocol),
        plan.hasPairs() && !lanes.isEmpty() ? lanes.get(0) : null);
  }

  private LoadSockets wires(Protocol protocol) {
    Transport transport = plan.settings().transport();
    Endpoints endpoints = plan.endpoints(protocol);
    boolean alone = endpoints.isTcp() || plan.settings().window() == 1;
    return transport == Transport.EPOLL && alone
        ? new EpollLoadSockets(loop, endpoints, this::bug)
        : new ChannelLoadSockets(loop, transport, endpoints, plan.segmentation(), this::bug);
  }

  private void bug(Throwable thrown) {
    bug = bug == null ? thrown : bug;
  }

  /** One look at the sockets, waiting so long for the first event; then the tick if it is time. */
  private void turn(long waitNanos) {
    if (waitNanos <= AWAKE_NANOS) {
      loop.runNow();
    } else {
      loop.run(waitNanos);
    }
    for (LoopFlows lane : lanes) {
      lane.answerAll();
    }
    if (bug != null) {
      throw new IllegalStateException("a bug of dual-client: " + bug, bug);
    }
    long now = System.nanoTime();
    if (now - lastLook > STANDSTILL_NANOS) {
      for (LoopFlows lane : lanes) {
        lane.ledger().outages().stoodStill(lastLook);
      }
    }
    lastLook = now;
    if (now - nextTick >= 0) {
      nextTick = now + tickNanos;
      for (LoopFlows lane : lanes) {
        lane.tick(now);
      }
    }
  }

  private boolean awaitTimetable() {
    while (timetable.get() == null && !cancelled) {
      turn(tickNanos);
    }
    return timetable.get() != null;
  }

  private void send() {
    while (System.nanoTime() - timetable.get().beginNanos() < 0) {
      turn(timetable.get().beginNanos() - System.nanoTime());
    }
    for (LoopFlows lane : lanes) {
      lane.begin(timetable.get(), System.nanoTime());
    }
    while (true) {
      long now = System.nanoTime();
      long end = timetable.get().endNanos();
      if (now - end >= 0) {
        break;
      }
      long until = Math.min(end, nextTick);
      for (LoopFlows lane : lanes) {
        lane.sendDue(now, end, SENDS_A_ROUND);
        until = Math.min(until, lane.nextDue());
      }
      turn(until - now);
    }
    lanes.forEach(LoopFlows::end);
  }

  private void drain() {
    long lingerNanos = Math.min(LINGER_NANOS, plan.timeoutNanos());
    long idleSince = System.nanoTime();
    boolean sending = true;
    while (true) {
      Timetable times = timetable.get();
      long now = System.nanoTime();
      if (lanes.stream().anyMatch(lane -> lane.hasBacklog(times.endNanos()))) {
        backlogNanos = Math.max(0, now - times.endNanos());
      }
      if (sending && now - times.lastSendNanos() >= 0) {
        sending = false;
        lanes.forEach(lane -> lane.stop(times.endNanos()));
      }
      if (!lanes.stream().allMatch(lane -> lane.isIdle(times.endNanos()))) {
        idleSince = now;
      }
      if (now - idleSince >= lingerNanos || now - times.drainedNanos() >= 0) {
        break;
      }
      long wait = MIN_TICK_NANOS;
      for (LoopFlows lane : lanes) {
        lane.sendDue(now, times.endNanos(), SENDS_A_ROUND);
        wait = lane.nextDue() - times.endNanos() < 0 ? 0 : wait;
      }
      turn(wait);
    }
    Timetable times = timetable.get();
    lanes.forEach(lane -> lane.stop(times.endNanos()));
    if (times.drainedNanos() - times.endNanos() >= plan.timeoutNanos()) {
      lanes.forEach(LoopFlows::giveUp);
    }
  }

  private void close() {
    if (loop == null) {
      return;
    }
    lanes.forEach(LoopFlows::close);
    loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
    for (int i = 0; i < SHUTDOWN_ROUNDS && !loop.isTerminated(); i++) {
      loop.runNow();
    }
  }
}
