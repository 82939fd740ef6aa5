package io.dualport.lab.socket;

import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which socket of an SO_REUSEPORT group gets a datagram: the one whose place in the group, in the
 * order of the binds, is the source port modulo the number of sockets. For the kernel it is a
 * program of classic BPF (SO_ATTACH_REUSEPORT_CBPF, socket(7)).
 *
 * @param ipv6 whether the datagrams are IPv6's
 * @param sockets how many share
 * @param first the place of the first of them
 */
public record SourcePortRule(boolean ipv6, int sockets, int first) {
  /**
   * The program sees the payload; the headers before it are reached from here (SKF_NET_OFF in
   * include/uapi/linux/filter.h).
   */
  private static final int NETWORK_HEADER = 0xfff00000;

  private static final int IPV6_HEADER_BYTES = 40;
  private static final int FPROG_BYTES = 16;
  private static final int INSTRUCTION_BYTES = 8;

  /** One instruction, as {@code tcpdump -d} would write it, and as the kernel takes it. */
  private record Instruction(String text, int code, int operand) {}

  /** For the IPv4 datagrams of a group that so many sockets are. */
  public static SourcePortRule ipv4(int sockets) {
    return new SourcePortRule(false, sockets, 0);
  }

  private List<Instruction> program() {
    List<Instruction> program = new ArrayList<>();
    if (ipv6) {
      program.add(
          new Instruction(
              "ldh [net + " + IPV6_HEADER_BYTES + "]", 0x28, NETWORK_HEADER + IPV6_HEADER_BYTES));
    } else {
      program.add(new Instruction("ldx 4 * ([net] & 0xf)", 0xb1, NETWORK_HEADER));
      program.add(new Instruction("ldh [net + x]", 0x48, NETWORK_HEADER));
    }
    program.add(new Instruction("mod #" + sockets, 0x94, sockets));
    if (first > 0) {
      program.add(new Instruction("add #" + first, 0x04, first));
    }
    program.add(new Instruction("ret a", 0x16, 0));
    return program;
  }

  /** The program to be read, an instruction a line. */
  public String listing() {
    return program().stream().map(Instruction::text).collect(Collectors.joining("\n"));
  }

  /** A struct sock_fprog: how many instructions, and where they are; they lie behind it. */
  ByteBuffer fprog() {
    List<Instruction> program = program();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(FPROG_BYTES + INSTRUCTION_BYTES * program.size())
            .order(ByteOrder.nativeOrder());
    bytes.putShort(0, (short) program.size());
    bytes.putLong(Long.BYTES, Buffer.memoryAddress(bytes) + FPROG_BYTES);
    bytes.position(FPROG_BYTES);
    for (Instruction one : program) {
      bytes.putShort((short) one.code()).putShort((short) 0).putInt(one.operand());
    }
    return bytes.limit(FPROG_BYTES).position(0);
  }

  @Override
  public String toString() {
    return "source port mod " + sockets + (first == 0 ? "" : " + " + first);
  }
}
