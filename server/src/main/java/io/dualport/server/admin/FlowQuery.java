package io.dualport.server.admin;

import io.dualport.flow.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Which five-tuples are asked for, in which order.
 *
 * @param protocol null = both
 * @param peer null = all
 * @param state {@code live}, {@code ended} or {@code all}
 * @param twinsOnly only five-tuples with a twin, one that differs in the protocol alone
 * @param offset how many of them to skip
 * @param limit how many of them to give
 */
record FlowQuery(
    Protocol protocol,
    PeerFilter peer,
    String state,
    boolean twinsOnly,
    FlowOrder sort,
    boolean descending,
    int offset,
    int limit) {
  static final int MAX_LIMIT = 1000;

  private static final int DEFAULT_LIMIT = 50;
  private static final int MAX_OFFSET = 10_000_000;
  private static final String LIVE = "live";
  private static final String ENDED = "ended";
  private static final String DESCENDING = "desc";
  private static final String ASCENDING = "asc";

  private static final Set<String> KNOWN =
      Set.of("protocol", "peer", "state", "twins", "sort", "order", "offset", "limit");

  /** Reads the query of a request. */
  static FlowQuery parse(String uri) throws BadParameterException {
    Parameters given = new Parameters(uri, KNOWN);
    String protocol =
        given.word(
            "protocol", null, Arrays.stream(Protocol.values()).map(Protocol::label).toList());
    String peer = given.text("peer", "");
    FlowOrder sort = FlowOrder.of(given.word("sort", FlowOrder.BYTES_IN.key(), FlowOrder.keys()));
    String order =
        given.word(
            "order",
            sort == FlowOrder.TUPLE ? ASCENDING : DESCENDING,
            List.of(DESCENDING, ASCENDING));
    return new FlowQuery(
        protocol == null
            ? null
            : protocol.equals(Protocol.TCP.label()) ? Protocol.TCP : Protocol.UDP,
        peer.isBlank() ? null : PeerFilter.parse(peer),
        given.word("state", LIVE, List.of(LIVE, ENDED, "all")),
        given.word("twins", "false", List.of("true", "false")).equals("true"),
        sort,
        order.equals(DESCENDING),
        given.number("offset", 0, 0, MAX_OFFSET),
        given.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT));
  }

  boolean wantsLive() {
    return !state.equals(ENDED);
  }

  boolean wantsEnded() {
    return !state.equals(LIVE);
  }
}
