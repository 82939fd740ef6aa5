package io.dualport.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Loads what opens sockets on a thread of its own, while the program reads its command line and its
 * settings: classes and a native library that are a third of a start, and that nobody needs before.
 */
public final class HeadStart {
  /** Netty's own property; looked at when its first buffer is made. */
  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  private final Thread thread;

  private HeadStart(Runnable first) {
    thread =
        new Thread(
            () -> {
              first.run();
              load();
            },
            "ahead");
  }

  /** Returns at once. */
  public static HeadStart begin() {
    return begin(() -> {});
  }

  /**
   * Returns at once.
   *
   * @param first comes before all of it, on that thread
   */
  public static HeadStart begin(Runnable first) {
    // It takes a stack trace of some buffers; the tests look at every one.
    System.getProperties().putIfAbsent(LEAK_DETECTION, "disabled");
    // By one thread alone: SLF4J has words for loggers that are asked for meanwhile.
    LoggerFactory.getILoggerFactory();
    HeadStart ahead = new HeadStart(first);
    ahead.thread.setDaemon(true);
    ahead.thread.start();
    return ahead;
  }

  private static void load() {
    try {
      if (Transport.automatic() == Transport.EPOLL) {
        // A class literal loads, and does not initialize: no two threads can wait for each other.
        List.of(
            MultiThreadIoEventLoopGroup.class,
            EpollIoHandler.class,
            EpollDatagramChannel.class,
            EpollSocketChannel.class,
            DefaultChannelPipeline.class,
            AdaptiveByteBufAllocator.class,
            Bootstrap.class);
      }
    } catch (RuntimeException | LinkageError e) {
      return; // the start itself comes upon it, and says so
    }
  }

  /** Waits for its end, as an exit in the middle would leave the unpacked library behind. */
  public void await() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
