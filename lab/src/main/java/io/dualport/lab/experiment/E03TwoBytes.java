package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;

import io.dualport.lab.experiment.PacketCapture.Packet;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What is a port, really? Two bytes at the beginning of a header. */
public final class E03TwoBytes implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int HIGHEST = 65_535;
  private static final int TOO_HIGH = 65_536;
  private static final int SHOWN_BYTES = 20;

  private static final Prediction HEX_DIGITS =
      Prediction.exactly(
          "four-hex-digits",
          "tcp 4 digits, udp 4 digits",
          Bilingual.of(
              "The kernel's own table writes a port as four hexadecimal digits, that is two bytes,"
                  + " in both protocols."),
          "proc_pid_net(5) /proc/net/tcp; get_tcp4_sock in net/ipv4/tcp_ipv4.c and udp4_format_sock"
              + " in net/ipv4/udp.c print %04X");

  private static final Prediction PROTOCOL_BYTE =
      Prediction.exactly(
          "protocol-byte",
          "version 4 protocol 6, version 4 protocol 17",
          Bilingual.of(
              "What follows the IP header is told by its byte 9, the protocol: 6 for TCP, 17 for"
                  + " UDP. The 4 is the version, in byte 0."),
          "RFC 791 section 3.1; include/uapi/linux/ip.h struct iphdr");

  private static final Prediction PORT_BYTES =
      Prediction.exactly(
          "port-bytes",
          "tcp source destination, udp source destination",
          Bilingual.of(
              "In both headers bytes 0 and 1 are the source port, 2 and 3 the destination port, the"
                  + " higher byte first."),
          "RFC 9293 section 3.1; RFC 768 Format");

  private static final Prediction SAME_BYTES =
      Prediction.exactly(
          "same-four-bytes",
          "equal",
          Bilingual.of(
              "Between the same two port numbers, the two headers begin with the same four bytes:"
                  + " nothing in them says TCP or UDP."),
          "RFC 9293 section 3.1; RFC 768 Format");

  private static final Prediction HIGHEST_BINDS =
      Prediction.exactly(
          "highest-port",
          "tcp OK, udp OK",
          Bilingual.of(
              "65535, all sixteen bits set, is a port like any other."),
          "ip(7) struct sockaddr_in: in_port_t is 16 bits; bind(2)");

  private static final Prediction TOO_HIGH_REFUSED =
      Prediction.exactly(
          "one-more",
          "tcp IllegalArgumentException, udp IllegalArgumentException",
          Bilingual.of(
              "65536 is refused by the library, before any call: sockaddr_in has no room for it."),
          "java.net.InetSocketAddress; include/uapi/linux/in.h struct sockaddr_in, __be16 sin_port");

  private static final Prediction ZERO =
      Prediction.exactly(
          "zero-picks",
          "tcp in range, udp in range",
          Bilingual.of(
              "0 is accepted by bind and means: pick one for me, from ip_local_port_range."),
          "ip(7) ip_local_port_range; inet_csk_get_port in net/ipv4/inet_connection_sock.c and"
              + " udp_lib_get_port in net/ipv4/udp.c");

  @Override
  public Page page() {
    return new Page(
        "3",
        Bilingual.of("A port is two bytes in a header"),
        Bilingual.of(
            "What is a port in a packet and in the kernel, why does it end at 65535, and what is"
                + " port 0?"),
        "(tcp.flags.syn == 1 and tcp.port == PORT) or udp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Bilingual.of(
                    "A port is nothing physical, only two bytes for the protocol stack."),
                Bilingual.of(
                    "Two bytes in each header, and four hex digits in the kernel's table.")),
            new Claim(
                TCP_AND_UDP,
                CONFIRMS,
                Bilingual.of(
                    "The protocol number in the IP header tells TCP from UDP."),
                Bilingual.of(
                    "Only that number does: the four bytes of the ports are the same.")),
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of("IP's protocol number is 4."),
                Bilingual.of(
                    "The 4 is the version, in byte 0; the protocol stands in byte 9 and is 6 or 17.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of("Port 0 is a port."),
                Bilingual.of(
                    "No socket can be bound to it: asking for it gets another one."))),
        List.of(
            HEX_DIGITS,
            PROTOCOL_BYTE,
            PORT_BYTES,
            SAME_BYTES,
            HIGHEST_BINDS,
            TOO_HIGH_REFUSED,
            ZERO));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    notes.part("In the kernel's table", () -> inTheTable(lab, notes));
    notes.part("On the wire", () -> onTheWire(lab, notes));
    notes.part("The highest number", () -> theHighest(notes, alone(lab)));
    notes.part("Port 0", () -> zero(notes, lab.self()));
  }

  private static void inTheTable(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();
    int port = lab.freePort();
    notes.say("Port %d is 0x%04X.", port, port);
    program.listener("stream", LOOPBACK, port);
    program.datagrams("datagrams", LOOPBACK, port);
    List<String> digits = new ArrayList<>();
    StringBuilder rows = new StringBuilder();
    for (String protocol : List.of("tcp", "udp")) {
      List<String> lines = lines(program.procNet().resolve(protocol));
      String row = rowOf(lines, port);
      rows.append(protocol).append(cut(lines.get(0))).append('\n');
      rows.append(protocol).append(cut(row)).append('\n');
      digits.add(protocol + " " + portDigits(row).length() + " digits");
    }
    notes.exhibit(
        "The beginning of the rows in /proc/net/tcp and /proc/net/udp",
        rows.toString().stripTrailing());
    notes.check(HEX_DIGITS, String.join(", ", digits));
  }

  private static List<String> lines(Path table) throws SkippedException {
    try {
      return Files.readAllLines(table, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of("this system has no %s: it needs Linux", table));
    }
  }

  private static String rowOf(List<String> lines, int port) throws FailedException {
    return lines.stream()
        .skip(1)
        .filter(line -> Integer.parseInt(portDigits(line), 16) == port)
        .findFirst()
        .orElseThrow(
            () -> new FailedException(Bilingual.of("no row of port %d", port)));
  }

  /** Of {@code 0: 0100007F:1F90 00000000:0000 0A ...} the {@code 1F90}. */
  private static String portDigits(String row) {
    return row.strip().split("\\s+")[1].split(":")[1];
  }

  /** Slot, both addresses and the state; the rest of a row is another story. */
  private static String cut(String row) {
    String[] words = row.strip().split("\\s+");
    return String.format("  %5s %-13s %-13s %s", words[0], words[1], words[2], words[3]);
  }

  private static void onTheWire(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();
    int port = lab.freePort();
    int source = lab.freePort();
    PacketCapture capture =
        PacketCapture.start(lab, 2, "dst port " + port + " and (udp or tcp[tcpflags] == tcp-syn)");
    Sock listener = program.listener("listener", LOOPBACK, port);
    Sock datagrams = program.datagrams("datagrams", LOOPBACK, port);
    Sock stream = program.tcp("stream");
    stream.bind(LOOPBACK, source).must();
    stream.connect(LOOPBACK, port).must();
    program.datagrams("flow", LOOPBACK, source).sendTo("hi", LOOPBACK, port).must();
    List<Packet> packets = capture.packets(lab);
    Packet tcp = ofProtocol(packets, TCP);
    Packet udp = ofProtocol(packets, UDP);

    notes.exhibit(
        "Captured by tcpdump: the SYN and the datagram. In brackets the version and the protocol in"
            + " the IPv4 header, then the source and the destination port",
        String.join(
            "\n",
            ipHeader(tcp),
            ports("TCP ", tcp),
            ipHeader(udp),
            ports("UDP ", udp),
            String.format("0x%04x = %d, 0x%04x = %d", source, source, port, port)));
    notes.check(PROTOCOL_BYTE, versionAndProtocol(tcp) + ", " + versionAndProtocol(udp));
    notes.check(PORT_BYTES, "tcp" + named(tcp, source, port) + ", udp" + named(udp, source, port));
    boolean equal =
        Arrays.equals(Arrays.copyOf(tcp.transport(), 4), Arrays.copyOf(udp.transport(), 4));
    notes.check(SAME_BYTES, equal ? "equal" : "different");
  }

  private static Packet ofProtocol(List<Packet> packets, int protocol) throws FailedException {
    return packets.stream()
        .filter(packet -> packet.protocol() == protocol)
        .findFirst()
        .orElseThrow(
            () ->
                new FailedException(
                    Bilingual.of("no packet of protocol %d", protocol)));
  }

  private static String ipHeader(Packet packet) {
    String[] bytes = hex(packet.ipHeader());
    bytes[0] = '[' + bytes[0].substring(0, 1) + ']' + bytes[0].substring(1);
    bytes[9] = '[' + bytes[9] + ']';
    return "IPv4 " + String.join(" ", bytes);
  }

  private static String ports(String name, Packet packet) {
    String[] bytes = hex(packet.transport());
    bytes[0] = '[' + bytes[0];
    bytes[1] = bytes[1] + ']';
    bytes[2] = '[' + bytes[2];
    bytes[3] = bytes[3] + ']';
    return name + " " + String.join(" ", bytes);
  }

  private static String[] hex(byte[] bytes) {
    return HexFormat.ofDelimiter(" ")
        .formatHex(bytes, 0, Math.min(SHOWN_BYTES, bytes.length))
        .split(" ");
  }

  private static String versionAndProtocol(Packet packet) {
    return "version " + packet.version() + " protocol " + packet.protocol();
  }

  /** What the first two and the next two bytes are, in network byte order. */
  private static String named(Packet packet, int source, int destination) {
    // A ByteBuffer is big-endian unless told, as the network is.
    ByteBuffer header = ByteBuffer.wrap(packet.transport());
    StringBuilder names = new StringBuilder();
    for (int at = 0; at < 4; at += 2) {
      int value = Short.toUnsignedInt(header.getShort(at));
      names.append(
          value == source ? " source" : value == destination ? " destination" : " " + value);
    }
    return names.toString();
  }

  /** Where nobody else can have the highest port; this network, if no other can be made. */
  private static Program alone(Lab lab) throws IOException {
    try {
      return lab.privateNetwork().owner();
    } catch (SkippedException noRight) {
      return lab.self();
    }
  }

  private static void theHighest(Notebook notes, Program program) throws Exception {
    Sock stream = program.tcp("stream");
    Sock datagrams = program.udp("datagrams");
    notes.check(
        HIGHEST_BINDS,
        "tcp " + stream.bind(LOOPBACK, HIGHEST) + ", udp " + datagrams.bind(LOOPBACK, HIGHEST));
    notes.say("One more is not even asked of the kernel:");
    notes.check(
        TOO_HIGH_REFUSED,
        "tcp " + tooHigh(program.tcp("beyond")) + ", udp " + tooHigh(program.udp("beyond")));
    notes.say(
        "%d is %s in binary, and a port has room for 16 digits. C does not refuse: (uint16_t) %d is"
            + " %d, and that is the next question.",
        TOO_HIGH,
        Integer.toBinaryString(TOO_HIGH),
        TOO_HIGH,
        TOO_HIGH & 0xffff);
  }

  private static String tooHigh(Sock socket) throws Exception {
    try {
      return socket.bind(LOOPBACK, TOO_HIGH).word();
    } catch (IllegalArgumentException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static void zero(Notebook notes, Program program) throws Exception {
    PortRange range = PortRange.parse(program.sysctl("net.ipv4.ip_local_port_range"));
    Sock stream = program.tcp("stream");
    stream.bind(LOOPBACK, 0).must();
    Sock datagrams = program.datagrams("datagrams", LOOPBACK, 0);
    notes.check(
        ZERO,
        "tcp "
            + placed(range, stream.local().getPort())
            + ", udp "
            + placed(range, datagrams.local().getPort()));
  }

  private static String placed(PortRange range, int port) {
    return range.contains(port) ? "in range" : "port " + port;
  }
}
