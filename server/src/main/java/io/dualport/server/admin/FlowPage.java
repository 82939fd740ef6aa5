package io.dualport.server.admin;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.FlowTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The part of all five-tuples that a query asks for. Only its flows are read whole; of the others
 * one value each.
 *
 * @param total how many match
 * @param twins those of the flows' tuples that have a twin
 */
record FlowPage(int total, List<FlowSnapshot> flows, Set<FiveTuple> twins) {

  static FlowPage of(Collection<FlowTable> tables, FlowQuery query) {
    List<Flow> all = new ArrayList<>();
    for (FlowTable table : tables) {
      if (query.wantsLive()) {
        all.addAll(table.liveFlows());
      }
      if (query.wantsEnded()) {
        all.addAll(table.recentFlows());
      }
    }
    Predicate<Flow> wanted = wanted(query, all);
    // The best of a page and all before it, so that a hundred thousand are never sorted for fifty.
    long keep = (long) query.offset() + query.limit();
    PriorityQueue<FlowOrder.Ranked> worstFirst =
        new PriorityQueue<>(query.sort().comparator(query.descending()).reversed());
    int total = 0;
    for (Flow flow : all) {
      if (wanted.test(flow)) {
        total++;
        worstFirst.add(query.sort().rank(flow));
        if (worstFirst.size() > keep) {
          worstFirst.poll();
        }
      }
    }
    List<FlowSnapshot> page =
        worstFirst.stream()
            .sorted(query.sort().comparator(query.descending()))
            .skip(query.offset())
            .map(ranked -> ranked.flow().snapshot())
            .toList();
    return new FlowPage(total, page, twins(tables, page));
  }

  private static Predicate<Flow> wanted(FlowQuery query, List<Flow> all) {
    Predicate<Flow> wanted = flow -> true;
    if (query.protocol() != null) {
      wanted = wanted.and(flow -> flow.tuple().protocol() == query.protocol());
    }
    if (query.peer() != null) {
      wanted = wanted.and(flow -> query.peer().matches(flow.tuple().source()));
    }
    if (!query.match().isEmpty()) {
      Predicate<FiveTuple> matching =
          query.match().among(() -> all.stream().map(Flow::tuple).iterator());
      wanted = wanted.and(flow -> matching.test(flow.tuple()));
    }
    return wanted;
  }

  /** A twin counts whether it is on the page or not, and whether it lives or has ended. */
  private static Set<FiveTuple> twins(Collection<FlowTable> tables, List<FlowSnapshot> page) {
    Set<FiveTuple> lookedFor = new HashSet<>();
    page.forEach(flow -> lookedFor.add(flow.tuple().twin()));
    Set<FiveTuple> found = new HashSet<>();
    for (FlowTable table : tables) {
      for (List<Flow> flows : List.of(table.liveFlows(), table.recentFlows())) {
        for (Flow flow : flows) {
          if (lookedFor.contains(flow.tuple())) {
            found.add(flow.tuple().twin());
          }
        }
      }
    }
    return found;
  }
}
