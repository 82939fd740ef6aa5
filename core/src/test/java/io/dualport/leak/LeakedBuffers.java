package io.dualport.leak;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class in which a buffer became garbage that nobody had released, with Netty's record
 * of who touched it. JUnit finds it among the services, in every module: the build hands a jar of
 * it to all of them.
 *
 * <p>What is still held somewhere is no leak yet: it is found after the class that lets it go.
 */
public final class LeakedBuffers implements AfterAllCallback {
  /** The collector was asked to: it takes milliseconds. */
  private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(10);

  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  static {
    // Before the first buffer: their classes ask once.
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Recording());
  }

  @Override
  public void afterAll(ExtensionContext testClass) throws InterruptedException {
    // The references of one collection have all been handed over when the next one's are.
    collect();
    collect();
    // The detectors look for leaks when they are given something to watch.
    ByteBufAllocator.DEFAULT.directBuffer(1).release();
    List<String> found = new ArrayList<>();
    for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
      found.add(leak);
    }
    if (!found.isEmpty()) {
      throw new AssertionError(
          "%s, or a class before it, released none of:%n%s"
              .formatted(testClass.getDisplayName(), String.join("\n", found)));
    }
  }

  private static void collect() throws InterruptedException {
    ReferenceQueue<Object> collected = new ReferenceQueue<>();
    PhantomReference<Object> sentinel = new PhantomReference<>(new Object(), collected);
    System.gc();
    if (collected.remove(PATIENCE_MILLIS) != sentinel) {
      throw new AssertionError("this Java's System.gc() collects nothing");
    }
  }

  private static final class Recording extends ResourceLeakDetectorFactory {
    @Override
    @SuppressWarnings("deprecation") // the interval means nothing at the level paranoid
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return new ResourceLeakDetector<>(resource, samplingInterval) {
        @Override
        protected void reportTracedLeak(String resourceType, String records) {
          LEAKS.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
          LEAKS.add(resourceType);
        }
      };
    }
  }
}
