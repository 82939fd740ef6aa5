package io.dualport.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/** What networks wrap packets in; writes a capture anew as it would be made inside of one. */
enum Tunnel {
  /** RFC 2003 and 4213: IP protocol 4 or 41. */
  IP_IN_IPV4 {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x0800, ipv4(isIpv6(frame) ? 41 : 4, packet(frame)));
    }
  },
  /** RFC 2473: next header 4 or 41. */
  IP_IN_IPV6 {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x86dd, ipv6(isIpv6(frame) ? 41 : 4, packet(frame)));
    }
  },
  /** RFC 2784. */
  GRE {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x0800, ipv4(47, join("0000", type(frame), packet(frame))));
    }
  },
  /** RFC 7348: Calico, Cilium; the outer source port is a hash. */
  VXLAN {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x0800, ipv4(17, udp(4789, join("0800000000000100", "", frame))));
    }
  },
  /** The port that Linux had before VXLAN was given one, and flannel has still. */
  VXLAN_OF_LINUX {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x0800, ipv4(17, udp(8472, join("0800000000000100", "", frame))));
    }
  },
  /** RFC 8926: Cilium, OVN. */
  GENEVE {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x86dd, ipv6(17, udp(6081, join("0000655800000100", "", frame))));
    }
  },
  /** A switch's mirror over GRE, type II (draft-foschiano-erspan). */
  ERSPAN {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x0800, ipv4(47, join("100088be00000001", "1001000100000000", frame)));
    }
  },
  /** RFC 3032: one label, the bottom of its stack. */
  MPLS {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x8847, join("00064140", "", packet(frame)));
    }
  },
  /** IEEE 802.1ad: two tags. */
  QINQ {
    @Override
    byte[] wrap(byte[] frame) {
      return ethernet(0x88a8, join("000a8100000b", type(frame), packet(frame)));
    }
  },
  /** RFC 2516: a session. */
  PPPOE {
    @Override
    byte[] wrap(byte[] frame) {
      byte[] ip = packet(frame);
      String length = "%04x".formatted(ip.length + 2);
      String protocol = isIpv6(frame) ? "0057" : "0021";
      return ethernet(0x8864, join("11000001", length + protocol, ip));
    }
  },
  /** A tunnel through a tunnel: VXLAN over IPIP. */
  TWICE {
    @Override
    byte[] wrap(byte[] frame) {
      return IP_IN_IPV4.wrap(VXLAN.wrap(frame));
    }
  };

  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int MACS = 12;
  private static final int ETHERNET_HEADER = 14;

  abstract byte[] wrap(byte[] frame);

  /** Wraps those packets of a file that tcpdump wrote here that go to or from a port. */
  void wrap(Path from, Path to, int port) throws IOException {
    rewrite(from, to, frame -> hasPort(frame, port) ? new byte[][] {wrap(frame)} : new byte[][] {});
  }

  private static boolean hasPort(byte[] frame, int port) {
    ByteBuffer ports = ByteBuffer.wrap(frame, ETHERNET_HEADER + (isIpv6(frame) ? 40 : 20), 4);
    return ports.getShort() == (short) port | ports.getShort() == (short) port;
  }

  /** What becomes of a packet. */
  interface Rewriting {
    byte[][] of(byte[] frame);
  }

  static void rewrite(Path from, Path to, Rewriting rewriting) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(from)).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(in.array(), 0, FILE_HEADER);
    in.position(FILE_HEADER);
    while (in.remaining() > 0) {
      byte[] record = new byte[RECORD_HEADER];
      in.get(record);
      byte[] frame = new byte[ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getInt(8)];
      in.get(frame);
      for (byte[] written : rewriting.of(frame)) {
        out.write(record, 0, 8);
        out.write(little(written.length));
        out.write(little(written.length));
        out.write(written);
      }
    }
    Files.write(to, out.toByteArray());
  }

  private static byte[] little(int number) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
  }

  private static boolean isIpv6(byte[] frame) {
    return frame[MACS] == (byte) 0x86;
  }

  private static String type(byte[] frame) {
    return HexFormat.of().formatHex(frame, MACS, ETHERNET_HEADER);
  }

  private static byte[] packet(byte[] frame) {
    return Arrays.copyOfRange(frame, ETHERNET_HEADER, frame.length);
  }

  private static byte[] ethernet(int type, byte[] content) {
    return join("020000000001020000000002", "%04x".formatted(type), content);
  }

  private static byte[] ipv4(int protocol, byte[] content) {
    String length = "%04x".formatted(20 + content.length);
    return join(
        "4500" + length + "000000003f" + "%02x".formatted(protocol) + "0000",
        "c0000201c0000202",
        content);
  }

  private static byte[] ipv6(int next, byte[] content) {
    String addresses = "20010db8000000000000000000000001" + "20010db8000000000000000000000002";
    return join("60000000" + "%04x%02x3f".formatted(content.length, next), addresses, content);
  }

  private static byte[] udp(int port, byte[] content) {
    return join("c001%04x".formatted(port), "%04x0000".formatted(8 + content.length), content);
  }

  private static byte[] join(String first, String second, byte[] content) {
    byte[] head = HexFormat.of().parseHex(first + second);
    byte[] joined = Arrays.copyOf(head, head.length + content.length);
    System.arraycopy(content, 0, joined, head.length, content.length);
    return joined;
  }
}
