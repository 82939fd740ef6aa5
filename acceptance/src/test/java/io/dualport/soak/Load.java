package io.dualport.soak;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Peers of the server, each on a thread of its own, one connection or socket after the other. */
final class Load implements AutoCloseable {
  private static final int STREAM_PEERS = 40;
  private static final int DATAGRAM_PEERS = 8;

  /** The most between two of one peer. */
  private static final int REST_MILLIS = 100;

  /** Longer than anything that a peer waits for. */
  private static final long PAUSE_SECONDS = 60;

  private final List<InetAddress> hosts;
  private final ReadWriteLock turning = new ReentrantReadWriteLock();
  private final AtomicReference<Violation> violation = new AtomicReference<>();
  private final CountDownLatch violated = new CountDownLatch(1);
  private volatile Life life;
  private volatile boolean paused = true;
  private volatile boolean ending;
  private int busy; // guarded by this

  /** What a peer does between two rests. */
  private interface Turn {
    void take(Random random) throws IOException, Violation, InterruptedException;
  }

  /**
   * Pauses at first.
   *
   * @param hosts the server's addresses
   */
  Load(long seed, List<InetAddress> hosts, Life life) {
    this.hosts = hosts;
    this.life = life;
    for (int i = 0; i < STREAM_PEERS; i++) {
      start("stream-" + i, new Random(seed + i), random -> new Conversation(this, random).hold());
    }
    for (int i = 0; i < DATAGRAM_PEERS; i++) {
      start("datagram-" + i, new Random(seed - 1 - i), random -> new Exchange(this, random).hold());
    }
  }

  private void start(String name, Random random, Turn turn) {
    Thread thread = new Thread(() -> work(random, turn), name);
    thread.setDaemon(true);
    thread.start();
  }

  private void work(Random random, Turn turn) {
    try {
      while (!ending) {
        enter();
        try {
          turn.take(random);
        } catch (IOException e) {
          // No server to talk to just now, or no port of ours: the books tell whether it matters.
        } finally {
          leave();
        }
        TimeUnit.MILLISECONDS.sleep(random.nextInt(REST_MILLIS));
      }
    } catch (Violation e) {
      fail(e);
    } catch (RuntimeException e) {
      fail(new Violation("a peer failed: " + e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void enter() throws InterruptedException {
    while (paused) {
      wait();
    }
    busy++;
  }

  private synchronized void leave() {
    busy--;
    notifyAll();
  }

  private void fail(Violation what) {
    if (!ending && violation.compareAndSet(null, what)) {
      violated.countDown();
    }
  }

  /** Waits, but for no longer than until a peer found something wrong. */
  void await(long millis) throws Violation, InterruptedException {
    if (violated.await(millis, TimeUnit.MILLISECONDS)) {
      throw violation.get();
    }
  }

  /** Lets every peer come to its end, and none begin again. */
  void pause() throws Violation, InterruptedException {
    synchronized (this) {
      paused = true;
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PAUSE_SECONDS);
    while (busyPeers() > 0) {
      await(10);
      if (System.nanoTime() > deadline) {
        throw new Violation(busyPeers() + " peers have not come to an end");
      }
    }
  }

  private synchronized int busyPeers() {
    return busy;
  }

  synchronized void resume() {
    paused = false;
    notifyAll();
  }

  /** Whether a peer should end by itself what would go on for long. */
  boolean isPaused() {
    return paused || ending;
  }

  /** What is sent from now on is sent to another life of the server, which has not begun. */
  void turnTo(Life next) {
    turning.writeLock().lock();
    try {
      life = next;
    } finally {
      turning.writeLock().unlock();
    }
  }

  Life life() {
    return life;
  }

  /**
   * Sends a datagram and counts it.
   *
   * @return false, and nothing was sent, if that life of the server is over, or has not begun
   */
  boolean send(Life to, DatagramSocket socket, DatagramPacket datagram) throws IOException {
    turning.readLock().lock();
    try {
      if (to != life || !to.hasStarted()) {
        return false;
      }
      socket.send(datagram);
      to.datagramsSent.increment();
      return true;
    } finally {
      turning.readLock().unlock();
    }
  }

  List<InetAddress> hosts() {
    return hosts;
  }

  /** One of the server's addresses: mostly the first, as it has many sources. */
  InetAddress host(Random random) {
    return hosts.get(random.nextInt(10) > 0 ? 0 : random.nextInt(hosts.size()));
  }

  /** Where to send from to that address: any of 127/8, so that ports do not run out. */
  static InetSocketAddress source(InetAddress host, Random random) {
    byte[] address = host.getAddress();
    if (address.length == 4) {
      for (int i = 1; i < 4; i++) {
        address[i] = (byte) (1 + random.nextInt(250));
      }
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), 0);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of the same length", e);
    }
  }

  @Override
  public void close() {
    ending = true;
    resume();
  }
}
