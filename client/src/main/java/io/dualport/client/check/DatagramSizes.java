package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.transport.SocketFacts;
import java.util.List;

/**
 * Which sizes a service is asked in.
 *
 * @param sockets connected, so that the kernel knows the path
 */
record DatagramSizes(Question question, Service service, DatagramPair sockets) {
  /** Ethernet's, where the path's is not known. */
  private static final int USUAL_MTU = 1500;

  /** Those that the user asks for; the smallest of all if none is so small. */
  List<Integer> asked() {
    List<Integer> sizes =
        service.datagramSizes().stream().filter(size -> size <= question.largeBytes()).toList();
    return sizes.isEmpty() ? service.datagramSizes().subList(0, 1) : sizes;
  }

  /** It, or what fits one packet of the path, as far as that is known, for who has no fragments. */
  int fitting(int size) {
    if (!service.isNeverFragmented()) {
      return size;
    }
    int mtu = SocketFacts.pathMtu(sockets.connected());
    int whole = question.payloadOf(mtu == SocketFacts.UNKNOWN ? USUAL_MTU : mtu);
    return Math.max(service.datagramSizes().get(0), Math.min(size, whole));
  }
}
