package io.dualport.client.send;

import io.dualport.client.message.Acknowledged;
import io.dualport.client.message.MessageSeries;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.probe.Stamp;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the messages of one protocol and settles every one of them: at their interval, never more
 * unanswered than the window, each given up after the timeout. How bytes travel is the subclass's
 * part. Everything after construction happens on the channel's event loop.
 */
abstract sealed class Exchange extends ChannelInboundHandlerAdapter
    permits TcpExchange, UdpExchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  final Diagnosis diagnosis;
  final SendPlan plan;
  final Flight flight;

  private final Consumer<Supplier<String>> told;
  private final CompletableFuture<ProtocolResult> result = new CompletableFuture<>();
  private final CompletableFuture<FiveTuple> opened = new CompletableFuture<>();
  private Channel channel;
  private FiveTuple ours;
  private MessageSeries messages;
  private Stamps stamps = Stamps.NONE;
  private String firstDamage = "";
  private long startNanos;
  private boolean heard;
  private boolean settled;
  private boolean finished;
  private boolean ticking;
  private boolean interrupted;
  private ScheduledFuture<?> wake;
  private long wakeNanos;

  /**
   * @param count how many messages this protocol can carry of the plan
   * @param told what happens, a line each
   */
  Exchange(Diagnosis diagnosis, int count, Consumer<Supplier<String>> told) {
    this.diagnosis = diagnosis;
    this.plan = diagnosis.plan();
    this.told = told;
    this.flight =
        new Flight(count, line -> told.accept(() -> diagnosis.protocol() + " " + line.get()));
  }

  /** The exchange for a protocol, on no socket yet. */
  static Exchange of(Diagnosis diagnosis, Consumer<Supplier<String>> told) {
    return switch (diagnosis.protocol()) {
      case TCP -> new TcpExchange(diagnosis, told);
      case UDP -> new UdpExchange(diagnosis, told);
    };
  }

  /** Completed, never with an exception, once the socket is closed. */
  final CompletableFuture<ProtocolResult> result() {
    return result;
  }

  /**
   * Sends no more, and waits a little for what is in flight. On the event loop, once the exchange
   * has its socket.
   */
  final void interrupt(long patienceNanos) {
    if (finished) {
      return;
    }
    interrupted = true;
    flight.stop();
    if (messages == null) {
      finish(diagnosis.interrupted(flight, firstDamage, heard, false));
    } else {
      later(
          patienceNanos,
          () -> {
            flight.interrupt();
            finish(diagnosis.interrupted(flight, firstDamage, heard, true));
          });
      tick();
    }
  }

  /** Completed with the five-tuple once the socket is connected; with null if it will not be. */
  final CompletableFuture<FiveTuple> opened() {
    return opened;
  }

  /** Names the socket and its five-tuple; before it connects, that can be null. */
  final void adopt(Channel bound, FiveTuple fiveTuple) {
    channel = bound;
    ours = fiveTuple;
  }

  /** The socket is connected: the first message goes out now. */
  final void begin() {
    Instant epoch = Instant.now();
    messages =
        plan.messages(
            diagnosis.protocol(),
            TimeUnit.SECONDS.toNanos(epoch.getEpochSecond()) + epoch.getNano());
    startNanos = System.nanoTime();
    opened.complete(ours);
    tick();
  }

  /** The socket could not be connected. */
  final void notConnected(Throwable cause) {
    finish(diagnosis.notConnected(cause, ours));
  }

  /** Hands message {@link Flight#next} to the kernel and launches it. */
  abstract void transmit();

  /** Every message is settled; the subclass finishes in its own time. */
  abstract void onSettled();

  /** Something came back, whatever it is. */
  final void heard() {
    heard = true;
  }

  final void stamped(Stamp stamp) {
    stamps = stamps.with(stamp);
  }

  /** Keeps the first of these sentences as the evidence. */
  final void damaged(String what) {
    told.accept(() -> diagnosis.protocol() + ": " + what);
    if (firstDamage.isEmpty()) {
      firstDamage = what;
    }
  }

  final String firstDamage() {
    return firstDamage;
  }

  final Channel channel() {
    return channel;
  }

  final MessageSeries messages() {
    return messages;
  }

  final boolean isSettled() {
    return settled;
  }

  /** Connected and not yet finished; what comes before or after is not ours. */
  final boolean isRunning() {
    return messages != null && !finished;
  }

  /** Closes the socket and completes the result; only the first call counts. */
  final void finish(Finding verdict) {
    if (finished) {
      return;
    }
    finished = true;
    opened.complete(null);
    if (wake != null) {
      wake.cancel(false);
    }
    if (interrupted) {
      flight.interrupt();
    } else {
      flight.abandon();
    }
    if (!verdict.isOpen()) {
      told.accept(() -> diagnosis.protocol() + ": " + verdict.verdict().label());
    }
    ProtocolResult done =
        new ProtocolResult(
            diagnosis.protocol(), verdict, flight.counts(), flight.roundTrips(), ours, stamps);
    channel.close().addListener(closed -> result.complete(done));
  }

  /** Runs a step later, unless the exchange has finished by then. */
  final void later(long delayNanos, Runnable step) {
    channel
        .eventLoop()
        .schedule(
            () -> {
              if (!finished) {
                step.run();
              }
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  /**
   * Counts what is overdue as lost, sends what is due, and sees to it that it is called again when
   * the next of either is due.
   */
  final void tick() {
    if (ticking || settled || finished) {
      return;
    }
    ticking = true;
    try {
      if (flight.expire(System.nanoTime() - plan.timeoutNanos()) && !heard) {
        finish(diagnosis.silent(flight, Acknowledged.now(channel)));
      } else {
        sendDue();
        waitForNext();
      }
    } catch (RuntimeException e) {
      failed(e); // a timer or a listener would swallow it, and nobody would ever finish
    } finally {
      ticking = false;
    }
  }

  private void sendDue() {
    while (maySend() && nextDueNanos() - System.nanoTime() <= 0) {
      transmit();
    }
  }

  private boolean maySend() {
    return !finished && flight.hasNext() && flight.hasRoom() && channel.isWritable();
  }

  private long nextDueNanos() {
    return startNanos + flight.next() * plan.intervalNanos();
  }

  private void waitForNext() {
    if (finished) {
      return;
    }
    if (flight.isSettled()) {
      settled = true;
      onSettled();
    } else if (flight.isEmpty() && !channel.isWritable()) {
      finish(diagnosis.stalled(flight));
    } else {
      long lossNanos = flight.oldestSentNanos(System.nanoTime()) + plan.timeoutNanos();
      boolean sendFirst = maySend() && (flight.isEmpty() || nextDueNanos() - lossNanos < 0);
      wakeAt(sendFirst ? nextDueNanos() : lossNanos);
    }
  }

  /** One timer is enough; one that rings too early does no harm. */
  private void wakeAt(long nanos) {
    if (wake != null && wakeNanos - nanos <= 0) {
      return;
    }
    if (wake != null) {
      wake.cancel(false);
    }
    wakeNanos = nanos;
    wake =
        channel
            .eventLoop()
            .schedule(this::wakeUp, Math.max(0, nanos - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private void wakeUp() {
    wake = null;
    tick();
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext context) {
    if (messages != null) {
      tick();
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
  }

  /** A read, a write or a handler failed. */
  final void failed(Throwable cause) {
    if (finished) {
      return;
    }
    if (!(cause instanceof IOException)) {
      LOG.warn("{} exchange failed", diagnosis.protocol(), cause);
    }
    onFailure(cause);
  }

  /** The connection reported an error while the exchange was going on. */
  abstract void onFailure(Throwable cause);
}
