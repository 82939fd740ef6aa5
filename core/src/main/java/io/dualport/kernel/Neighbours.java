package io.dualport.kernel;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's ARP table (proc(5), {@code /proc/net/arp}); it shows IPv4 alone. */
public final class Neighbours {
  private static final Path ARP = Path.of("/proc/net/arp");
  private static final int FLAGS = 2;

  /** ATF_COM of include/uapi/linux/if_arp.h: the hardware address is known. */
  private static final int COMPLETE = 0x02;

  private Neighbours() {}

  /**
   * Whether the kernel has asked on the local network who has an address, and nobody answered.
   *
   * @return false as well for what is not on the local network, or was not asked for
   */
  public static boolean isUnanswered(InetAddress address) {
    return isUnanswered(ARP, address);
  }

  static boolean isUnanswered(Path arp, InetAddress address) {
    try {
      for (String line : Files.readAllLines(arp, StandardCharsets.ISO_8859_1)) {
        String[] words = line.split("\\s+");
        if (words.length > FLAGS && words[0].equals(address.getHostAddress())) {
          return (Integer.decode(words[FLAGS]) & COMPLETE) == 0;
        }
      }
    } catch (IOException | NumberFormatException notReadable) {
      // Another system, or a line that is none.
    }
    return false;
  }
}
