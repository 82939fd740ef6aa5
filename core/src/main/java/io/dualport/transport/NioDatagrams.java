package io.dualport.transport;

import io.netty.channel.ChannelException;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/**
 * NIO datagram channels that remember the JDK channel beneath, which alone can send an empty
 * datagram.
 */
final class NioDatagrams {
  static final AttributeKey<DatagramChannel> JDK_CHANNEL =
      AttributeKey.valueOf(NioDatagrams.class, "jdkChannel");

  private NioDatagrams() {}

  static NioDatagramChannel open(SocketProtocolFamily family) {
    ProtocolFamily jdkFamily =
        family == SocketProtocolFamily.INET
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    try {
      DatagramChannel jdk = DatagramChannel.open(jdkFamily);
      NioDatagramChannel channel = new NioDatagramChannel(jdk);
      channel.attr(JDK_CHANNEL).set(jdk);
      return channel;
    } catch (IOException e) {
      throw new ChannelException("cannot open a datagram socket", e);
    }
  }
}
