package io.dualport.server;

import io.dualport.config.SettingException;
import io.dualport.kernel.Errno;
import io.dualport.kernel.NetCounters;
import io.dualport.report.Words;
import io.dualport.server.echo.BindFailure;
import io.dualport.server.echo.DualServer;
import io.dualport.server.echo.InheritedSockets;
import io.dualport.server.echo.PortSockets;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.settings.ServerSettings;
import io.dualport.server.view.JsonView;
import io.dualport.server.view.LiveView;
import io.dualport.server.view.LogView;
import io.dualport.server.view.QuietView;
import io.dualport.server.view.ServerView;
import io.dualport.server.view.StartReport;
import io.dualport.server.view.StopReport;
import io.dualport.server.view.StopRequest;
import io.dualport.terminal.WatchedOutput;
import io.dualport.transport.DirectMemory;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.channel.ChannelException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** One run of the server program: bind, say so, serve until told to stop, say what happened. */
final class ServerRun {
  /** What {@code report-every = auto} is. */
  private static final Duration LIVE_EVERY = Duration.ofSeconds(1);

  private static final Duration LINES_EVERY = Duration.ofSeconds(10);

  private final ServerSettings settings;
  private final WatchedOutput watched;
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  ServerRun(
      ServerSettings settings,
      WatchedOutput out,
      PrintStream err,
      Map<String, String> environment) {
    this.settings = settings;
    this.watched = out;
    this.out = out.printer();
    this.err = err;
    this.environment = environment;
  }

  /**
   * Serves until it is asked to stop.
   *
   * @throws SettingException if the transport is not to be had here
   * @throws InterruptedException if the waiting is cut short; the server is stopped all the same
   */
  ExitCode until(StopRequest stop) throws InterruptedException {
    Transport transport = transport();
    try (ServerView view = view(stop)) {
      return until(stop, transport, view);
    }
  }

  private ExitCode until(StopRequest stop, Transport transport, ServerView view)
      throws InterruptedException {
    Optional<NetCounters> kernelBefore = NetCounters.read();
    DualServer server;
    try {
      server =
          DualServer.start(
              settings, transport, InheritedSockets.of(environment, settings, transport));
    } catch (BindFailure e) {
      err.println("dual-server: " + e.getMessage());
      return ExitCode.COULD_NOT_BIND;
    } catch (IllegalStateException | ChannelException e) {
      // An event loop needs descriptors of its own, before any socket.
      err.println(
          "dual-server: cannot open event loops: " + Errno.of(e).text() + "; see `ulimit -n`");
      return ExitCode.COULD_NOT_BIND;
    } catch (SocketException e) {
      err.println("dual-server: cannot list this machine's addresses: " + e.getMessage());
      return ExitCode.FAILED;
    }
    ServerFacts facts = server.facts(new ServerVersion().number());
    long startedNanos = System.nanoTime();
    OptionalLong kernelDrops;
    Reporter reporter = new Reporter(view, watched::waitingNanos);
    stop.drains(settings.drain(), server::hurry);
    // Closed after the echo: until then it tells that the server drains.
    try (Admin admin = Admin.of(server, facts, settings.admin(), kernelBefore);
        server) {
      reporter.started(StartReport.of(facts, settings, admin.url()));
      server.rehearse();
      reporter.watchCaptures(server.segmentation());
      reporter.progressEvery(reportEvery(view), server);
      stop.await();
      kernelDrops = PortSockets.drops(server.port(), server.dropsOfClosed());
    } catch (BindFailure e) {
      server.close();
      err.println("dual-server: " + e.getMessage());
      return ExitCode.COULD_NOT_BIND;
    }
    reporter.stopped(
        new StopReport(
            facts,
            server.snapshot(),
            kernelBefore.flatMap(before -> NetCounters.read().map(now -> now.since(before))),
            kernelDrops,
            Duration.ofNanos(System.nanoTime() - startedNanos),
            settings.reportFlows()));
    return ExitCode.STOPPED;
  }

  private Transport transport() {
    DirectMemory.limitNetty(); // done ahead as a rule; else this waits for it, or does it
    Transport transport = chosenTransport();
    int shards = settings.shards().orElse(1);
    if (shards > 1 && !transport.sharesPort()) {
      throw new SettingException(
          Words.format(
              "server.shards = %d: the %s transport has one datagram socket for an address; choose"
                  + " auto or 1, or the epoll transport",
              shards, transport.label()));
    }
    if (shards > settings.eventLoops()) {
      throw new SettingException(
          Words.format(
              "server.shards = %d: more than event loops (%d), and each takes one; raise --threads,"
                  + " or choose auto",
              shards, settings.eventLoops()));
    }
    if (settings.udpGso() == Segmentation.Mode.ON && !transport.sendsSegments()) {
      throw new SettingException(
          Words.format(
              "server.udp-gso = on: %s; choose auto or off%s",
              transport.whyNoSegments(),
              transport == Transport.EPOLL ? "" : ", or the epoll transport"));
    }
    return transport;
  }

  private Transport chosenTransport() {
    if (settings.transport() == ServerSettings.TransportChoice.AUTO) {
      return Transport.automatic();
    }
    Transport asked = Transport.valueOf(settings.transport().name());
    if (!asked.isAvailable()) {
      throw new SettingException(
          Words.format(
              "server.transport = %s: not available here: %s; available: %s",
              asked.label(),
              asked.unavailability(),
              String.join(", ", Transport.available().stream().map(Transport::label).toList())));
    }
    return asked;
  }

  private ServerView view(StopRequest stop) {
    return switch (settings.view()) {
      case AUTO -> obstacle().isEmpty() ? live(stop) : new LogView(out);
      case LIVE -> live(stop);
      case LOG -> new LogView(out);
      case JSON -> new JsonView(out);
      case QUIET -> new QuietView();
    };
  }

  private Optional<String> obstacle() {
    return settings.reportEvery().equals(Optional.of(Duration.ZERO))
        ? Optional.of("server.report-every is 0s")
        : LiveView.obstacle(environment);
  }

  private ServerView live(StopRequest stop) {
    String obstacle = obstacle().orElse(null);
    if (obstacle == null) {
      try {
        return LiveView.open(out, environment, stop, settings.reportEvery().orElse(LIVE_EVERY));
      } catch (IOException e) {
        obstacle = e.getMessage();
      }
    }
    err.println("dual-server: no live view, lines instead: " + obstacle);
    return new LogView(out);
  }

  private Duration reportEvery(ServerView view) {
    return settings.reportEvery().orElse(view instanceof LiveView ? LIVE_EVERY : LINES_EVERY);
  }
}
