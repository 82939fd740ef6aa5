package io.dualport.lab.process;

import io.dualport.lab.socket.LinuxCalls;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What an experiment needs of this machine, and skips where it has not. */
public final class Needs {
  private Needs() {}

  /**
   * Goes on only where an address is this machine's own, such as 127.0.0.2: Linux has all of
   * 127.0.0.0/8 on its loopback interface, other systems only 127.0.0.1.
   *
   * @throws SkippedException if no socket can be bound to it
   */
  public static void address(String address) throws SkippedException {
    try (DatagramSocket trial = new DatagramSocket(null)) {
      trial.bind(new InetSocketAddress(address, 0));
    } catch (SocketException e) {
      throw new SkippedException(
          Bilingual.of(
              "%s is not an address of this machine; give it to the loopback interface (%s)",
              address, e.getMessage()));
    }
  }

  /**
   * Goes on only where this machine reaches itself: a network namespace begins with its loopback
   * interface down.
   *
   * @throws SkippedException if nothing can be sent to 127.0.0.1
   */
  public static void loopback() throws SkippedException {
    try (DatagramSocket trial = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      trial.send(new DatagramPacket(new byte[1], 1, trial.getLocalSocketAddress()));
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of("127.0.0.1 cannot be reached (%s): ip link set lo up", e.getMessage()));
    }
  }

  /** Whether this process may do what only root may; false where there is no such thing. */
  public static boolean isRoot() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    } catch (IOException | UnsupportedOperationException notLinux) {
      return false;
    }
  }

  /** Whether the calls are the system's own. */
  public static boolean isNative() {
    return LinuxCalls.available();
  }

  /**
   * For what needs bind, listen and connect as calls of their own.
   *
   * @throws SkippedException where the calls are Java's, which makes two of them in one step
   */
  public static void nativeCalls() throws SkippedException {
    if (!isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java binds and listens, or binds and connects, in one step; this needs the single"
                  + " calls: Linux and its native library"));
    }
  }
}
