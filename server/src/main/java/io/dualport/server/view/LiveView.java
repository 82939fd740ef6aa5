package io.dualport.server.view;

import io.dualport.flow.TableSnapshot;
import io.dualport.server.live.Controls;
import io.dualport.server.live.History;
import io.dualport.server.live.Layout;
import io.dualport.server.live.Model;
import io.dualport.server.live.Picture;
import io.dualport.terminal.Key;
import io.dualport.terminal.KeyReader;
import io.dualport.terminal.Look;
import io.dualport.terminal.RecentLines;
import io.dualport.terminal.Screen;
import io.dualport.terminal.StandardStream;
import io.dualport.terminal.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server as a picture on a terminal, with keys.
 *
 * <p>Readings come on the report thread, keys on one of ours, signals on the JVM's; whoever changes
 * something draws, one at a time. A terminal that takes nothing holds the drawing thread, and with
 * it the next pictures, but neither the echo nor the stop. Whatever ends the view, the terminal is
 * as it was before; but for SIGKILL, after which {@code reset} helps.
 */
public final class LiveView implements ServerView {
  private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

  /** How long a terminal that takes nothing keeps its screen from being given back. */
  private static final long LEAVE_MILLIS = 300;

  private final PrintStream out;
  private final LogView lines;
  private final Terminal terminal;
  private final Look look;
  private final StopRequest stop;
  private final Duration period;
  private final Screen screen;
  private final PrintStream errBefore = System.err;
  private final RecentLines recent;
  private final ReentrantLock turn = new ReentrantLock();
  private final TerminalSignals signals;

  private History history;
  private Model model;
  private Model shown;
  private Controls controls = Controls.INITIAL;
  private int page;
  private volatile boolean isOpen;
  private volatile boolean isAway;

  private LiveView(
      PrintStream out, Terminal terminal, Look look, StopRequest stop, Duration period) {
    this.out = out;
    this.period = period;
    this.lines = new LogView(out);
    this.terminal = terminal;
    this.look = look;
    this.stop = stop;
    this.screen = new Screen(out, look);
    // A file gets its lines at once; only a terminal's would tear the picture.
    this.recent =
        new RecentLines(
            StandardStream.ERROR.isTerminal() ? OutputStream.nullOutputStream() : errBefore);
    this.signals = new TerminalSignals(this::redraw, this::suspend, this::resume);
  }

  /** Why there can be no picture here, in words; empty if there can. */
  public static Optional<String> obstacle(Map<String, String> environment) {
    if (!StandardStream.OUTPUT.isTerminal()) {
      return Optional.of("standard output is no terminal");
    }
    if (!StandardStream.INPUT.isTerminal()) {
      return Optional.of("standard input is no terminal");
    }
    if (Look.isDumb(environment)) {
      return Optional.of(
          "TERM=" + environment.getOrDefault("TERM", "") + " cannot move its cursor");
    }
    if (!Terminal.isControlling()) {
      return Optional.of("there is no controlling terminal (as after setsid)");
    }
    return Terminal.isOurs() ? Optional.empty() : Optional.of("this is a background job");
  }

  /**
   * Opens the terminal, and leaves it as it is until the server has started.
   *
   * @param out standard output
   * @param stop asked when the user quits
   * @param period how often a reading comes
   * @throws IOException if its modes cannot be read
   */
  public static LiveView open(
      PrintStream out, Map<String, String> environment, StopRequest stop, Duration period)
      throws IOException {
    return new LiveView(out, Terminal.open(), Look.of(environment), stop, period);
  }

  @Override
  public void started(StartReport report) {
    lines.started(report); // stays above, on the normal screen
    history = new History(report.facts(), report.dashboard(), period);
    model = history.begin();
    shown = model;
    turn.lock();
    try {
      terminal.takeKeys();
      screen.enter();
      isOpen = true;
      System.setErr(new PrintStream(recent, true, StandardCharsets.UTF_8));
      signals.take();
      draw();
    } catch (IOException e) {
      LOG.warn("no live view: {}; lines instead", e.getMessage());
      return;
    } finally {
      turn.unlock();
    }
    Thread keys = new Thread(this::readKeys, "keys");
    keys.setDaemon(true);
    keys.start();
  }

  @Override
  public void progress(TableSnapshot before, TableSnapshot now) {
    if (isOpen && !Terminal.isControlling()) {
      close(); // it was hung up, and SIGHUP is ignored: lines, as long as anybody takes them
    }
    if (!isOpen) {
      lines.progress(before, now);
      return;
    }
    try {
      Model next = history.add(now);
      turn.lock();
      try {
        model = next;
        controls = controls.after(model.openConnections());
        if (controls.mode() == Controls.Mode.QUIT) {
          stop.ask();
        }
        if (isAway && !signals.areSuspending() && Terminal.isOurs()) {
          comeBack();
        }
        draw();
      } finally {
        turn.unlock();
      }
    } catch (Throwable e) { // the heap may be full: a picture needs more of it than a line
      close(); // the echo goes on, and lines can still be read
      LOG.error("the live view failed; lines instead", e);
    }
  }

  @Override
  public void stopped(StopReport report) {
    close();
    lines.stopped(report);
  }

  /** Gives the terminal back. From any thread, any number of times; never waits for long. */
  @Override
  public void close() {
    if (!isOpen) {
      return;
    }
    isOpen = false;
    signals.giveBack();
    boolean isMyTurn = false;
    try {
      isMyTurn = turn.tryLock(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
      if (isMyTurn) {
        screen.leave();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      giveKeysBack();
      if (isMyTurn) {
        turn.unlock();
      }
    }
    System.setErr(errBefore);
    if (StandardStream.ERROR.isTerminal()) {
      recent.all().forEach(errBefore::println);
    }
  }

  /** Its shell has taken a terminal that is not ours, and the kernel would stop us for it. */
  private void giveKeysBack() {
    if (isAway || !Terminal.isOurs()) {
      return;
    }
    try {
      terminal.giveKeysBack();
    } catch (IOException e) {
      LOG.debug("the terminal is gone", e);
    }
  }

  private void readKeys() {
    try {
      new KeyReader(terminal, () -> isOpen, this::press).run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("no more keys: {}; Ctrl-C stops", e.toString());
    }
  }

  /** What was typed while a picture was drawn makes one more picture, not one for each key. */
  private void press(List<Key> keys) {
    if (keys.isEmpty()) {
      return;
    }
    turn.lock();
    try {
      for (Key key : keys) {
        if (key.kind() == Key.Kind.REDRAW) {
          screen.forget();
        }
        if (stop.isAsked() && Controls.isQuit(key)) {
          stop.hurry();
        }
        controls = controls.on(key, page, model.openConnections());
      }
      if (controls.mode() == Controls.Mode.QUIT) {
        stop.ask();
      }
      draw();
    } finally {
      turn.unlock();
    }
  }

  private void redraw() {
    turn.lock();
    try {
      draw();
    } finally {
      turn.unlock();
    }
  }

  /** In one's turn only. */
  private void draw() {
    if (!isOpen || isAway) {
      return;
    }
    if (!controls.isPaused()) {
      shown = model;
    }
    var size = terminal.size();
    Picture picture = Layout.of(shown, controls, size, look, recent.last(), stop.isAsked());
    controls = controls.scrolledTo(picture.offset());
    page = picture.page();
    screen.draw(picture.lines(), size);
  }

  private void suspend() {
    turn.lock();
    try {
      if (isOpen && !isAway) {
        isAway = true;
        screen.leave();
        terminal.giveKeysBack();
        out.println("dual-server: suspended, nothing is echoed; fg goes on");
        out.flush();
      }
    } catch (IOException e) {
      LOG.debug("the terminal is gone", e);
    } finally {
      turn.unlock();
    }
  }

  private void resume() {
    turn.lock();
    try {
      // In the background the kernel would stop us again; a later reading looks once more.
      isAway = true;
      if (isOpen && Terminal.isOurs()) {
        comeBack();
        draw();
      }
    } finally {
      turn.unlock();
    }
  }

  private void comeBack() {
    try {
      terminal.takeKeys();
      screen.enter();
      isAway = false;
    } catch (IOException e) {
      LOG.debug("the terminal is gone", e);
    }
  }
}
