package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ErrnoTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Test
  void shouldKnowWhatTheJdkThrowsForRealSockets() throws Exception {
    try (ServerSocket holder = new ServerSocket(0, 5, LOOPBACK)) {
      int port = holder.getLocalPort();
      assertThat(Errno.of(catchThrowable(() -> new ServerSocket(port, 5, LOOPBACK).close())))
          .isEqualTo(Errno.EADDRINUSE);
    }
    try (Socket deaf = boundButNotListening()) {
      int port = deaf.getLocalPort();
      assertThat(Errno.of(catchThrowable(() -> new Socket(LOOPBACK, port).close())))
          .isEqualTo(Errno.ECONNREFUSED);
    }
    InetAddress reserved = InetAddress.getByName("240.0.0.1"); // RFC 1112: nobody's
    assertThat(Errno.of(catchThrowable(() -> new DatagramSocket(0, reserved).close())))
        .isEqualTo(Errno.EADDRNOTAVAIL);
  }

  @Test
  void shouldKnowWhatNettysNativeTransportThrows() throws Exception {
    assumeTrue(Epoll.isAvailable(), "no epoll transport on this system");
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try (DatagramSocket holder = new DatagramSocket(0, LOOPBACK);
        Socket deaf = boundButNotListening()) {
      Bootstrap udp =
          new Bootstrap()
              .group(group)
              .channel(EpollDatagramChannel.class)
              .handler(new ChannelInboundHandlerAdapter());
      SocketAddress held = holder.getLocalSocketAddress();
      Throwable inUse = catchThrowable(() -> udp.bind(held).get(5, TimeUnit.SECONDS));
      assertThat(inUse).isInstanceOf(ExecutionException.class);
      assertThat(Errno.of(inUse)).isEqualTo(Errno.EADDRINUSE);

      Bootstrap tcp =
          new Bootstrap()
              .group(group)
              .channel(EpollSocketChannel.class)
              .handler(new ChannelInboundHandlerAdapter());
      SocketAddress closed = deaf.getLocalSocketAddress();
      Throwable refused = catchThrowable(() -> tcp.connect(closed).get(5, TimeUnit.SECONDS));
      assertThat(Errno.of(refused)).as("%s", refused).isEqualTo(Errno.ECONNREFUSED);
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  @Test
  void shouldReadTheMessagesOfTheJdk() {
    assertErrno(new BindException("Address already in use"), Errno.EADDRINUSE);
    assertErrno(new BindException("Cannot assign requested address"), Errno.EADDRNOTAVAIL);
    assertErrno(new BindException("Permission denied"), Errno.EACCES);
    assertErrno(new SocketException("Permission denied"), Errno.EACCES);
    assertErrno(new IOException("Operation not permitted"), Errno.EPERM);
    assertErrno(new ConnectException("Connection refused"), Errno.ECONNREFUSED);
    assertErrno(new ConnectException("Connection timed out"), Errno.ETIMEDOUT);
    assertErrno(new SocketTimeoutException("Connect timed out"), Errno.ETIMEDOUT);
    assertErrno(new NoRouteToHostException("No route to host"), Errno.EHOSTUNREACH);
    assertErrno(new SocketException("Network is unreachable"), Errno.ENETUNREACH);
    assertErrno(new SocketException("Connection reset"), Errno.ECONNRESET);
    assertErrno(new IOException("Broken pipe"), Errno.EPIPE);
    assertErrno(new SocketException("Message too long"), Errno.EMSGSIZE);
    assertErrno(new SocketException("No buffer space available"), Errno.ENOBUFS);
    assertErrno(new IOException("Resource temporarily unavailable"), Errno.EAGAIN);
  }

  @Test
  void shouldTellTheTwoDescriptorLimitsApart() {
    assertErrno(new SocketException("Too many open files"), Errno.EMFILE);
    assertErrno(new IOException("Too many open files in system"), Errno.ENFILE);
  }

  @Test
  void shouldFallBackToTheClass() {
    assertErrno(new PortUnreachableException(), Errno.ECONNREFUSED);
    assertErrno(new NoRouteToHostException(), Errno.EHOSTUNREACH);
    assertErrno(new BindException(), Errno.UNKNOWN);
  }

  /** Netty's native transports throw the one without a word for two errno. */
  @Test
  void shouldSayWhatNamesNoErrno() {
    assertThat(Errno.isUnnamed(new NoRouteToHostException())).isTrue();
    assertThat(Errno.isUnnamed(new IOException(new NoRouteToHostException("null: /192.0.2.1:9"))))
        .isTrue();
    assertThat(Errno.isUnnamed(new NoRouteToHostException("No route to host"))).isFalse();
    assertThat(Errno.isUnnamed(new SocketException("Network is unreachable"))).isFalse();
    assertThat(Errno.isUnnamed(null)).isFalse();
  }

  @Test
  void shouldReadTheNumberInNettysMessage() {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "other systems number differently");
    assertErrno(new IOException("bind(..) failed with error(-98): 98 unbekannt"), Errno.EADDRINUSE);
    assertErrno(new IOException("bind(..) failed with error(-9999): ?"), Errno.UNKNOWN);
    assertErrno(new IOException("error(-): "), Errno.UNKNOWN);
    assertErrno(new IOException("error(-98"), Errno.UNKNOWN);
  }

  @Test
  void shouldBelieveTheWordsBeforeTheNumberOfAnotherSystem() {
    assertErrno(
        new IOException("bind(..) failed with error(-48): Address already in use"),
        Errno.EADDRINUSE);
    assertErrno(
        new IOException("bind(..) failed with error(-110): Connection refused"),
        Errno.ECONNREFUSED);
  }

  @Test
  void shouldWalkTheCausesButNotInCircles() {
    IOException cause = new BindException("Address already in use");
    assertErrno(new IllegalStateException(new UncheckedIOException(cause)), Errno.EADDRINUSE);
    assertErrno(new IllegalStateException("Connection refused"), Errno.UNKNOWN);
    assertThat(Errno.of((Throwable) null)).isEqualTo(Errno.UNKNOWN);

    Exception one = new Exception();
    one.initCause(new Exception(one));
    assertErrno(one, Errno.UNKNOWN);
  }

  @Test
  void shouldWriteTheErrorForPeople() {
    assertThat(Errno.EADDRINUSE.text()).isEqualTo("Address already in use (EADDRINUSE)");
    assertThat(Errno.UNKNOWN.text()).isEqualTo("unknown error");
    assertThat(Errno.of(111)).isEqualTo(Errno.ECONNREFUSED);
    assertThat(Errno.of(-111)).isEqualTo(Errno.ECONNREFUSED);
    assertThat(Errno.of(9999)).isEqualTo(Errno.UNKNOWN);
  }

  /** A TCP socket that keeps a port for itself, so that a connect to it is surely refused. */
  private static Socket boundButNotListening() throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(LOOPBACK, 0));
    return socket;
  }

  private static void assertErrno(Throwable thrown, Errno expected) {
    assertThat(Errno.of(thrown)).as("%s", thrown).isEqualTo(expected);
  }
}
