package io.dualport.server.echo;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.kernel.LocalAddresses;
import io.dualport.report.Words;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The datagram half of the port: which sockets serve which address, and for a wildcard one more
 * that holds the port everywhere else. Opened and closed on the first shard's event loop: every
 * method is for that loop, but the constructor and what says otherwise.
 *
 * <p>Why a socket per address: a reply must leave from the dialled address, and without IP_PKTINFO
 * (ip(7)), which Netty cannot send, only a socket bound to that address does so. The kernel prefers
 * the bound socket to the wildcard (compute_score in net/ipv4/udp.c).
 */
final class DatagramSockets {
  private static final Logger LOG = LoggerFactory.getLogger(DatagramSockets.class);

  private static final long ONCE_A_SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<DatagramShard> shards;
  private final DatagramBinder binder;
  private final InterfaceLookup lookup;
  private final int maxAddresses;

  private final Map<InetAddress, BoundAddress> bound = new HashMap<>();
  private WildcardSocket wildcard;
  private Set<InetAddress> interfaceAddresses;
  private long saidNanos = System.nanoTime() - ONCE_A_SECOND_NANOS;
  private boolean released;
  private volatile long dropsOfClosed;

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
    this.binder = new DatagramBinder(shards, transport, settings, port);
    this.lookup = new InterfaceLookup(shards.get(0).loop());
    this.maxAddresses = settings.maxAddresses();
    this.interfaceAddresses = local.unicast();
  }

  /**
   * Binds the port on one address, or for a wildcard on all that the machine has.
   *
   * @throws IOException with the kernel's error; what was bound so far stays for {@link #release}
   */
  void bind(InetAddress address) throws IOException {
    if (address.isAnyLocalAddress()) {
      serve(binder.bindWildcard(address));
    } else {
      open(address, false);
    }
  }

  /**
   * Takes over a bound socket.
   *
   * @throws IOException if it is a wildcard that refuses every socket beside it
   */
  void adopt(InheritedSocket inherited) throws IOException {
    Channel channel = binder.adopt(inherited);
    InetAddress address = inherited.local().getAddress();
    if (!address.isAnyLocalAddress()) {
      add(binder.serve(channel));
      return;
    }
    IOException refused = serve(new WildcardSocket(channel, address));
    if (bound.isEmpty() && refused != null) {
      throw refused;
    }
  }

  private IOException serve(WildcardSocket holder) throws IOException {
    wildcard = holder;
    IOException refused = openBeside(interfaceAddresses.stream().filter(holder::covers).toList());
    holder.channel().pipeline().addLast(new UdpWildcardHandler(shards.get(0), this));
    return refused;
  }

  /**
   * The channel that serves this peer on a dialled address, opened if this is the first datagram to
   * it; null if it cannot be.
   */
  Channel boundTo(InetAddress dialled, InetSocketAddress peer) {
    BoundAddress known = bound.get(dialled);
    if (known == null) {
      try {
        openBeside(List.of(dialled));
      } catch (IOException e) {
        say(Level.WARN, "no datagram socket on " + Endpoint.text(dialled) + ": " + e.getMessage());
      }
      known = bound.get(dialled);
    }
    return known == null ? null : known.serving(peer);
  }

  /**
   * A datagram came to an address without a socket, and the transport cannot say which: perhaps an
   * interface got a new one.
   */
  void lookForNewAddresses() {
    lookup.look(local -> useAddresses(local, true));
  }

  /** Looks whether this machine has other addresses than before, where somebody asks for them. */
  void followAddresses() {
    if (wildcard != null || bound.keySet().stream().anyMatch(binder::isSetApart)) {
      lookup.look(local -> useAddresses(local, false));
    }
  }

  /**
   * @param dialled whether to try an address again that got no socket
   */
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
              .filter(address -> wildcard.covers(address) && !bound.containsKey(address))
              .toList());
    } catch (IOException e) {
      say(Level.WARN, "no datagram socket on a new address: " + e.getMessage());
    }
  }

  private void setApart() {
    for (BoundAddress one : bound.values()) {
      try {
        one.setApart(interfaceAddresses);
      } catch (IOException e) {
        say(Level.WARN, "the guard does not know this machine's new addresses: " + e.getMessage());
      }
    }
  }

  /** Closes sockets of addresses that no interface carries and nobody dialled for a while. */
  void closeIdle(long idleNanos, long now) {
    for (Iterator<BoundAddress> each = bound.values().iterator(); each.hasNext(); ) {
      BoundAddress one = each.next();
      boolean idle =
          wildcard != null
              && !interfaceAddresses.contains(one.address())
              && now - one.lastDatagramNanos() >= idleNanos;
      if (idle) {
        dropsOfClosed += one.drops(); // the kernel's row goes with the socket
        one.close();
        each.remove();
      }
    }
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
      all.add(wildcard.channel());
    }
    bound.values().forEach(one -> all.addAll(one.release()));
    return all;
  }

  /**
   * Opens sockets beside the wildcard.
   *
   * @return the last refusal; null if there was none
   */
  private IOException openBeside(List<InetAddress> addresses) throws IOException {
    List<IOException> refused = new ArrayList<>();
    wildcard.shareWith(
        () -> {
          for (InetAddress address : addresses) {
            if (bound.size() >= maxAddresses) {
              say(
                  Level.WARN,
                  Words.format(
                      "max-addresses %d reached, not served: %s",
                      maxAddresses, Endpoint.text(address)));
              break;
            }
            try {
              open(address, true);
            } catch (IOException e) {
              refused.add(e);
              // No fault: an IPv6 address is checked for duplicates before it may be bound, as each
              // new container's are (RFC 4862 section 5.4), or it has gone meanwhile.
              Level level = Errno.of(e) == Errno.EADDRNOTAVAIL ? Level.INFO : Level.WARN;
              say(
                  level,
                  Words.format(
                      "no datagram socket on %s: %s; tried again when a datagram comes to it",
                      Endpoint.text(address), Errno.of(e).text()));
            }
          }
        });
    return refused.isEmpty() ? null : refused.get(refused.size() - 1);
  }

  private void open(InetAddress address, boolean beside) throws IOException {
    add(binder.bind(address, beside, interfaceAddresses));
  }

  private void add(BoundAddress one) {
    bound.put(one.address(), one);
  }

  /** At most once a second, as every datagram may give cause. */
  private void say(Level level, String what) {
    long now = System.nanoTime();
    if (now - saidNanos >= ONCE_A_SECOND_NANOS) {
      saidNanos = now;
      LOG.atLevel(level).log(what);
    }
  }
}
