package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class LoopThreadsTest {
  private final List<String> died = new CopyOnWriteArrayList<>();
  private final LoopThreads threads = new LoopThreads(died::add);

  @Test
  void shouldTellOfALoopThatEndsByItself() throws Exception {
    run(() -> {});

    assertThat(died).singleElement().asString().startsWith("echo-");
  }

  @Test
  void shouldTellOfALoopThatAnErrorEnds() throws Exception {
    run(
        () -> {
          throw new NoClassDefFoundError();
        });

    assertThat(died).hasSize(1);
  }

  @Test
  void shouldSayNothingOnceTheyAreMeantToEnd() {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
    loops.submit(() -> {}).syncUninterruptibly();
    threads.end(loops);

    assertThat(loops.isTerminated()).isTrue();
    assertThat(died).isEmpty();
  }

  private void run(Runnable loop) throws InterruptedException {
    Thread thread = threads.newThread(loop);
    thread.setUncaughtExceptionHandler((of, fault) -> {}); // the console is not for it
    thread.start();
    thread.join();
  }
}
