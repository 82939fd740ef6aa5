package io.dualport.client.load;

import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Why connections failed or sockets reported errors, of one protocol. */
record CauseNotes(LoadSettings settings, ProtocolLoad load) {
  /** What happened how often, and what helps. */
  List<String> all() {
    if (load.causes().isEmpty()) {
      return List.of();
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        "%s: %s, warm-up included: %s."
            .formatted(
                load.protocol(),
                load.protocol() == Protocol.TCP
                    ? "connections that failed or ended early"
                    : "refused or reported",
                LoadReport.causes(load)));
    notes.addAll(
        load.causes().keySet().stream()
            .map(this::advice)
            .flatMap(Optional::stream)
            .distinct()
            .toList());
    return notes;
  }

  private Optional<String> advice(String cause) {
    Optional<Errno> errno =
        Arrays.stream(Errno.values()).filter(e -> e.name().equals(cause)).findFirst();
    boolean ports =
        errno.filter(e -> e == Errno.EADDRNOTAVAIL || e == Errno.EADDRINUSE).isPresent();
    if (ports && settings.connectPerMessage() && settings.close() == Closing.FIN) {
      return Optional.of(
          OpenFailure.portsAdvice(load.protocol())
              + ", or leave no TIME_WAIT behind (--close rst).");
    }
    return errno
        .filter(
            e ->
                switch (e) {
                  case EMFILE, ENFILE, EADDRNOTAVAIL, EADDRINUSE -> true;
                  case ECONNREFUSED, ETIMEDOUT -> load.endedInFailure();
                  default -> false;
                })
        .map(e -> OpenFailure.advice(e, load.protocol()));
  }
}
