package io.dualport.client.load.socket;

import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.Endpoints;
import io.dualport.transport.SocketFacts;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Sockets on Netty's epoll loop without its channels: two system calls a message, no pipeline, no
 * buffer to allocate, which is what a generator near the speed of one in C needs. For connections,
 * and for datagrams that come alone; of several in one read only {@link ChannelLoadSockets} learn.
 */
public final class EpollLoadSockets implements LoadSockets {
  /** Edge-triggered: an event for each arrival, so that the kernel need not look a second time. */
  private static final EpollIoOps READ =
      EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET);

  private static final EpollIoOps READ_AND_WRITE = READ.with(EpollIoOps.EPOLLOUT);
  private static final int WRITABLE = EpollIoOps.EPOLLOUT.value();
  private static final int READABLE = EpollIoOps.EPOLLIN.value();

  /** include/uapi/linux/in.h and tcp.h: the number stands in struct tcp_info here. */
  private static final int IPPROTO_TCP = 6;

  private static final int TCP_INFO = 11;
  private static final int TOTAL_RETRANS_OFFSET = 100;

  /** Before another socket has its turn. */
  private static final int READS_AT_ONCE = 16;

  private final IoEventLoop loop;
  private final Endpoints endpoints;
  private final Consumer<Throwable> bug;
  private final ByteBuffer in = buffer();
  private final ByteBuffer out = buffer();
  private final ByteBuffer info =
      ByteBuffer.allocateDirect(TOTAL_RETRANS_OFFSET + Integer.BYTES)
          .order(ByteOrder.nativeOrder());
  private final long inAddress = Buffer.memoryAddress(in);
  private final long outAddress = Buffer.memoryAddress(out);

  /**
   * @param bug is told what a {@link SocketListener} threw, which the loop would only log
   */
  public EpollLoadSockets(IoEventLoop loop, Endpoints endpoints, Consumer<Throwable> bug) {
    this.loop = loop;
    this.endpoints = endpoints;
    this.bug = bug;
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(BUFFER_BYTES);
  }

  @Override
  public ByteBuffer out() {
    return out;
  }

  @Override
  public LoadSocket open(InetSocketAddress source, SocketListener user) throws IOException {
    LinuxSocket socket = socket();
    try {
      prepare(socket, source);
      socket.connect(endpoints.remote());
      Handle handle = new Handle(socket, user);
      Future<IoRegistration> registered = loop.register(handle); // done at once, on its thread
      if (!registered.isSuccess()) {
        throw new IOException("epoll_ctl", registered.cause());
      }
      handle.registration = registered.getNow();
      handle.registration.submit(EpollIoOps.EPOLLOUT);
      return handle;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private LinuxSocket socket() throws IOException {
    SocketProtocolFamily family =
        endpoints.isIpv4() ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    try {
      return endpoints.isTcp()
          ? LinuxSocket.newSocketStream(family)
          : LinuxSocket.newSocketDgram(family);
    } catch (ChannelException e) {
      throw new IOException("socket", e.getCause() == null ? e : e.getCause());
    }
  }

  private void prepare(LinuxSocket socket, InetSocketAddress source) throws IOException {
    if (endpoints.isTcp()) {
      socket.setTcpNoDelay(true);
      socket.setReuseAddress(source != null && source.getPort() != 0);
    } else {
      socket.setReceiveBufferSize(Endpoints.UDP_RECEIVE_BUFFER_BYTES);
    }
    if (source != null) {
      if (source.getPort() == 0) {
        leaveThePortToConnect(socket);
      }
      socket.bind(source);
    }
  }

  private static void leaveThePortToConnect(LinuxSocket socket) {
    try {
      socket.setIntOpt(Endpoints.IPPROTO_IP, Endpoints.IP_BIND_ADDRESS_NO_PORT, 1);
    } catch (IOException e) {
      // An old kernel: then bind takes the port.
    }
  }

  private final class Handle implements EpollIoHandle, LoadSocket {
    private final LinuxSocket socket;
    private final SocketListener user;
    private IoRegistration registration;
    private boolean connected;
    private boolean waiting;
    private boolean closed;

    Handle(LinuxSocket socket, SocketListener user) {
      this.socket = socket;
      this.user = user;
    }

    @Override
    public void handle(IoRegistration registered, IoEvent event) {
      try {
        if (!closed) {
          handle(((EpollIoEvent) event).ops().value());
        }
      } catch (RuntimeException | Error e) {
        bug.accept(e);
      }
    }

    private void handle(int ops) {
      if (!connected) {
        finishConnecting();
        return;
      }
      if (waiting && (ops & WRITABLE) != 0) {
        waiting = false;
        registration.submit(READ);
        user.writable();
      }
      if ((ops & ~WRITABLE) != 0) {
        read((ops & ~WRITABLE) != READABLE);
      }
    }

    private void finishConnecting() {
      try {
        if (!socket.finishConnect()) {
          return;
        }
      } catch (IOException e) {
        user.broken(e);
        return;
      }
      connected = true;
      registration.submit(READ);
      user.connected();
    }

    /**
     * Reads what is there. The end of it is known without a call that finds nothing: a stream gives
     * less than was asked for, and of datagrams no more is there than the flow waits for.
     *
     * @param ended whether the event was more than the arrival of bytes
     */
    private void read(boolean ended) {
      for (int i = 0; i < READS_AT_ONCE && !closed; i++) {
        int length;
        try {
          length = socket.recvAddress(inAddress, 0, BUFFER_BYTES);
        } catch (IOException e) {
          user.broken(e);
          continue; // a datagram socket lives on
        }
        if (length == 0) {
          return;
        }
        long now = System.nanoTime();
        if (endpoints.isTcp()) {
          if (length < 0) {
            user.broken(null);
            return;
          }
          user.received(in, 0, length, now);
          if (length < BUFFER_BYTES && !ended) {
            return;
          }
        } else if (!user.received(
            in, 0, Math.max(0, length), now)) { // -1: Netty's for an empty one
          return;
        }
      }
      if (!closed) {
        registration.submit(waiting ? READ_AND_WRITE : READ); // reports what is still there
      }
    }

    @Override
    public int send(int length) throws IOException {
      return socket.sendAddress(outAddress, 0, length);
    }

    @Override
    public void cut(int bytes) throws IOException {
      socket.setIntOpt(Endpoints.IPPROTO_UDP, Endpoints.UDP_SEGMENT, bytes);
    }

    @Override
    public void awaitWritable() {
      if (!waiting) {
        waiting = true;
        registration.submit(READ_AND_WRITE);
      }
    }

    @Override
    public long retransmissions() {
      if (!endpoints.isTcp()) {
        return SocketFacts.UNKNOWN;
      }
      try {
        info.clear();
        socket.getRawOpt(IPPROTO_TCP, TCP_INFO, info);
        return Integer.toUnsignedLong(info.getInt(TOTAL_RETRANS_OFFSET));
      } catch (IOException e) {
        return SocketFacts.UNKNOWN;
      }
    }

    @Override
    public InetSocketAddress local() {
      return socket.localAddress();
    }

    @Override
    public void close(Closing closing) {
      if (closed) {
        return;
      }
      closed = true;
      registration.cancel();
      try {
        if (closing == Closing.RST && endpoints.isTcp()) {
          socket.setSoLinger(0);
        }
      } catch (IOException e) {
        // Reset meanwhile by the other side.
      }
      try {
        socket.close();
      } catch (IOException e) {
        // Linux frees the descriptor all the same (close(2)).
      }
    }

    @Override
    public FileDescriptor fd() {
      return socket;
    }

    /** Called if the loop ends first. */
    @Override
    public void close() {
      close(Closing.FIN);
    }
  }
}
