package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.server.facts.ServerFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Bytes that a client of the admin side sends: each request is answered or refused, none with a
 * fault of ours, and everything is released.
 */
public final class HttpFuzz {
  private static final ObservedServer SUBJECT = subject();
  private static final Frame FRAME = Frame.read(SUBJECT.tables(), SUBJECT.state(), null);

  private HttpFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    query(new String(input, StandardCharsets.UTF_8));
    AdminCounters counters = new AdminCounters();
    AdminServer.Parts parts =
        new AdminServer.Parts(
            new Access(new AdminSettings(new AdminAddress(Optional.empty(), false), "", 1, 0)),
            new WorkBudget(),
            new Router(SUBJECT, counters, 10),
            new EventStreams(SUBJECT.facts().instance(), counters),
            counters,
            new LinkedHashSet<>(),
            new SpareDescriptor(counters, () -> false, hold -> {}),
            () -> FRAME);
    Duplex connection = new Duplex(AdminServer.handlers(parts));
    // In two pieces, as the first byte says.
    int cut = input.length == 0 ? 0 : (input[0] & 0xff) % (input.length + 1);
    connection.writeInbound(Unpooled.copiedBuffer(input, 0, cut));
    if (connection.isOpen()) {
      connection.writeInbound(Unpooled.copiedBuffer(input, cut, input.length - cut));
    }
    connection.runPendingTasks();
    assertThat(counters.refused().get(HttpRefusal.FAULT)).as("faults of ours").isZero();
    boolean isFirst = true;
    for (ByteBuf out = connection.readOutbound(); out != null; out = connection.readOutbound()) {
      if (isFirst && out.isReadable()) {
        assertThat(out.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 ");
        isFirst = false;
      }
      out.release();
    }
    connection.finishAndReleaseAll();
    assertThat(counters.connections()).as("connections left").isZero();
  }

  /** The parsers alone, past what HTTP lets through. */
  private static void query(String text) {
    try {
      FlowQuery.parse("/api/flows?" + text);
    } catch (BadParameterException e) {
      assertThat(e.getMessage()).isNotNull();
    }
    try {
      PeerFilter.parse(text).matches(new InetSocketAddress("127.0.0.1", 8888));
    } catch (BadParameterException e) {
      assertThat(e.getMessage()).isNotNull();
    }
  }

  private static ObservedServer subject() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    InetSocketAddress server = new InetSocketAddress("127.0.0.1", 8888);
    for (int port = 1; port < 4; port++) {
      InetSocketAddress client = new InetSocketAddress("127.0.0.1", 40_000 + port);
      table.openConnection(new FiveTuple(Protocol.TCP, client, server), 7);
      table.datagramFlow(new FiveTuple(Protocol.UDP, client, server), 7);
    }
    return new ObservedServer(
        new ServerFacts(
            "00000000000000aa",
            "test",
            Instant.now(),
            8888,
            List.of("127.0.0.1"),
            "",
            List.of(),
            "",
            "nio",
            "",
            1,
            1,
            "",
            4096,
            true,
            "",
            new ServerFacts.Limits(1, OptionalInt.empty(), 1, 1, 1, OptionalInt.empty()),
            Duration.ZERO),
        List.of(table),
        () -> 0,
        Optional.empty(),
        () -> 0,
        hold -> {},
        () -> true,
        () -> false);
  }

  /** A connection whose two directions end by themselves. */
  private static final class Duplex extends EmbeddedChannel implements DuplexChannel {
    private boolean outputIsShut;

    Duplex(ChannelHandler... handlers) {
      super(handlers);
    }

    @Override
    public boolean isInputShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
      return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
      return promise.setSuccess();
    }

    @Override
    public boolean isOutputShutdown() {
      return outputIsShut;
    }

    @Override
    public ChannelFuture shutdownOutput() {
      outputIsShut = true;
      return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
      outputIsShut = true;
      return promise.setSuccess();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdown() {
      return shutdownOutput();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
      return shutdownOutput(promise);
    }
  }
}
