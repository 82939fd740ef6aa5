package io.dualport.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** The packet sockets of this network namespace (packet(7)), by which captures are made. */
public final class PacketSockets {
  private static final Path TABLE = Path.of("/proc/net/packet");
  private static final int PROTOCOL_COLUMN = 3;

  /** ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 (include/uapi/linux/if_ether.h), as the table writes them. */
  private static final Set<String> SEE_DATAGRAMS = Set.of("0003", "0800", "86dd");

  private PacketSockets() {}

  /**
   * Whether somebody has one open that sees IP packets.
   *
   * @return false where the kernel shows no such table
   */
  public static boolean seeDatagrams() {
    return seeDatagrams(TABLE);
  }

  static boolean seeDatagrams(Path table) {
    try {
      return Files.readAllLines(table).stream()
          .map(line -> line.trim().split(" +"))
          .anyMatch(
              row -> row.length > PROTOCOL_COLUMN && SEE_DATAGRAMS.contains(row[PROTOCOL_COLUMN]));
    } catch (IOException e) {
      return false;
    }
  }
}
