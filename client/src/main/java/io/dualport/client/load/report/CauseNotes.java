package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.message.Suspicions;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Why connections failed, sockets reported errors or no echo came, of one protocol. */
record CauseNotes(LoadPlan plan, ProtocolLoad load) {
  /** What the run itself counts for a connection that was waited for in vain. */
  private static final Set<String> SILENCE = Set.of(LoopCounts.NO_ECHO_BY_THE_END);

  /** Of a connection that is asked for, and of a datagram. */
  private static final Set<String> REFUSED = Set.of("ECONNREFUSED", "ETIMEDOUT");

  /** Of a connection that stood. */
  private static final Set<String> BROKEN = Set.of("ECONNRESET", "EPIPE", "FIN");

  /** What happened how often, and what helps. */
  List<String> all() {
    List<String> notes = new ArrayList<>();
    if (!load.causes().isEmpty()) {
      notes.add(
          Words.format(
              "%s: %s, warm-up included: %s.",
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
    }
    if (hasStopped()) {
      notes.add(told(stopped()));
    } else if (isUnheard()) {
      notes.add(told(unheard()));
    }
    return notes;
  }

  private Optional<String> advice(String cause) {
    Optional<Errno> errno =
        Arrays.stream(Errno.values()).filter(e -> e.name().equals(cause)).findFirst();
    boolean ports =
        errno.filter(e -> e == Errno.EADDRNOTAVAIL || e == Errno.EADDRINUSE).isPresent();
    LoadSettings settings = plan.settings();
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
                  case ECONNREFUSED, ETIMEDOUT -> load.endedInFailure() && !load.hasEchoed();
                  default -> false;
                })
        .map(e -> OpenFailure.advice(e, load.protocol()));
  }

  /** It answered, and at the end it did not, for a reason that is not this machine's. */
  private boolean hasStopped() {
    return load.endedInFailure()
        && load.hasEchoed()
        && load.stranger() == null
        && load.causes().keySet().stream()
            .allMatch(c -> SILENCE.contains(c) || REFUSED.contains(c) || BROKEN.contains(c));
  }

  /** As send and check tell it. */
  private String told(Finding finding) {
    return load.protocol() + " " + finding.text(Finding.LOOK_FOR);
  }

  /** No rate limit ends a connection that stands. */
  private Finding stopped() {
    boolean broke = load.causes().keySet().stream().anyMatch(BROKEN::contains);
    boolean oneSize = plan.settings().size().min() == plan.settings().size().max();
    return Verdict.LOSSY.because(
        "it answered, and then no more",
        Finding.LOOK_FOR
            + (broke ? Suspicions.ENDED + "; " + Suspicions.RATE_LIMIT : Suspicions.STOPPED)
            + (oneSize ? "" : tooLarge("; ", "")));
  }

  /** Nothing ever came, and nobody said no. */
  private boolean isUnheard() {
    return load.isSilent()
        && load.count(Count.LOST) + load.warmup().get(Count.LOST) > 0
        && SILENCE.containsAll(load.causes().keySet());
  }

  private Finding unheard() {
    return load.protocol() == Protocol.TCP
        ? Verdict.SILENT.because(
            "connected, but nothing ever came back",
            Finding.LOOK_FOR
                + tooLarge("", "; ")
                + "a server that accepts without reading, hangs or does not echo; a proxy whose"
                + " backend hangs")
        : Verdict.SILENT.because(
            "nothing ever came back",
            Finding.LOOK_FOR
                + "a firewall, load balancer or NAT that drops UDP "
                + plan.remote().getPort()
                + "; a server that does not echo; "
                + Suspicions.elsewhere(plan.target().toString())
                + tooLarge("; ", ""));
  }

  /** The handshake is small and passed; a message need not. */
  private String tooLarge(String before, String behind) {
    int largest = plan.settings().size().max();
    return Suspicions.canBeTooLarge(largest)
        ? before + Suspicions.blackHole(plan.remote().getAddress()) + behind
        : "";
  }
}
