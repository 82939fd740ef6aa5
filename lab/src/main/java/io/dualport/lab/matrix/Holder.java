package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import java.util.ArrayList;
import java.util.List;

/**
 * The socket that has the port.
 *
 * @param socket what it is
 * @param listening whether it listens; never for UDP, which has no listen
 */
record Holder(Binder socket, boolean listening) {
  /** Every one there is. */
  static List<Holder> all() {
    List<Holder> all = new ArrayList<>();
    for (Binder socket : Binder.all()) {
      all.add(new Holder(socket, false));
      if (socket.protocol() == Protocol.TCP) {
        all.add(new Holder(socket, true));
      }
    }
    return all;
  }
}
