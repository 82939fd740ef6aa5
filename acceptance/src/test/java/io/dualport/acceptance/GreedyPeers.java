package io.dualport.acceptance;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections whose peers send as much as is taken, and read nothing. They end with a reset. */
final class GreedyPeers implements AutoCloseable {
  /** What one peer sends at most: the kernels take some of it, the rest would be the server's. */
  private static final int MOST_BYTES = 8 << 20;

  private final ByteBuffer block = ByteBuffer.allocateDirect(1 << 16);
  private final List<Peer> peers = new ArrayList<>();

  private static final class Peer {
    final SocketChannel channel;
    int pushed;

    Peer(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** Connects so many; with little memory in their own kernel. */
  GreedyPeers(ServerProcess server, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      SocketChannel peer = SocketChannel.open();
      peers.add(new Peer(peer));
      peer.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      peer.setOption(StandardSocketOptions.SO_SNDBUF, 65536);
      peer.connect(new InetSocketAddress("127.0.0.1", server.port()));
      peer.configureBlocking(false);
    }
  }

  /**
   * Sends from each, in turn, what its kernel takes at once.
   *
   * @return how many bytes that were
   */
  long pushAll() {
    long pushed = 0;
    for (Peer peer : peers) {
      try {
        if (peer.channel.isOpen() && peer.pushed < MOST_BYTES) {
          int taken = peer.channel.write(block.clear());
          peer.pushed += taken;
          pushed += taken;
        }
      } catch (IOException closedByTheServer) {
        close(peer.channel);
      }
    }
    return pushed;
  }

  /** How many the server has not closed, as far as {@link #pushAll} found out. */
  int open() {
    return (int) peers.stream().filter(peer -> peer.channel.isOpen()).count();
  }

  @Override
  public void close() {
    for (Peer peer : peers) {
      try {
        if (peer.channel.isOpen()) {
          peer.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
      } catch (IOException alreadyReset) {
        // as wanted
      }
      close(peer.channel);
    }
    peers.clear();
  }

  private static void close(SocketChannel peer) {
    try {
      peer.close();
    } catch (IOException alreadyClosed) {
      // as wanted
    }
  }
}
