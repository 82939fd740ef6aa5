package io.dualport.server.live;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.FlowFilter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The flows that one page shows.
 *
 * @param page in order
 * @param offset how many stand before the page
 * @param matching how many the filter lets through
 * @param twins those on the page that have a twin: the same but for the protocol
 */
record FlowSelection(List<FlowRow> page, int offset, int matching, Set<FiveTuple> twins) {
  /** How far one can scroll; further ones are found with the filter, or in another order. */
  static final int MAX_LISTED = 1000;

  /**
   * Only what is listed is sorted: of 100,000 flows a page needs no more.
   *
   * @param rows of the page
   */
  static FlowSelection of(List<FlowRow> flows, Controls controls, int rows) {
    List<FlowRow> matching = matching(flows, controls.filter());
    int listed = Math.min(matching.size(), MAX_LISTED);
    int offset = Math.max(0, Math.min(controls.offset(), listed - rows));
    int end = Math.min(listed, offset + rows);
    List<FlowRow> first =
        first(matching, controls.column().order(controls.isReversed()), Math.max(0, end));
    List<FlowRow> page = List.copyOf(first.subList(Math.min(offset, first.size()), first.size()));
    return new FlowSelection(page, offset, matching.size(), twins(page, flows));
  }

  private static List<FlowRow> matching(List<FlowRow> flows, String typed) {
    FlowFilter filter = FlowFilter.of(typed);
    if (filter.isEmpty()) {
      return flows;
    }
    Predicate<FiveTuple> wanted =
        filter.among(() -> flows.stream().map(row -> row.flow().tuple()).iterator());
    return flows.stream().filter(row -> wanted.test(row.flow().tuple())).toList();
  }

  private static List<FlowRow> first(List<FlowRow> flows, Comparator<FlowRow> order, int count) {
    if (count == 0) {
      return List.of();
    }
    PriorityQueue<FlowRow> best = new PriorityQueue<>(count, Collections.reverseOrder(order));
    for (FlowRow row : flows) {
      if (best.size() < count) {
        best.add(row);
      } else if (order.compare(row, best.peek()) < 0) {
        best.poll();
        best.add(row);
      }
    }
    List<FlowRow> first = new ArrayList<>(best);
    first.sort(order);
    return first;
  }

  /** Looked for among all flows, but only for those on the page. */
  private static Set<FiveTuple> twins(List<FlowRow> page, List<FlowRow> flows) {
    Set<FiveTuple> wanted =
        page.stream().map(row -> row.flow().tuple().twin()).collect(Collectors.toSet());
    BitSet ports = new BitSet();
    wanted.forEach(tuple -> ports.set(tuple.source().getPort()));
    Set<FiveTuple> twins = new HashSet<>();
    for (FlowRow row : flows) {
      FiveTuple tuple = row.flow().tuple();
      // The port first: hashing every address would take longer than all the rest.
      if (ports.get(tuple.source().getPort()) && wanted.contains(tuple)) {
        twins.add(tuple.twin());
      }
    }
    return twins;
  }
}
