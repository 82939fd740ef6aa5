package io.dualport.server.admin;

import io.dualport.flow.FlowFilter;
import io.dualport.flow.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Which five-tuples are asked for, in which order.
 *
 * @param protocol null = both
 * @param peer null = all
 * @param match words that all must match, and whether twins alone are wanted
 * @param state {@code live}, {@code ended} or {@code all}
 * @param offset how many of them to skip
 * @param limit how many of them to give
 */
record FlowQuery(
    Protocol protocol,
    PeerFilter peer,
    FlowFilter match,
    String state,
    FlowOrder sort,
    boolean descending,
    int offset,
    int limit) {
  static final int MAX_LIMIT = 1000;

  private static final int DEFAULT_LIMIT = 50;
  private static final int MAX_OFFSET = 10_000_000;
  private static final String LIVE = "live";
  private static final String ENDED = "ended";
  private static final String ALL = "all";
  private static final String DESCENDING = "desc";
  private static final String ASCENDING = "asc";

  private static final Set<String> KNOWN =
      Set.of("protocol", "peer", "match", "state", "twins", "sort", "order", "offset", "limit");

  /** Reads the query of a request. */
  static FlowQuery parse(String uri) throws BadParameterException {
    Parameters given = new Parameters(uri, KNOWN);
    String protocol =
        given.word(
            "protocol", null, Arrays.stream(Protocol.values()).map(Protocol::label).toList());
    String peer = given.text("peer", "");
    String twins =
        given.word("twins", "false", List.of("true", "false")).equals("true")
            ? FlowFilter.TWINS + " "
            : "";
    FlowFilter match = FlowFilter.of(twins + given.text("match", ""));
    // A pair is one whatever became of its halves: most clients end their TCP one first.
    String usual = match.wantsTwins() ? ALL : LIVE;
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
        match,
        given.word("state", usual, List.of(LIVE, ENDED, ALL)),
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
