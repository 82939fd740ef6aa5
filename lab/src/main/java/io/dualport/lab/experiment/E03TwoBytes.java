package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.lab.experiment.PacketCapture.Packet;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What is a port, really? Two bytes at the beginning of a header. Longer than others, as a third of
 * it shows them: as the kernel's table writes them and as they are on the wire.
 */
public final class E03TwoBytes implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int HIGHEST = 65_535;
  private static final int TOO_HIGH = 65_536;

  private int source;
  private int port;
  private Packet syn;
  private Packet datagram;
  private Program alone;

  @Override
  public Script script() {
    return Script.of("3", "A port is two bytes in a header")
        .question(
            "What is a port in a packet and in the kernel, why does it end at 65535, and what is"
                + " port 0?")
        .filter("(tcp.flags.syn == 1 and tcp.port == PORT) or udp.port == PORT")
        .part("In the kernel's table")
        .expect(
            "four-hex-digits",
            "tcp 4 digits, udp 4 digits",
            "The kernel's own table writes a port as four hexadecimal digits, that is two bytes, in"
                + " both protocols.",
            "proc_pid_net(5) /proc/net/tcp; get_tcp4_sock in net/ipv4/tcp_ipv4.c and"
                + " udp4_format_sock in net/ipv4/udp.c print %04X",
            this::digitsInTheTable)
        .part("On the wire")
        .act(this::captureOneOfEach)
        .expect(
            "protocol-byte",
            "version 4 protocol 6, version 4 protocol 17",
            "What follows the IP header is told by its byte 9, the protocol: 6 for TCP, 17 for UDP."
                + " The 4 is the version, in byte 0.",
            "RFC 791 section 3.1; include/uapi/linux/ip.h struct iphdr",
            lab -> versionAndProtocol(syn) + ", " + versionAndProtocol(datagram))
        .expect(
            "port-bytes",
            "tcp source destination, udp source destination",
            "In both headers bytes 0 and 1 are the source port, 2 and 3 the destination port, the"
                + " higher byte first.",
            "RFC 9293 section 3.1; RFC 768 Format",
            lab -> "tcp" + firstFourBytes(syn) + ", udp" + firstFourBytes(datagram))
        .expect(
            "same-four-bytes",
            "equal",
            "Between the same two port numbers, the two headers begin with the same four bytes:"
                + " nothing in them says TCP or UDP.",
            "RFC 9293 section 3.1; RFC 768 Format",
            lab ->
                Arrays.equals(syn.transport(), 0, 4, datagram.transport(), 0, 4)
                    ? "equal"
                    : "different")
        .part("The highest number")
        .act(lab -> alone = whereNobodyElseIs(lab))
        .expect(
            "highest-port",
            "tcp OK, udp OK",
            "65535, all sixteen bits set, is a port like any other.",
            "ip(7) struct sockaddr_in: in_port_t is 16 bits; bind(2)",
            lab -> {
              Sock stream = alone.tcp("stream");
              Sock datagrams = alone.udp("datagrams");
              return "tcp " + bind(stream, HIGHEST) + ", udp " + bind(datagrams, HIGHEST);
            })
        .say("One more is not even asked of the kernel:")
        .expect(
            "one-more",
            "tcp IllegalArgumentException, udp IllegalArgumentException",
            "65536 is refused by the library, before any call: sockaddr_in has no room for it.",
            "java.net.InetSocketAddress; include/uapi/linux/in.h struct sockaddr_in, __be16"
                + " sin_port",
            lab ->
                "tcp "
                    + bind(alone.tcp("beyond"), TOO_HIGH)
                    + ", udp "
                    + bind(alone.udp("beyond"), TOO_HIGH))
        .act(
            lab ->
                lab.say(
                    "%d is %s in binary, and a port has room for 16 digits. C does not refuse:"
                        + " (uint16_t) %d is %d, and that is the next question.",
                    TOO_HIGH, Integer.toBinaryString(TOO_HIGH), TOO_HIGH, TOO_HIGH & 0xffff))
        .part("Port 0")
        .expect(
            "zero-picks",
            "tcp in range, udp in range",
            "0 is accepted by bind and means: pick one for me, from ip_local_port_range.",
            "ip(7) ip_local_port_range; inet_csk_get_port in net/ipv4/inet_connection_sock.c and"
                + " udp_lib_get_port in net/ipv4/udp.c",
            this::bindZero)
        .answer(
            "A port is a number of two bytes, in the kernel's table as in the first bytes of a TCP"
                + " or UDP header; that is why 65535 is the highest, and 0 is no port to have but"
                + " asks bind to pick one.")
        .confirms(
            TWO_PROCESSES,
            "A port is nothing physical, only two bytes for the protocol stack.",
            "Two bytes in each header, and four hex digits in the kernel's table.")
        .confirms(
            TCP_AND_UDP,
            "The protocol number in the IP header tells TCP from UDP.",
            "Only that number does: the four bytes of the ports are the same.")
        .corrects(
            TWO_PROCESSES,
            "IP's protocol number is 4.",
            "The 4 is the version, in byte 0; the protocol stands in byte 9 and is 6 or 17.")
        .corrects(
            COMMON_BELIEF,
            "Port 0 is a port.",
            "No socket can be bound to it: asking for it gets another one.");
  }

  private String digitsInTheTable(Lab lab) throws Exception {
    port = lab.freePort();
    lab.say("Port %d is 0x%04X.", port, port);
    lab.self().listener("stream", LOOPBACK, port);
    lab.self().datagrams("datagrams", LOOPBACK, port);
    List<String> tcp = headAndRow(lab.self().procNet().resolve("tcp"));
    List<String> udp = headAndRow(lab.self().procNet().resolve("udp"));
    lab.notes()
        .exhibit(
            "The beginning of the rows in /proc/net/tcp and /proc/net/udp",
            "tcp" + String.join("\ntcp", tcp) + "\nudp" + String.join("\nudp", udp));
    return "tcp " + digits(tcp) + " digits, udp " + digits(udp) + " digits";
  }

  /** The head of a table and the row of the port: slot, both addresses and the state. */
  private List<String> headAndRow(Path table) throws SkippedException, FailedException {
    List<String> lines;
    try {
      lines = Files.readAllLines(table, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new SkippedException(Bilingual.of("this system has no %s: it needs Linux", table));
    }
    String row =
        lines.stream()
            .skip(1)
            .filter(line -> Integer.parseInt(portDigits(line), 16) == port)
            .findFirst()
            .orElseThrow(() -> new FailedException(Bilingual.of("no row of port %d", port)));
    return List.of(cut(lines.get(0)), cut(row));
  }

  private static String cut(String line) {
    String[] words = line.strip().split("\\s+");
    return Words.format("  %5s %-13s %-13s %s", words[0], words[1], words[2], words[3]);
  }

  private static int digits(List<String> headAndRow) {
    return portDigits(headAndRow.get(1)).length();
  }

  /** Of {@code 0: 0100007F:1F90 00000000:0000 0A ...} the {@code 1F90}. */
  private static String portDigits(String row) {
    return row.strip().split("\\s+")[1].split(":")[1];
  }

  private void captureOneOfEach(Lab lab) throws Exception {
    port = lab.freePort();
    source = lab.freePort();
    PacketCapture capture =
        PacketCapture.start(lab, 2, "dst port " + port + " and (udp or tcp[tcpflags] == tcp-syn)");
    Program program = lab.self();
    program.listener("listener", LOOPBACK, port);
    program.datagrams("datagrams", LOOPBACK, port);
    Sock stream = program.tcp("stream");
    stream.bind(LOOPBACK, source).must();
    stream.connect(LOOPBACK, port).must();
    program.datagrams("flow", LOOPBACK, source).sendTo("hi", LOOPBACK, port).must();
    List<Packet> packets = capture.packets(lab);
    syn = Packet.ofProtocol(TCP, packets);
    datagram = Packet.ofProtocol(UDP, packets);
    lab.notes()
        .exhibit(
            "Captured by tcpdump: the SYN and the datagram. In brackets the version and the"
                + " protocol in the IPv4 header, then the source and the destination port",
            String.join(
                "\n",
                "IPv4 " + syn.ipHeaderInHex(),
                "TCP  " + syn.transportInHex(),
                "IPv4 " + datagram.ipHeaderInHex(),
                "UDP  " + datagram.transportInHex(),
                Words.format("0x%04x = %d, 0x%04x = %d", source, source, port, port)));
  }

  private static String versionAndProtocol(Packet packet) {
    return "version " + packet.version() + " protocol " + packet.protocol();
  }

  private String firstFourBytes(Packet packet) {
    // A ByteBuffer is big-endian unless told, as the network is.
    ByteBuffer header = ByteBuffer.wrap(packet.transport());
    return " " + named(header.getShort()) + " " + named(header.getShort());
  }

  private String named(short twoBytes) {
    int value = Short.toUnsignedInt(twoBytes);
    return value == source ? "source" : value == port ? "destination" : String.valueOf(value);
  }

  /** Where nobody else can have the highest port; this network, if no other can be made. */
  private static Program whereNobodyElseIs(Lab lab) throws IOException {
    try {
      return lab.privateNetwork().owner();
    } catch (SkippedException noRight) {
      return lab.self();
    }
  }

  private static String bind(Sock socket, int number) throws Exception {
    try {
      return socket.bind(LOOPBACK, number).word();
    } catch (IllegalArgumentException e) {
      return e.getClass().getSimpleName();
    }
  }

  private String bindZero(Lab lab) throws Exception {
    PortRange range = PortRange.parse(lab.self().sysctl("net.ipv4.ip_local_port_range"));
    Sock stream = lab.self().tcp("stream");
    stream.bind(LOOPBACK, 0).must();
    Sock datagrams = lab.self().datagrams("datagrams", LOOPBACK, 0);
    int tcp = stream.local().getPort();
    int udp = datagrams.local().getPort();
    return "tcp "
        + (range.contains(tcp) ? "in range" : "port " + tcp)
        + ", udp "
        + (range.contains(udp) ? "in range" : "port " + udp);
  }
}
