package io.dualport.transport;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * The memory outside its heap that this JVM may use. When it is full the JDK collects garbage and
 * sleeps, for half a second in all, before it says so ({@code java.nio.Bits.reserveMemory}): on an
 * event loop that would stop everybody. Netty can be told to say so at once.
 */
public final class DirectMemory {
  /** Netty's own property; looked at when its first class is used. */
  private static final String NETTY_MAX = "io.netty.maxDirectMemory";

  /** Of the whole, one part is left to the JDK's own buffers. */
  private static final int PARTS = 16;

  private static final long MAX = read();

  private DirectMemory() {}

  /** In bytes: {@code -XX:MaxDirectMemorySize}, else as much as the heap at most (java(1)). */
  public static long max() {
    return MAX;
  }

  /** Has Netty stop before the JDK has to wait. Before anything of Netty is used. */
  public static void limitNetty() {
    System.getProperties().putIfAbsent(NETTY_MAX, String.valueOf(MAX / PARTS * (PARTS - 1)));
  }

  private static long read() {
    HotSpotDiagnosticMXBean options =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long asked =
        options == null ? 0 : Long.parseLong(options.getVMOption("MaxDirectMemorySize").getValue());
    return asked > 0 ? asked : Runtime.getRuntime().maxMemory();
  }
}
