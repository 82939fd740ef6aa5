package io.dualport.client.verify;

import java.util.List;

/**
 * Datagrams that a capture holds twice although there was one, as where the captures of both ends
 * are merged or a mirror port shows what comes and what goes. A copy that the network made looks
 * the same; but it is counted by whom it reaches.
 */
final class CapturedCopies {
  private CapturedCopies() {}

  /** Discounts what neither client nor server took twice. */
  static void discount(List<CapturedFlow> sharing, ServerFlow server) {
    long refused = sharing.stream().mapToLong(flow -> flow.out.repeated).sum();
    if (isOnceAtServer(sharing, true, server.messagesIn()) && server.dropped() < refused) {
      sharing.forEach(flow -> flow.out.discountRepeated());
    }
    if (isOnceAtServer(sharing, false, server.messagesOut())
        && sharing.stream().allMatch(CapturedCopies::isOnceAtClient)) {
      sharing.forEach(flow -> flow.back.discountRepeated());
    }
  }

  private static boolean isOnceAtServer(
      List<CapturedFlow> sharing, boolean isRequest, long counted) {
    long repeated = 0;
    long once = 0;
    for (CapturedFlow flow : sharing) {
      Direction way = flow.way(isRequest);
      repeated += way.repeated;
      once += way.distinct() + way.foreign;
    }
    return repeated > 0 && (counted == once || repeated == once && counted < once);
  }

  private static boolean isOnceAtClient(CapturedFlow flow) {
    return flow.client() != null
        && flow.client().duplicated() == 0
        && flow.client().received() <= flow.back.distinct();
  }
}
