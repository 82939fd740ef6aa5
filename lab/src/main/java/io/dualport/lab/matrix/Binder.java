package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import java.util.ArrayList;
import java.util.List;

/**
 * A socket that asks for the port.
 *
 * @param protocol TCP or UDP
 * @param address what it is bound to
 * @param options what is set before
 */
record Binder(Protocol protocol, AddressKind address, ReuseOptions options) {
  /** Every one there is. */
  static List<Binder> all() {
    List<Binder> all = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      for (AddressKind address : AddressKind.values()) {
        for (ReuseOptions options : ReuseOptions.values()) {
          all.add(new Binder(protocol, address, options));
        }
      }
    }
    return all;
  }
}
