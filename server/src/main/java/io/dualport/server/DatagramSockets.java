package io.dualport.server;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.kernel.LocalAddresses;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import io.dualport.transport.Datagrams;
import io.dualport.transport.ReceiveSlots;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The datagram half of the port: one socket per address, and for a wildcard one more that holds the
 * port everywhere else. All on one event loop, and every method is for that loop, but the
 * constructor and what says otherwise.
 *
 * <p>Why a socket per address: a reply must leave from the dialled address, and without IP_PKTINFO
 * (ip(7)), which Netty cannot send, only a socket bound to that address does so. The kernel prefers
 * the bound socket to the wildcard (compute_score in net/ipv4/udp.c).
 *
 * <p>Wildcard and bound sockets on one port need SO_REUSEPORT on both at the moment of the bind. It
 * is set for just that moment and cleared again, so nobody else can bind the port while the server
 * runs.
 */
final class DatagramSockets {
  private static final Logger LOG = LoggerFactory.getLogger(DatagramSockets.class);

  private static final long ONCE_A_SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Writable only while nothing waits to be sent, which is when the handlers go on reading. */
  private static final WriteBufferWaterMark NOTHING_WAITING = new WriteBufferWaterMark(1, 1);

  private final EventLoop loop;
  private final Transport transport;
  private final int receiveBuffer;
  private final int maxAddresses;
  private final FlowTable flows;
  private final Stamper stamper;
  private final DatagramPolicy policy;
  private final int port;

  private final ReceiveSlots slots = new ReceiveSlots();
  private final Segmentation segmentation;
  private final Map<InetAddress, Bound> bound = new HashMap<>();
  private Channel wildcard;
  private InetAddress wildcardAddress;
  private Set<InetAddress> interfaceAddresses;
  private long lookedNanos = System.nanoTime() - ONCE_A_SECOND_NANOS;
  private long warnedNanos = lookedNanos;
  private volatile long dropsOfClosed;

  private record Bound(Channel channel, UdpEchoHandler handler) {}

  DatagramSockets(
      EventLoop loop,
      Transport transport,
      ServerSettings settings,
      FlowTable flows,
      Stamper stamper,
      Segmentation segmentation,
      int port,
      LocalAddresses local) {
    this.loop = loop;
    this.transport = transport;
    this.receiveBuffer = settings.udpReceiveBuffer();
    this.maxAddresses = settings.maxAddresses();
    this.flows = flows;
    this.stamper = stamper;
    this.port = port;
    this.segmentation = segmentation;
    this.interfaceAddresses = local.unicast();
    this.policy =
        new DatagramPolicy(
            new Guard(settings.guard(), port, settings.reflectorPorts()),
            new RateLimit(settings.udpRate()),
            new LoopDetector(settings.loopAfter()),
            local);
  }

  /**
   * Binds the port on one address, or for a wildcard on all that the machine has.
   *
   * @throws IOException with the kernel's error; what was bound so far stays for {@link #close}
   */
  void bind(InetAddress address) throws IOException {
    if (!address.isAnyLocalAddress()) {
      serve(List.of(open(address, false)));
      return;
    }
    // First alone and without sharing: this bind fails if anybody else has the port anywhere.
    wildcardAddress = address;
    wildcard = open(address, false);
    serve(openBeside(interfaceAddresses.stream().filter(this::isCovered).toList()));
    wildcard.pipeline().addLast(new UdpWildcardHandler(flows, policy, this));
  }

  /**
   * The channel bound to an address, opened if this is the first datagram to it; null if it cannot
   * be.
   */
  Channel boundTo(InetAddress dialled) {
    Bound known = bound.get(dialled);
    if (known == null) {
      try {
        serve(openBeside(List.of(dialled)));
      } catch (IOException e) {
        warn("no datagram socket on " + Endpoint.text(dialled) + ": " + e.getMessage());
      }
      known = bound.get(dialled);
    }
    return known == null ? null : known.channel;
  }

  /**
   * A datagram came to an address without a socket, and the transport cannot say which: perhaps an
   * interface got a new one. Looks at most once a second, off the loop, as a machine may have many.
   */
  void lookForNewAddresses() {
    long now = System.nanoTime();
    if (now - lookedNanos < ONCE_A_SECOND_NANOS) {
      return;
    }
    lookedNanos = now;
    CompletableFuture.supplyAsync(DatagramSockets::readAddresses)
        .thenAcceptAsync(this::useAddresses, loop)
        .exceptionally(
            fault -> {
              LOG.warn("cannot look for new addresses: {}", fault.toString());
              return null;
            });
  }

  private static LocalAddresses readAddresses() {
    try {
      return LocalAddresses.read();
    } catch (SocketException e) {
      throw new IllegalStateException("cannot list this machine's addresses", e);
    }
  }

  private void useAddresses(LocalAddresses local) {
    if (!wildcard.isActive()) {
      return; // stopped meanwhile
    }
    interfaceAddresses = local.unicast();
    policy.useAddresses(local);
    try {
      serve(
          openBeside(
              interfaceAddresses.stream()
                  .filter(address -> isCovered(address) && !bound.containsKey(address))
                  .toList()));
    } catch (IOException e) {
      warn("no datagram socket on a new address: " + e.getMessage());
    }
  }

  /** Closes sockets of addresses that no interface carries and nobody dialled for a while. */
  void closeIdle(long idleNanos, long now) {
    bound
        .entrySet()
        .removeIf(
            entry -> {
              boolean idle =
                  wildcard != null
                      && !interfaceAddresses.contains(entry.getKey())
                      && now - entry.getValue().handler.lastDatagramNanos() >= idleNanos;
              if (idle) {
                long drops = SocketFacts.drops(entry.getValue().channel);
                dropsOfClosed +=
                    Math.max(0, drops); // its column of the kernel's table goes with it
                entry.getValue().channel.close();
              }
              return idle;
            });
  }

  /** Datagrams that the kernel dropped at sockets that were closed since; from any thread. */
  long dropsOfClosed() {
    return dropsOfClosed;
  }

  /** Every channel, the wildcard included. */
  List<Channel> channels() {
    List<Channel> all = new ArrayList<>();
    if (wildcard != null) {
      all.add(wildcard);
    }
    bound.values().forEach(one -> all.add(one.channel));
    return all;
  }

  private boolean isCovered(InetAddress address) {
    return !(wildcardAddress instanceof Inet4Address) || address instanceof Inet4Address;
  }

  /** Opens sockets beside the wildcard, sharing the port for just as long as the binds take. */
  private List<Channel> openBeside(List<InetAddress> addresses) throws IOException {
    List<Channel> opened = new ArrayList<>();
    Datagrams.sharePort(wildcard, true);
    try {
      for (InetAddress address : addresses) {
        if (bound.size() + opened.size() >= maxAddresses) {
          warn("max-addresses " + maxAddresses + " reached, not served: " + Endpoint.text(address));
          break;
        }
        try {
          opened.add(open(address, true));
        } catch (IOException e) {
          // As an IPv6 address that is still being checked for duplicates (RFC 4862, section 5.4).
          warn(
              "no datagram socket on "
                  + Endpoint.text(address)
                  + ": "
                  + Errno.of(e).text()
                  + "; tried again when a datagram comes to it");
        }
      }
    } finally {
      for (Channel channel : opened) {
        Datagrams.sharePort(channel, false);
      }
      Datagrams.sharePort(wildcard, false);
    }
    return opened;
  }

  private Channel open(InetAddress address, boolean beside) throws IOException {
    Channel channel = newChannel(address);
    channel.config().setOption(ChannelOption.SO_RCVBUF, receiveBuffer);
    Datagrams.receiveInto(channel, slots);
    channel.config().setWriteBufferWaterMark(NOTHING_WAITING);
    if (address.isAnyLocalAddress() && transport.learnsDialledAddress()) {
      Datagrams.learnDialledAddress(channel);
    }
    if (beside) {
      Datagrams.sharePort(channel, true);
    }
    try {
      finish(loop.register(channel));
      finish(channel.bind(new InetSocketAddress(address, port)));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private Channel newChannel(InetAddress address) throws IOException {
    try {
      return transport.datagrams(address).newChannel();
    } catch (ChannelException e) {
      throw new IOException("no datagram socket", e); // as with a full descriptor table
    }
  }

  /** On the channel's own loop register and bind are done when they return. */
  private static void finish(ChannelFuture step) throws IOException {
    if (step.cause() instanceof IOException refused) {
      throw refused;
    }
    if (!step.isSuccess()) {
      throw new IOException("datagram socket not ready", step.cause());
    }
  }

  /** At most once a second, as every datagram may give cause. */
  private void warn(String what) {
    long now = System.nanoTime();
    if (now - warnedNanos >= ONCE_A_SECOND_NANOS) {
      warnedNanos = now;
      LOG.warn(what);
    }
  }

  /** Lets freshly bound sockets echo. */
  private void serve(List<Channel> channels) throws IOException {
    Map<InetAddress, Long> inodes = inodes(channels);
    for (Channel channel : channels) {
      InetSocketAddress local = (InetSocketAddress) channel.localAddress();
      UdpEchoHandler handler =
          new UdpEchoHandler(
              flows,
              policy,
              stamper,
              new DatagramReplies(segmentation),
              local,
              inodes.getOrDefault(local.getAddress(), Flow.UNKNOWN));
      channel.pipeline().addLast(handler);
      bound.put(local.getAddress(), new Bound(channel, handler));
    }
  }

  /** Asked of the descriptor where there is one, else looked up in the kernel's table. */
  private Map<InetAddress, Long> inodes(List<Channel> channels) throws IOException {
    Map<InetAddress, Long> inodes = new HashMap<>();
    for (Channel channel : channels) {
      long inode = SocketFacts.inode(channel);
      if (inode != SocketFacts.UNKNOWN) {
        inodes.put(((InetSocketAddress) channel.localAddress()).getAddress(), inode);
      }
    }
    if (inodes.size() < channels.size() && SocketTable.available()) {
      for (SocketRow row : SocketTable.read().onLocalPort(port)) {
        if (row.protocol() == Protocol.UDP) {
          inodes.putIfAbsent(row.local().getAddress(), row.inode());
        }
      }
    }
    return inodes;
  }
}
