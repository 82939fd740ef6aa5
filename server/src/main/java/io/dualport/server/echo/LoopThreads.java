package io.dualport.server.echo;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the event loops. One that ends before it is told to leaves sockets that are bound,
 * and that nobody reads: it is better to let go of the port, and be started anew.
 */
final class LoopThreads extends DefaultThreadFactory {
  private static final Logger LOG = LoggerFactory.getLogger(LoopThreads.class);
  private static final long END_SECONDS = 5;

  private final Consumer<String> died;
  private volatile boolean ending;

  /**
   * @param died takes the name of a loop that has ended by itself, on its thread
   */
  LoopThreads(Consumer<String> died) {
    super("echo");
    this.died = died;
  }

  /** Ends the loops, and waits for them, though not for ever. */
  void end(EventLoopGroup loops) {
    ending = true;
    loops.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS);
    if (!loops.terminationFuture().awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("an event loop has not ended after {} s; it is left behind", END_SECONDS);
    }
  }

  @Override
  protected Thread newThread(Runnable loop, String name) {
    return super.newThread(
        () -> {
          try {
            loop.run();
          } finally {
            if (!ending) {
              died.accept(name);
            }
          }
        },
        name);
  }

  /**
   * Ends the process at once, with exit code 1. As a loop dies when Java finds its classes no more,
   * this asks for none that were not needed before.
   */
  static void haltProcess(String loop) {
    System.err.println(
        "dual-server: event loop "
            + loop
            + " has ended by itself, see above; nobody reads its"
            + " sockets any more, so the process ends");
    Runtime.getRuntime().halt(1);
  }
}
