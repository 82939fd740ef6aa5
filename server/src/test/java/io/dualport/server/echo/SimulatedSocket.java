package io.dualport.server.echo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A channel whose kernel is a {@link Random}: it takes some bytes of a stream or none, of datagrams
 * each or none, refuses some, and says so exactly as Netty's own channels do.
 */
final class SimulatedSocket extends EmbeddedChannel {
  static final InetSocketAddress LOCAL = new InetSocketAddress("127.0.0.1", 8888);
  static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 40_000);
  static final String RESET = "Connection reset by peer";

  /** What the kernel says of a datagram that it does not take, in its own words. */
  private static final List<String> REFUSALS =
      List.of(
          "Message too long", "Invalid argument", "Input/output error", "Network is unreachable");

  private final Random random;
  private final int refusedOf16;

  /** Bytes, or datagrams, that the kernel still takes. */
  private int window;

  private boolean reset;
  final ByteArrayOutputStream stream = new ByteArrayOutputStream();
  final List<byte[]> datagrams = new ArrayList<>();
  final List<InetSocketAddress> receivers = new ArrayList<>();
  int refused;

  SimulatedSocket(Random random, int highWater, int refusedOf16, ChannelHandler handler)
      throws Exception {
    super(DefaultChannelId.newInstance(), false, false, handler);
    this.random = random;
    this.refusedOf16 = refusedOf16;
    config().setWriteBufferWaterMark(new WriteBufferWaterMark(highWater / 2, highWater));
    register();
  }

  /** What was written and is not taken, in bytes; Netty counts some for each entry as well. */
  long pendingBytes() {
    ChannelOutboundBuffer pending = unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes();
  }

  /** The kernel has room again, and says so if it had said that there was none. */
  void open(int more) {
    window += more;
    ChannelOutboundBuffer pending = unsafe().outboundBuffer();
    if (pending != null && !pending.isEmpty()) {
      try {
        doWrite(pending); // what was flushed; a flush that was forgotten stays so
      } catch (IOException e) {
        unsafe().close(voidPromise());
      }
    }
    runPendingTasks();
  }

  void reset() {
    reset = true;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer pending) throws IOException {
    for (Object next = pending.current(); next != null; next = pending.current()) {
      if (reset) {
        throw new IOException(RESET);
      }
      if (next instanceof ByteBuf bytes) {
        if (!write(pending, bytes)) {
          return;
        }
      } else if (window == 0) {
        return;
      } else {
        window--;
        send(pending, (DatagramPacket) next);
      }
    }
  }

  /** Some of it; false if the kernel is full. */
  private boolean write(ChannelOutboundBuffer pending, ByteBuf bytes) throws IOException {
    int length = Math.min(window, bytes.readableBytes());
    if (length > 1 && random.nextInt(4) == 0) {
      length = 1 + random.nextInt(length); // a short write
    }
    if (length == 0 && bytes.isReadable()) {
      return false;
    }
    bytes.getBytes(bytes.readerIndex(), stream, length);
    window -= length;
    pending.removeBytes(length);
    return true;
  }

  private void send(ChannelOutboundBuffer pending, DatagramPacket datagram) {
    if (random.nextInt(16) < refusedOf16) {
      refused++;
      pending.remove(new IOException(REFUSALS.get(random.nextInt(REFUSALS.size()))));
      return;
    }
    ByteBuf bytes = datagram.content();
    int segment =
        datagram instanceof SegmentedDatagramPacket segmented
            ? segmented.segmentSize()
            : bytes.readableBytes();
    for (int at = 0; at < bytes.readableBytes(); at += segment) {
      byte[] one = new byte[Math.min(segment, bytes.readableBytes() - at)];
      bytes.getBytes(bytes.readerIndex() + at, one);
      datagrams.add(one);
      receivers.add(datagram.recipient());
    }
    pending.remove();
  }

  @Override
  protected SocketAddress localAddress0() {
    return LOCAL;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return PEER;
  }
}
