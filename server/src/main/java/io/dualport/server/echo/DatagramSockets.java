package io.dualport.server.echo;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Flow;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.kernel.LocalAddresses;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.DatagramGroup;
import io.dualport.transport.Datagrams;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
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
 * The datagram half of the port: for each address a socket, or one for each shard, and for a
 * wildcard one more that holds the port everywhere else. Opened and closed on the first shard's
 * event loop: every method is for that loop, but the constructor and what says otherwise.
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

  private final List<DatagramShard> shards;
  private final Transport transport;
  private final int receiveBuffer;
  private final int maxAddresses;
  private final int port;
  private final boolean guard;

  private final Map<InetAddress, Bound> bound = new HashMap<>();
  private Channel wildcard;
  private InetAddress wildcardAddress;
  private Set<InetAddress> interfaceAddresses;
  private long lookedNanos = System.nanoTime() - ONCE_A_SECOND_NANOS;
  private long warnedNanos = lookedNanos;
  private boolean released;
  private volatile long dropsOfClosed;

  /**
   * The sockets of one address.
   *
   * @param channels one for each shard, and perhaps one more for what is set apart
   * @param group what keeps others out, null where there is one socket
   */
  private record Bound(List<Channel> channels, List<UdpEchoHandler> handlers, DatagramGroup group) {
    long lastDatagramNanos() {
      return handlers.stream().mapToLong(UdpEchoHandler::lastDatagramNanos).max().orElseThrow();
    }

    /** Datagrams that the kernel dropped at them, as far as it tells. */
    long drops() {
      return channels.stream().mapToLong(channel -> Math.max(0, SocketFacts.drops(channel))).sum();
    }

    void close() {
      if (group != null) {
        group.close();
      }
      channels.forEach(Channel::close);
    }
  }

  /**
   * @param shards one, or as many as share each address; the first one's loop opens and closes
   */
  DatagramSockets(
      List<DatagramShard> shards,
      Transport transport,
      ServerSettings settings,
      int port,
      LocalAddresses local) {
    this.shards = shards;
    this.transport = transport;
    this.receiveBuffer = settings.udpReceiveBuffer();
    this.maxAddresses = settings.maxAddresses();
    this.port = port;
    this.guard = settings.guard();
    this.interfaceAddresses = local.unicast();
  }

  /**
   * Binds the port on one address, or for a wildcard on all that the machine has.
   *
   * @throws IOException with the kernel's error; what was bound so far stays for {@link #close}
   */
  void bind(InetAddress address) throws IOException {
    if (!address.isAnyLocalAddress()) {
      open(address, false);
      return;
    }
    // First alone and without sharing: this bind fails if anybody else has the port anywhere.
    serveWildcard(openChannel(address, false), address);
  }

  private IOException serveWildcard(Channel channel, InetAddress address) throws IOException {
    wildcardAddress = address;
    wildcard = channel;
    IOException refused = openBeside(interfaceAddresses.stream().filter(this::isCovered).toList());
    wildcard.pipeline().addLast(new UdpWildcardHandler(first(), this));
    return refused;
  }

  /**
   * Takes over a bound socket, as it is: its receive buffer is what its owner gave it.
   *
   * @throws IOException if it is a wildcard that refuses every socket beside it
   */
  void adopt(InheritedSocket inherited) throws IOException {
    Channel channel = new EpollDatagramChannel(inherited.descriptor());
    InetAddress address = inherited.local().getAddress();
    first().prepare(channel);
    if (address.isAnyLocalAddress()) {
      Datagrams.learnDialledAddress(channel);
    }
    finish(first().loop().register(channel));
    if (!address.isAnyLocalAddress()) {
      serve(channel);
      return;
    }
    IOException refused = serveWildcard(channel, address);
    if (bound.isEmpty() && refused != null) {
      throw refused;
    }
  }

  /**
   * The channel that serves this peer on a dialled address, opened if this is the first datagram to
   * it; null if it cannot be.
   */
  Channel boundTo(InetAddress dialled, InetSocketAddress peer) {
    Bound known = bound.get(dialled);
    if (known == null) {
      try {
        openBeside(List.of(dialled));
      } catch (IOException e) {
        warn("no datagram socket on " + Endpoint.text(dialled) + ": " + e.getMessage());
      }
      known = bound.get(dialled);
    }
    return known == null
        ? null
        : known.channels.get(DatagramGroup.memberOf(peer.getPort(), shards.size()));
  }

  private DatagramShard first() {
    return shards.get(0);
  }

  /**
   * A datagram came to an address without a socket, and the transport cannot say which: perhaps an
   * interface got a new one. Looks at most once a second, off the loop, as a machine may have many.
   */
  void lookForNewAddresses() {
    lookForNewAddresses(true);
  }

  /**
   * @param dialled whether to try an address again that got no socket
   */
  private void lookForNewAddresses(boolean dialled) {
    long now = System.nanoTime();
    if (now - lookedNanos < ONCE_A_SECOND_NANOS) {
      return;
    }
    lookedNanos = now;
    CompletableFuture.supplyAsync(DatagramSockets::readAddresses)
        .thenAcceptAsync(local -> useAddresses(local, dialled), first().loop())
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

  private void useAddresses(LocalAddresses local, boolean dialled) {
    boolean changed = !local.unicast().equals(interfaceAddresses);
    if (released || !changed && !dialled) {
      return; // stopped meanwhile, or nothing to do
    }
    interfaceAddresses = local.unicast();
    shards.forEach(shard -> shard.useAddresses(local));
    if (changed) {
      setApart();
    }
    if (wildcard == null) {
      return;
    }
    try {
      openBeside(
          interfaceAddresses.stream()
              .filter(address -> isCovered(address) && !bound.containsKey(address))
              .toList());
    } catch (IOException e) {
      warn("no datagram socket on a new address: " + e.getMessage());
    }
  }

  private void setApart() {
    for (Bound one : bound.values()) {
      try {
        if (one.group != null) {
          one.group.setApart(interfaceAddresses);
        }
      } catch (IOException e) {
        warn("the guard does not know this machine's new addresses: " + e.getMessage());
      }
    }
  }

  /** Looks whether this machine has other addresses than before, where somebody asks for them. */
  void followAddresses() {
    if (wildcard != null || bound.keySet().stream().anyMatch(this::isSetApart)) {
      lookForNewAddresses(false);
    }
  }

  /** Whether a source that is this machine's own is looked at for where it came from. */
  private boolean isSetApart(InetAddress address) {
    return guard
        && transport.sharesPort()
        && address instanceof Inet6Address
        && !address.isLoopbackAddress();
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
                      && now - entry.getValue().lastDatagramNanos() >= idleNanos;
              if (idle) {
                dropsOfClosed += entry.getValue().drops(); // the kernel's row goes with the socket
                entry.getValue().close();
              }
              return idle;
            });
  }

  /** Datagrams that the kernel dropped at sockets that were closed since; from any thread. */
  long dropsOfClosed() {
    return dropsOfClosed;
  }

  /** Gives the port up: every channel, the wildcard included, for the caller to close. */
  List<Channel> release() {
    released = true;
    List<Channel> all = new ArrayList<>();
    if (wildcard != null) {
      all.add(wildcard);
    }
    for (Bound one : bound.values()) {
      if (one.group != null) {
        one.group.close();
      }
      all.addAll(one.channels);
    }
    return all;
  }

  private boolean isCovered(InetAddress address) {
    return !(wildcardAddress instanceof Inet4Address) || address instanceof Inet4Address;
  }

  /**
   * Opens sockets beside the wildcard, sharing the port for just as long as the binds take.
   *
   * @return the last refusal; null if there was none
   */
  private IOException openBeside(List<InetAddress> addresses) throws IOException {
    IOException refused = null;
    Datagrams.sharePort(wildcard, true);
    try {
      for (InetAddress address : addresses) {
        if (bound.size() >= maxAddresses) {
          warn("max-addresses " + maxAddresses + " reached, not served: " + Endpoint.text(address));
          break;
        }
        try {
          open(address, true);
        } catch (IOException e) {
          refused = e;
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
      Datagrams.sharePort(wildcard, false);
    }
    return refused;
  }

  /** Opens what serves one address. */
  private void open(InetAddress address, boolean beside) throws IOException {
    if (shards.size() > 1 || isSetApart(address)) {
      openGroup(address, beside);
      return;
    }
    Channel channel = openChannel(address, beside);
    if (beside) {
      Datagrams.sharePort(channel, false);
    }
    serve(channel);
  }

  /** The one socket of an address. */
  private void serve(Channel channel) throws IOException {
    InetSocketAddress local = (InetSocketAddress) channel.localAddress();
    UdpEchoHandler handler = first().serve(channel, local, inode(channel));
    bound.put(local.getAddress(), new Bound(List.of(channel), List.of(handler), null));
  }

  /** Bound at once; each member then begins to read on its own loop. */
  private void openGroup(InetAddress address, boolean beside) throws IOException {
    DatagramGroup group =
        DatagramGroup.bind(
            new InetSocketAddress(address, port),
            shards.size(),
            beside,
            receiveBuffer,
            isSetApart(address) ? interfaceAddresses : null);
    List<Channel> channels = group.channels();
    List<UdpEchoHandler> handlers = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      Channel channel = channels.get(i);
      InetSocketAddress local = (InetSocketAddress) channel.localAddress();
      shards.get(i).prepare(channel);
      handlers.add(shards.get(i).serve(channel, local, SocketFacts.inode(channel)));
      shards.get(i).loop().register(channel);
    }
    Channel apart = group.apart();
    if (apart != null) {
      channels.add(apart);
      first().prepare(apart);
      apart.pipeline().addLast(new OwnAddressHandler(first().flows()));
      first().loop().register(apart);
    }
    bound.put(address, new Bound(channels, handlers, group));
  }

  /** One channel on the first loop. */
  private Channel openChannel(InetAddress address, boolean beside) throws IOException {
    Channel channel = newChannel(address);
    channel.config().setOption(ChannelOption.SO_RCVBUF, receiveBuffer);
    first().prepare(channel);
    if (address.isAnyLocalAddress() && transport.learnsDialledAddress()) {
      Datagrams.learnDialledAddress(channel);
    }
    if (beside) {
      Datagrams.sharePort(channel, true);
    }
    try {
      finish(first().loop().register(channel));
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

  /** Asked of the descriptor where there is one, else looked up in the kernel's table. */
  private long inode(Channel channel) throws IOException {
    long inode = SocketFacts.inode(channel);
    if (inode != SocketFacts.UNKNOWN || !SocketTable.available()) {
      return inode;
    }
    InetAddress address = ((InetSocketAddress) channel.localAddress()).getAddress();
    return SocketTable.read().onLocalPort(port).stream()
        .filter(row -> row.protocol() == Protocol.UDP && row.local().getAddress().equals(address))
        .mapToLong(SocketRow::inode)
        .findFirst()
        .orElse(Flow.UNKNOWN);
  }
}
