package io.dualport.lab.experiment;

import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Outcome;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How long does TIME_WAIT last? Read from the kernel's timer at once, then waited for. */
public final class E10LongTimeWait implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String FIN_TIMEOUT = "net.ipv4.tcp_fin_timeout";
  private static final int OTHER_FIN_TIMEOUT_SECONDS = 20;

  /** More than the two minutes of the books would be a surprise, but not wait for ever. */
  private static final Duration PATIENCE = Duration.ofSeconds(75);

  private static final Duration POLL = Duration.ofMillis(100);

  /** The unit of times in /proc: USER_HZ, 100 a second on every architecture in use. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int STATE_COLUMN = 3;
  private static final int TIMER_COLUMN = 5;

  private static final Prediction TIMER =
      Prediction.between(
          "timer",
          59,
          60,
          Bilingual.of(
              "The timer of a fresh TIME_WAIT has 60 seconds to go."),
          "proc_pid_net(5) /proc/net/tcp; TCP_TIMEWAIT_LEN in include/net/tcp.h");

  private static final Prediction FIN_TIMEOUT_IS_NOT_IT =
      Prediction.between(
          "timer-with-other-fin-timeout",
          59,
          60,
          Bilingual.of(
              "tcp_fin_timeout does not change that: the 60 seconds are compiled in, and no sysctl"
                  + " is for them."),
          "TCP_TIMEWAIT_LEN in include/net/tcp.h; tcp_time_wait in net/ipv4/tcp_minisocks.c");

  private static final Prediction FIN_WAIT2 =
      Prediction.between(
          "fin-wait2-timer",
          OTHER_FIN_TIMEOUT_SECONDS - 1,
          OTHER_FIN_TIMEOUT_SECONDS,
          Bilingual.of(
              "What it sets is how long a FIN_WAIT2 without a process waits for the peer's FIN."),
          "tcp(7) tcp_fin_timeout; tcp_fin_time in include/net/tcp.h");

  private static final Prediction LASTED =
      Prediction.between(
          "lasted",
          60,
          66,
          Bilingual.of(
              "In the end it lasted 60 seconds, and a little: the kernel groups its longer timers"
                  + " and rounds them up, those of a minute to the next 2 to 5 seconds, by its HZ."),
          "TCP_TIMEWAIT_LEN in include/net/tcp.h; granularity table in kernel/time/timer.c");

  private static final Prediction FREE =
      Prediction.exactly(
          "then-free",
          "EADDRINUSE, then OK",
          Bilingual.of(
              "All that time a bind without SO_REUSEADDR is refused; then it succeeds."),
          "bind(2) EADDRINUSE; RFC 9293 section 3.6.1");

  @Override
  public Page page() {
    return new Page(
        "10-long",
        Bilingual.of("How long TIME_WAIT lasts (takes a minute)"),
        Bilingual.of(
            "A server closed first and cannot bind its port again. For how long? Two minutes, as the"
                + " books say? And does tcp_fin_timeout shorten it?"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Bilingual.of(
                    "A released port can be used again after two minutes."),
                Bilingual.of(
                    "60 seconds on Linux. The standard takes two minutes for the lifetime of a"
                        + " segment (MSL), and TIME_WAIT for twice that: four.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "tcp_fin_timeout shortens TIME_WAIT."),
                Bilingual.of(
                    "It is about FIN_WAIT2. Both happen to be 60 seconds, hence the mistake."))),
        List.of(TIMER, FIN_TIMEOUT_IS_NOT_IT, FIN_WAIT2, LASTED, FREE));
  }

  @Override
  public boolean isLong() {
    return true;
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    notes.part(
        "tcp_fin_timeout set to something else",
        () -> finTimeout(lab, notes));
    notes.part("A minute", () -> aMinute(lab, notes));
  }

  private static void finTimeout(Lab lab, Notebook notes) throws Exception {
    PrivateNetwork network = lab.privateNetwork();
    Program net = network.owner();
    net.sysctl(FIN_TIMEOUT);
    net.sysctl(FIN_TIMEOUT, String.valueOf(OTHER_FIN_TIMEOUT_SECONDS));
    Ends ends = new Ends(lab, net, lab.freePort());
    ends.serverCloses();
    notes.check(FIN_WAIT2, remainingSeconds(notes, net, ends.port(), SocketState.FIN_WAIT2));
    ends.clientCloses();
    notes.check(
        FIN_TIMEOUT_IS_NOT_IT, remainingSeconds(notes, net, ends.port(), SocketState.TIME_WAIT));
  }

  private static void aMinute(Lab lab, Notebook notes) throws Exception {
    Program self = lab.self();
    Ends ends = new Ends(lab, self, lab.freePort());
    ends.serverCloses();
    long start = System.nanoTime();
    ends.clientCloses();
    notes.check(TIMER, remainingSeconds(notes, self, ends.port(), SocketState.TIME_WAIT));

    Sock restarted = self.tcp("new");
    Outcome atOnce = restarted.bind(LOOPBACK, ends.port());
    notes.say("From now on it is asked every %d ms.", POLL.toMillis());
    Sock patient = new Sock(self.quiet(), restarted.label(), restarted.descriptor());
    lab.await(
        Bilingual.of("the port is free again"),
        PATIENCE,
        POLL,
        () -> patient.bind(LOOPBACK, ends.port()).isOk());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    Outcome then = restarted.listen(1);
    notes.say(
        "bind succeeded %.1f s after the connection had come into TIME_WAIT.", millis / 1000.0);
    notes.check(LASTED, TimeUnit.MILLISECONDS.toSeconds(millis));
    notes.check(FREE, atOnce + ", then " + then);
  }

  /** What the kernel's timer says, rounded to seconds; the line is written down. */
  private static long remainingSeconds(Notebook notes, Program program, int port, SocketState state)
      throws IOException, SkippedException, FailedException {
    Path table = program.procNet().resolve("tcp");
    if (!Files.isReadable(table)) {
      throw new SkippedException(
          Bilingual.of(
              "the kernel's timers cannot be read here: it needs Linux's /proc/net/tcp"));
    }
    String portText = String.format(Locale.ROOT, ":%04X", port);
    String stateText = String.format(Locale.ROOT, "%02X", state.number());
    for (String line : Files.readAllLines(table, StandardCharsets.ISO_8859_1)) {
      String[] columns = line.strip().split(" +");
      if (columns[1].endsWith(portText) && columns[STATE_COLUMN].equals(stateText)) {
        // tr:tm->when, as in 03:00001770: which timer runs, and for how many ticks yet.
        long ticks = Long.parseLong(columns[TIMER_COLUMN].split(":")[1], 16);
        notes.exhibit(
            Bilingual.of("Its line in /proc/net/tcp; state %s is %s", stateText, state),
            line.strip());
        notes.say(
            "Timer %s: in hexadecimal, %d hundredths of a second.", columns[TIMER_COLUMN], ticks);
        return Math.round(ticks / TICKS_PER_SECOND);
      }
    }
    throw new FailedException(
        Bilingual.of("no socket on port %d is in %s", port, state));
  }

  /** A connection of one program with itself, closed by its server first, step by step. */
  private static final class Ends {
    private final Lab lab;
    private final Program program;
    private final int port;
    private final Sock client;
    private final Sock server;

    Ends(Lab lab, Program program, int port) throws Exception {
      this.lab = lab;
      this.program = program;
      this.port = port;
      Program quiet = program.quiet();
      Sock listener = quiet.listener("old", LOOPBACK, port);
      Sock dialled = quiet.dial("client's end", LOOPBACK, port);
      Sock accepted = listener.accept("server's end");
      listener.close();
      client = new Sock(program, dialled.label(), dialled.descriptor());
      server = new Sock(program, accepted.label(), accepted.descriptor());
    }

    int port() {
      return port;
    }

    void serverCloses() throws Exception {
      server.close().must();
      awaitState(SocketState.FIN_WAIT2);
    }

    void clientCloses() throws Exception {
      client.receive(Sock.PATIENCE_MILLIS);
      client.close().must();
      awaitState(SocketState.TIME_WAIT);
    }

    private void awaitState(SocketState state) throws Exception {
      lab.await(
          Bilingual.of("the server's end is in %s", state),
          () -> lab.count(program, state, port) == 1);
    }
  }
}
