package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.FlowCounts;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.flow.Endpoint;
import io.dualport.kernel.Zones;
import io.dualport.report.Columns;
import io.dualport.report.Table;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The five-tuples and outages of a result, for programs alone: there can be a great many. */
final class FlowListing {
  /** Counted for a protocol as a whole. */
  private static final Set<Count> COUNTS =
      EnumSet.complementOf(EnumSet.of(Count.UNSENT, Count.NOT_OPENED));

  private FlowListing() {}

  /** By the name of their member in JSON. */
  static Map<String, Table> of(LoadResult result) {
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("flows", listed(result));
    tables.put("flowsLeftOut", leftOut(result));
    tables.put("outages", new OutageReport(result).table());
    return tables;
  }

  private static Table listed(LoadResult result) {
    Columns<Listed> columns =
        new Columns<Listed>()
            .column("protocol", "protocol", flow -> flow.load().protocol().label())
            .column("source", "source", Listed::source)
            .column("destination", "destination", flow -> Endpoint.text(result.plan().remote()))
            .numbers("first sequence", "firstSequence", flow -> flow.account().firstSequence());
    COUNTS.forEach(
        count -> columns.numbers(count.key(), count.key(), flow -> flow.account().get(count)));
    return columns
        .table(
            "",
            result.protocols().stream()
                .flatMap(load -> load.flows().listed().stream().map(one -> new Listed(load, one)))
                .toList())
        .build();
  }

  /** A five-tuple of one protocol. */
  private record Listed(ProtocolLoad load, FlowCounts account) {
    String source() {
      return account.source() == null ? null : Endpoint.text(Zones.named(account.source()));
    }
  }

  private static Table leftOut(LoadResult result) {
    Columns<ProtocolLoad> columns =
        new Columns<ProtocolLoad>()
            .column("protocol", "protocol", load -> load.protocol().label())
            .numbers("five-tuples", "flows", load -> load.flows().leftOut());
    COUNTS.forEach(
        count ->
            columns.numbers(count.key(), count.key(), load -> load.flows().others().get(count)));
    return columns.table("", result.protocols()).build();
  }
}
