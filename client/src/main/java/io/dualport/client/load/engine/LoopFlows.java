package io.dualport.client.load.engine;

import io.dualport.client.load.count.ListedFlows;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.load.plan.Timetable;
import io.dualport.client.load.socket.LoadSocket;
import io.dualport.client.load.socket.LoadSockets;
import io.dualport.flow.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The flows of one protocol on one loop, and what they share. */
final class LoopFlows {
  private final LoadPlan plan;
  private final Protocol protocol;
  private final LoadSockets wires;
  private final LoopCounts ledger;
  private final ListedFlows accounts;
  private final LoopFlows twins;
  private final List<LoadFlow> flows = new ArrayList<>();
  private final List<LoadFlow> answering = new ArrayList<>();
  private final PriorityQueue<LoadFlow> schedule =
      new PriorityQueue<>(Comparator.comparingLong(LoadFlow::due));
  private Timetable timetable;
  private boolean sending;
  private int ready;
  private Throwable failure;

  /**
   * @param twins the lane of the other protocol whose source ports this one's sockets take; null
   *     for ports of their own
   */
  LoopFlows(
      LoadPlan plan,
      Protocol protocol,
      LoadSockets wires,
      LoopCounts ledger,
      ListedFlows accounts,
      LoopFlows twins) {
    this.plan = plan;
    this.protocol = protocol;
    this.wires = wires;
    this.ledger = ledger;
    this.accounts = accounts;
    this.twins = twins;
  }

  /** Makes a flow; its index counts those of both protocols. */
  void add(int index) {
    if (protocol == Protocol.UDP) {
      flows.add(new UdpFlow(this, index, twins == null ? null : twins.flows.get(flows.size())));
    } else if (plan.settings().connectPerMessage()) {
      flows.add(new OneShotFlow(this, index));
    } else {
      flows.add(new TcpFlow(this, index));
    }
  }

  LoadPlan plan() {
    return plan;
  }

  Protocol protocol() {
    return protocol;
  }

  LoadSockets wires() {
    return wires;
  }

  LoopCounts ledger() {
    return ledger;
  }

  ListedFlows accounts() {
    return accounts;
  }

  List<LoadFlow> flows() {
    return flows;
  }

  /**
   * Begins to connect a socket for a flow.
   *
   * @param source what to bind to; null for what the plan says
   */
  LoadSocket open(LoadFlow flow, InetSocketAddress source) throws IOException {
    return wires.open(source == null ? plan.source(protocol, flow.index()) : source, flow);
  }

  /** A flow can send. */
  void ready() {
    ready++;
  }

  int readyFlows() {
    return ready;
  }

  /** A flow could not be opened; the run cannot begin. */
  void unable(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  Throwable failure() {
    return failure;
  }

  /** From here on messages are sent. */
  void begin(Timetable times, long nowNanos) {
    timetable = times;
    sending = true;
    LoadSettings settings = plan.settings();
    for (LoadFlow flow : flows) {
      if (settings.isOpenLoop()) {
        flow.follow(
            new SendTimes(
                settings.arrivals(),
                plan.arrivalsSeed() + ((long) protocol.number() << Integer.SIZE),
                times.beginNanos(),
                flow.index() % settings.connections(),
                settings.connections(),
                settings.rate()));
      } else {
        flow.resume(nowNanos);
      }
    }
  }

  /** What is due from here on counts. */
  long measureNanos() {
    return timetable.measureNanos();
  }

  boolean isSending() {
    return sending;
  }

  /**
   * Something came back on a flow. It goes on once every socket has been read that is ready: what
   * has arrived does not wait while others send, and of one socket all leaves together.
   */
  void answer(LoadFlow flow) {
    if (answering.isEmpty() || answering.get(answering.size() - 1) != flow) {
      answering.add(flow);
    }
  }

  /** The sockets have been read. */
  void answerAll() {
    for (LoadFlow flow : answering) {
      flow.resume(System.nanoTime());
    }
    answering.clear();
  }

  void schedule(LoadFlow flow) {
    schedule.add(flow);
  }

  /** When the next message is due; far away if none is. */
  long nextDue() {
    LoadFlow first = schedule.peek();
    return first == null ? Long.MAX_VALUE : first.due();
  }

  /**
   * Sends what is due.
   *
   * @param most so many at once, lest what comes back has to wait
   */
  void sendDue(long nowNanos, long endNanos, int most) {
    int sent = 0;
    while (sent < most) {
      LoadFlow first = schedule.peek();
      if (first == null || first.due() - nowNanos > 0 || first.due() - endNanos >= 0) {
        return;
      }
      sent += schedule.poll().sendDue(nowNanos, endNanos, most - sent);
    }
  }

  void tick(long nowNanos) {
    for (LoadFlow flow : flows) {
      flow.tick(nowNanos);
    }
  }

  /** Nothing more is due: a closed loop sends no more, an open loop what has waited. */
  void end() {
    sending = plan.settings().isOpenLoop();
  }

  /** Nothing more is sent; what was due and did not go is counted. */
  void stop(long endNanos) {
    sending = false;
    schedule.clear();
    for (LoadFlow flow : flows) {
      flow.countUnsent(endNanos);
    }
  }

  /** Whether something that was due before the end still waits to be sent. */
  boolean hasBacklog(long endNanos) {
    if (sending) {
      for (LoadFlow flow : flows) {
        if (flow.isBehind(endNanos)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether nothing is in flight, and nothing waits that was due before the end. */
  boolean isIdle(long endNanos) {
    for (LoadFlow flow : flows) {
      if (flow.inFlight() > 0 || sending && flow.isBehind(endNanos)) {
        return false;
      }
    }
    return true;
  }

  void giveUp() {
    flows.forEach(LoadFlow::giveUp);
  }

  /** Closes every socket; in a run that did not begin without leaving its ports in TIME_WAIT. */
  void close() {
    flows.forEach(LoadFlow::end);
    ledger.unanswered(flows.stream().mapToLong(LoadFlow::inFlight).sum());
    flows.forEach(LoadFlow::endAccount);
    flows.forEach(flow -> flow.closeWire(timetable == null ? Closing.RST : Closing.FIN));
  }
}
