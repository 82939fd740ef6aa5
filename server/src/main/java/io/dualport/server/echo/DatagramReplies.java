package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Flow;
import io.dualport.kernel.Errno;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Segmentation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The write side of one datagram socket. Replies wait here until what was read at once has been
 * looked at: then neighbours of one size to one peer leave as one segmented datagram (UDP_SEGMENT,
 * udp(7)), which costs the kernel little more than one; a reply that is alone goes straight to the
 * socket; others leave together (sendmmsg(2)).
 *
 * <p>Each reply is counted when the kernel took it, or by why it did not.
 */
final class DatagramReplies {
  private final Segmentation segmentation;

  // The run that may still grow: `count` replies of `segmentBytes` each to one peer.
  private Flow flow;
  private InetSocketAddress peer;
  private ByteBuf run;
  private int segmentBytes;
  private int count;

  /** Since a first run: who sends neighbours of one size may send them as segments. */
  private boolean aggregating;

  private boolean written; // to the channel, since the last flush

  DatagramReplies(Segmentation segmentation) {
    this.segmentation = segmentation;
  }

  /**
   * Takes one reply.
   *
   * @param bytes not empty; the caller's reference is taken over
   */
  void add(ChannelHandlerContext ctx, Flow to, InetSocketAddress address, ByteBuf bytes) {
    if (isNextOfRun(to, bytes.readableBytes())) {
      append(ctx, bytes);
    } else {
      writeRun(ctx);
      flow = to;
      peer = address;
      run = bytes;
      segmentBytes = bytes.readableBytes();
      count = 1;
    }
  }

  /** Sends one reply of no bytes, after all that came before it: it goes past the queue. */
  void addEmpty(ChannelHandlerContext ctx, Flow to, InetSocketAddress address) {
    flush(ctx);
    try {
      Datagrams.sendEmpty(ctx.channel(), address);
      to.sent(0, 1);
    } catch (IOException e) {
      to.dropped(reason(e));
    }
  }

  /** Sends what waits here. */
  void flush(ChannelHandlerContext ctx) {
    writeRun(ctx);
    if (written) {
      written = false;
      ctx.flush();
    }
  }

  private boolean isNextOfRun(Flow to, int length) {
    return count > 0
        && to == flow
        && to.tuple() != null // without an entry all share one flow
        && length == segmentBytes
        && length <= to.maxSegmentBytes()
        && count < Segmentation.MAX_SEGMENTS
        && (count + 1) * length <= Datagrams.MAX_IPV4_PAYLOAD
        && segmentation.isOn();
  }

  private void append(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (count == 1) {
      if (!aggregating) {
        aggregating = true;
        Datagrams.receiveAggregates(ctx.channel());
      }
      int most =
          Math.min(Segmentation.MAX_SEGMENTS, Datagrams.MAX_IPV4_PAYLOAD / segmentBytes)
              * segmentBytes;
      ByteBuf gathered = ctx.alloc().directBuffer(most, most);
      gathered.writeBytes(run);
      run.release();
      run = gathered;
    }
    run.writeBytes(bytes);
    bytes.release();
    count++;
  }

  /** One system call and no queue; false if the kernel takes none now. */
  private boolean sentAlone(ChannelHandlerContext ctx) {
    try {
      if (!Datagrams.send(ctx.channel(), run, peer)) {
        return false;
      }
      flow.sent(segmentBytes, 1);
    } catch (IOException e) {
      flow.dropped(reason(e));
    }
    run.release();
    forget();
    return true;
  }

  private void writeRun(ChannelHandlerContext ctx) {
    if (count == 1) {
      if (written || !ctx.channel().isWritable() || !sentAlone(ctx)) {
        write(ctx, flow, run, peer);
      }
    } else if (count > 1) {
      writeSegmented(ctx);
    }
    forget();
  }

  private void forget() {
    count = 0;
    flow = null;
    peer = null;
    run = null;
  }

  private void write(ChannelHandlerContext ctx, Flow to, ByteBuf bytes, InetSocketAddress address) {
    int length = bytes.readableBytes();
    written = true;
    ctx.write(new DatagramPacket(bytes, address))
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                to.sent(length, 1);
              } else {
                to.dropped(reason(sent.cause()));
              }
            });
  }

  /** All or none of it is sent; where none was, each reply is tried on its own. */
  private void writeSegmented(ChannelHandlerContext ctx) {
    Flow to = flow;
    InetSocketAddress address = peer;
    ByteBuf all = run.retain();
    int segment = segmentBytes;
    int segments = count;
    written = true;
    ctx.write(new SegmentedDatagramPacket(run, segment, address))
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                to.sent(segment * segments, segments);
              } else {
                refused(to, sent.cause(), segment);
                for (int i = 0; i < segments; i++) {
                  write(ctx, to, all.retainedSlice(i * segment, segment), address);
                }
                ctx.channel().eventLoop().execute(ctx::flush);
              }
              all.release();
            });
  }

  /**
   * Above the path's MTU it says EINVAL or EMSGSIZE, where checksums cannot be left to the device
   * EIO. Another peer's path may take them, so this one's flow remembers.
   */
  private static void refused(Flow to, Throwable fault, int segment) {
    switch (Errno.of(fault)) {
      case EINVAL, EMSGSIZE, EIO -> to.limitSegments(segment - 1);
      default -> {
        // The peer's or the path's fault, not the segments'.
      }
    }
  }

  private static Counter reason(Throwable fault) {
    return Errno.of(fault) == Errno.EMSGSIZE
        ? Counter.DROPPED_OVERSIZE
        : Counter.DROPPED_SEND_ERROR;
  }
}
