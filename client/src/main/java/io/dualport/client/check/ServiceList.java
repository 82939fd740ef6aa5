package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.client.check.service.Services;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import java.util.List;
import java.util.stream.Collectors;

/** What {@code check --as list} prints. */
final class ServiceList {
  private static final Target ANY = new Target("localhost", 1);

  private ServiceList() {}

  static String render(Format format) {
    return format.render(
        new Columns<Service>()
            .column("service", "service", Service::name)
            .column("ports", "ports", service -> joined(service.ports()))
            .column("asked over TCP", "askedTcp", service -> service.asked(Protocol.TCP))
            .column("asked over UDP", "askedUdp", service -> service.asked(Protocol.UDP))
            .column("UDP sizes", "sizesUdp", ServiceList::sizes)
            .column("recognised by", "proof", Service::proof)
            .table("What check --as can ask for", Services.all(ANY))
            .note("Any other number is asked for an echo (--as echo); --send asks anything else.")
            .build());
  }

  /** Null where one is enough. */
  private static String sizes(Service service) {
    return service.datagramSizes().size() == 1
        ? null
        : joined(service.datagramSizes().stream().filter(size -> size > 0).toList());
  }

  private static String joined(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
