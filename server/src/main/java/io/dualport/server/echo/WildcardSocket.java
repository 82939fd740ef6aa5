package io.dualport.server.echo;

import io.dualport.transport.Datagrams;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Holds the port on every address that has no socket of its own, against everybody else.
 *
 * <p>Wildcard and bound sockets on one port need SO_REUSEPORT on both at the moment of the bind. It
 * is set for just that moment and cleared again, so nobody else can bind the port while the server
 * runs.
 *
 * @param channel bound alone, without sharing: that fails if anybody else has the port anywhere
 * @param address 0.0.0.0 or ::
 */
record WildcardSocket(Channel channel, InetAddress address) {

  /** Binds of ours, beside the wildcard. */
  interface Binds {
    void run() throws IOException;
  }

  /** Whether a datagram to this address comes here, as long as no other socket is bound to it. */
  boolean covers(InetAddress dialled) {
    return !(address instanceof Inet4Address) || dialled instanceof Inet4Address;
  }

  /** Shares the port for just as long as the binds take. */
  void shareWith(Binds binds) throws IOException {
    Datagrams.sharePort(channel, true);
    try {
      binds.run();
    } finally {
      Datagrams.sharePort(channel, false);
    }
  }
}
