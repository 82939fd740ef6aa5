package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SystemCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the kernel about every pair of a socket that has a port and one that wants it. Every socket
 * is opened, set, bound and closed for its pair alone; no connection is made, so nothing lingers.
 */
public final class BindMatrix {
  private static final int BACKLOG = 1;

  private final SystemCalls calls;
  private final int port;
  private final Model model;

  /**
   * @param calls of a process in which both sockets live
   * @param port free on both protocols and all addresses
   */
  public BindMatrix(SystemCalls calls, int port) {
    this(calls, port, (rule, protocol) -> rule.predicted(protocol));
  }

  /** With another model, so that a test can see a wrong one fail. */
  BindMatrix(SystemCalls calls, int port, Model model) {
    this.calls = calls;
    this.port = port;
    this.model = model;
  }

  /** What a rule predicts. */
  @FunctionalInterface
  interface Model {
    BindAnswer predicted(BindRule rule, Protocol protocol);
  }

  /**
   * Asks about all pairs and writes them down.
   *
   * @param ipv6 whether this kernel has IPv6; without it those pairs are left out
   * @throws IOException if a holder cannot be set up, which leaves nothing to ask
   */
  public MatrixResult run(boolean ipv6) throws IOException {
    return new MatrixResult(cells(ipv6));
  }

  /**
   * All pairs, in the order of holders, then newcomers.
   *
   * @param ipv6 whether this kernel has IPv6; without it those pairs are left out
   * @throws IOException if a holder cannot be set up, which leaves nothing to ask
   */
  List<BindPair> cells(boolean ipv6) throws IOException {
    List<BindPair> cells = new ArrayList<>();
    for (Holder holder : Holder.all()) {
      for (Binder newcomer : Binder.all()) {
        boolean needsIpv6 = holder.socket().address().isIpv6() || newcomer.address().isIpv6();
        if (ipv6 || !needsIpv6) {
          cells.add(cell(holder, newcomer));
        }
      }
    }
    return cells;
  }

  private BindPair cell(Holder holder, Binder newcomer) throws IOException {
    BindRule rule = BindRule.of(holder, newcomer);
    int held = open(holder.socket());
    try {
      mustSucceed(bind(held, holder.socket()), holder);
      if (holder.listening()) {
        mustSucceed(listen(held), holder);
      }
      BindAnswer observed = ask(newcomer);
      return new BindPair(
          holder, newcomer, observed, rule, model.predicted(rule, newcomer.protocol()));
    } finally {
      close(held);
    }
  }

  private BindAnswer ask(Binder newcomer) throws IOException {
    int asking = open(newcomer);
    try {
      Reply bound = bind(asking, newcomer);
      boolean listens = bound.isOk() && newcomer.protocol() == Protocol.TCP;
      return new BindAnswer(bound.word(), listens ? listen(asking).word() : null);
    } finally {
      close(asking);
    }
  }

  private int open(Binder socket) throws IOException {
    String family = socket.address().isIpv6() ? "inet6" : "inet";
    String type = socket.protocol() == Protocol.TCP ? "stream" : "dgram";
    int descriptor = calls.call(List.of("socket", family, type)).number();
    // Set one way or the other: what is on by default differs from system to system.
    set(descriptor, Option.SO_REUSEADDR, socket.options().reuseAddress());
    set(descriptor, Option.SO_REUSEPORT, socket.options().reusePort());
    if (socket.address().isIpv6()) {
      set(descriptor, Option.IPV6_V6ONLY, socket.address().isV6Only());
    }
    return descriptor;
  }

  private void set(int descriptor, Option option, boolean on) throws IOException {
    List<String> words =
        List.of("setsockopt", String.valueOf(descriptor), option.name(), on ? "1" : "0");
    mustSucceed(calls.call(words), words);
  }

  private Reply bind(int descriptor, Binder socket) throws IOException {
    return calls.call(
        List.of(
            "bind", String.valueOf(descriptor), socket.address().address(), String.valueOf(port)));
  }

  private Reply listen(int descriptor) throws IOException {
    return calls.call(List.of("listen", String.valueOf(descriptor), String.valueOf(BACKLOG)));
  }

  private void close(int descriptor) throws IOException {
    calls.call(List.of("close", String.valueOf(descriptor)));
  }

  private static void mustSucceed(Reply reply, Object what) throws IOException {
    if (!reply.isOk()) {
      throw new IOException(what + ": " + reply.word());
    }
  }
}
