package io.dualport.client.load;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Zones;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The five-tuples and outages of a result, for programs alone: there can be a great many. */
final class FlowTables {
  /** Counted for a protocol as a whole. */
  private static final Set<Count> COUNTS =
      EnumSet.complementOf(EnumSet.of(Count.UNSENT, Count.NOT_OPENED));

  private FlowTables() {}

  /** By the name of their member in JSON. */
  static Map<String, Table> of(LoadResult result) {
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("flows", listed(result));
    tables.put("flowsLeftOut", leftOut(result));
    tables.put("outages", new OutageReport(result).table());
    return tables;
  }

  private static Table listed(LoadResult result) {
    Table.Builder table =
        Table.titled("")
            .column("protocol", "protocol")
            .column("source", "source")
            .column("destination", "destination")
            .numbers("first sequence", "firstSequence");
    COUNTS.forEach(count -> table.numbers(count.key(), count.key()));
    for (ProtocolLoad load : result.protocols()) {
      for (FlowAccount account : load.flows().listed()) {
        List<Object> values = new ArrayList<>();
        values.add(load.protocol().label());
        values.add(account.source() == null ? null : Endpoint.text(Zones.named(account.source())));
        values.add(Endpoint.text(result.plan().remote()));
        values.add(account.firstSequence());
        COUNTS.forEach(count -> values.add(account.get(count)));
        table.row(values.toArray());
      }
    }
    return table.build();
  }

  private static Table leftOut(LoadResult result) {
    Table.Builder table =
        Table.titled("").column("protocol", "protocol").numbers("five-tuples", "flows");
    COUNTS.forEach(count -> table.numbers(count.key(), count.key()));
    for (ProtocolLoad load : result.protocols()) {
      List<Object> values = new ArrayList<>();
      values.add(load.protocol().label());
      values.add(load.flows().leftOut());
      COUNTS.forEach(count -> values.add(load.flows().others().get(count)));
      table.row(values.toArray());
    }
    return table.build();
  }
}
