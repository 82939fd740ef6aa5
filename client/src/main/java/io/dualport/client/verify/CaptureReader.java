package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a capture from its first packet to its last, once, and keeps what is of the run. */
final class CaptureReader {
  /** Connections of any kind that are followed at once. */
  static final int MAX_STREAMS = 1_000_000;

  private static final String CUT_SHORT = "cut short";

  private final CapturedFlows flows;
  private final CapturedDatagrams datagrams;
  private final Map<Long, TcpStream> streams = new HashMap<>();
  private final Packet packet = new Packet();
  private long packets;
  private long ours;
  private long rehearsal;
  private long fragments;
  private long cutAside;
  private long beyond;

  CaptureReader(RunResult run) {
    this.flows = new CapturedFlows(run);
    this.datagrams = new CapturedDatagrams(flows);
  }

  static Capture read(Path capture, RunResult run, Tshark tshark) throws RefusedInputException {
    requireSeekable(capture);
    return new CaptureReader(run).read(capture, tshark);
  }

  /** tshark would read a pipe, and the statistics at its end would then be waited for in vain. */
  private static void requireSeekable(Path capture) throws RefusedInputException {
    JsonFile.requireFile(capture);
    if (!Files.isRegularFile(capture)) {
      throw new RefusedInputException(
          JsonFile.name(capture) + " is a pipe or a device; save the capture to a file first");
    }
  }

  private Capture read(Path capture, Tshark tshark) throws RefusedInputException {
    String file = JsonFile.name(capture);
    boolean cutShort = false;
    try (Tshark.Reading reading = tshark.read(capture, !flows.isOnPort(Tshark.LINUX_VXLAN_PORT))) {
      lines(file, new PacketLines(reading.lines()));
      if (reading.exitCode() != 0) {
        cutShort = reading.complaint().contains(CUT_SHORT);
        if (!cutShort) {
          throw new RefusedInputException(
              file + " cannot be read by tshark: " + reading.complaint() + "; capture again");
        }
      }
    } catch (IOException e) {
      throw new RefusedInputException("tshark cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedInputException("interrupted while reading " + file);
    }
    for (TcpStream stream : streams.values()) {
      stream.finish();
      ours += stream.isOurs() ? stream.packets() : 0;
    }
    flows.settle();
    return new Capture(
        file,
        tshark.version(),
        packets,
        ours,
        rehearsal,
        Math.max(0, fragments),
        cutAside,
        cutShort,
        PcapngDrops.of(capture),
        beyond + flows.beyond(),
        List.copyOf(flows.flows()));
  }

  /** Takes what tshark prints; {@code file} names it in messages. */
  void lines(String file, PacketLines lines) throws IOException, RefusedInputException {
    try {
      while (lines.next(packet)) {
        packets++;
        take();
      }
    } catch (IllegalArgumentException e) {
      throw new RefusedInputException(
          Words.format(
              "%s, packet %d: damaged, or not as tshark is expected to write it (%s); capture"
                  + " again",
              file, lines.number(), ControlCharacters.escaped(e.getMessage())));
    }
  }

  private void take() {
    fragments += packet.pieces();
    fragments -= packet.fragments();
    if (packet.isIcmp()) {
      return;
    }
    chooseLayer();
    if (packet.has(TsharkField.TCP_STREAM)) {
      tcp();
    } else if (!packet.has(TsharkField.UDP_LENGTH) || !udp()) {
      cutAside += packet.isCutInHeaders() ? 1 : 0;
    }
  }

  /** Whether it is the run's, or its rehearsal's. */
  private boolean udp() {
    FlowKey seen = seen();
    if (seen.isSelfConnected()) {
      rehearsal += packet.packets();
      return true;
    }
    boolean isOurs = datagrams.take(packet, seen);
    ours += isOurs ? packet.packets() : 0;
    return isOurs;
  }

  /** Of a tunnel's packet the innermost header that can be of the run; else the innermost. */
  private void chooseLayer() {
    List<PacketLayer> layers = packet.layers();
    for (int i = layers.size() - 1; i >= 0; i--) {
      packet.choose(layers.get(i));
      if (flows.canBeOurs(seen())) {
        return;
      }
    }
    layers.stream().reduce((outer, inner) -> inner).ifPresent(packet::choose);
  }

  private FlowKey seen() {
    return packet.has(TsharkField.TCP_STREAM)
        ? new FlowKey(
            Protocol.TCP,
            packet.source(TsharkField.TCP_SOURCE),
            packet.destination(TsharkField.TCP_DESTINATION))
        : new FlowKey(
            Protocol.UDP,
            packet.source(TsharkField.UDP_SOURCE),
            packet.destination(TsharkField.UDP_DESTINATION));
  }

  private void tcp() {
    FlowKey seen = seen();
    if (seen.isSelfConnected()) {
      rehearsal += packet.packets();
      return;
    }
    long number = packet.number(TsharkField.TCP_STREAM);
    TcpStream stream = streams.get(number);
    if (stream == null) {
      if (streams.size() >= MAX_STREAMS) {
        beyond++;
        return;
      }
      stream = new TcpStream(flows, flows.fromClient(seen));
      streams.put(number, stream);
    }
    stream.segment(packet, seen);
  }
}
