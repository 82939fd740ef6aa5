package io.dualport.lab.experiment;

import static io.dualport.kernel.SocketState.FIN_WAIT2;
import static io.dualport.kernel.SocketState.TIME_WAIT;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long does TIME_WAIT last? Read from the kernel's timer at once, then waited for.
 *
 * <p>Longer than most: no table of ours has the kernel's timers, so it reads their line itself.
 */
public final class E10LongTimeWait implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String FIN_TIMEOUT = "net.ipv4.tcp_fin_timeout";
  private static final int OTHER_FIN_TIMEOUT_SECONDS = 20;

  /** More than the two minutes of the books would be a surprise, but not wait for ever. */
  private static final Duration PATIENCE = Duration.ofSeconds(75);

  private static final Duration POLL = Duration.ofMillis(100);

  /** The unit of times in /proc: USER_HZ, 100 a second on every architecture in use. */
  private static final double TICKS_PER_SECOND = 100;

  private Program program;
  private int port;
  private Sock client;
  private Sock server;
  private long startNanos;
  private Outcome atOnce;
  private Outcome inTheEnd;

  @Override
  public Script script() {
    return Script.of("10-long", "How long TIME_WAIT lasts (takes a minute)")
        .question(
            "A server closed first and cannot bind its port again. For how long? Two minutes, as"
                + " the books say? And does tcp_fin_timeout shorten it?")
        .filter("tcp.port == PORT")
        .takesLong()
        .part("tcp_fin_timeout set to something else")
        .act(
            lab -> {
              Program net = lab.privateNetwork().owner();
              net.sysctl(FIN_TIMEOUT);
              net.sysctl(FIN_TIMEOUT, String.valueOf(OTHER_FIN_TIMEOUT_SECONDS));
              connectToItself(lab, net);
            })
        .expectBetween(
            "fin-wait2-timer",
            OTHER_FIN_TIMEOUT_SECONDS - 1,
            OTHER_FIN_TIMEOUT_SECONDS,
            "What it sets is how long a FIN_WAIT2 without a process waits for the peer's FIN.",
            "tcp(7) tcp_fin_timeout; tcp_fin_time in include/net/tcp.h",
            lab -> {
              serverCloses(lab);
              return remainingSeconds(lab, FIN_WAIT2);
            })
        .expectBetween(
            "timer-with-other-fin-timeout",
            59,
            60,
            "tcp_fin_timeout does not change that: the 60 seconds are compiled in, and no sysctl"
                + " is for them.",
            "TCP_TIMEWAIT_LEN in include/net/tcp.h; tcp_time_wait in net/ipv4/tcp_minisocks.c",
            lab -> {
              clientCloses(lab);
              return remainingSeconds(lab, TIME_WAIT);
            })
        .part("A minute")
        .expectBetween(
            "timer",
            59,
            60,
            "The timer of a fresh TIME_WAIT has 60 seconds to go.",
            "proc_pid_net(5) /proc/net/tcp; TCP_TIMEWAIT_LEN in include/net/tcp.h",
            lab -> {
              connectToItself(lab, lab.self());
              serverCloses(lab);
              startNanos = System.nanoTime();
              clientCloses(lab);
              return remainingSeconds(lab, TIME_WAIT);
            })
        .expectBetween(
            "lasted",
            60,
            66,
            "In the end it lasted 60 seconds, and a little: the kernel groups its longer timers"
                + " and rounds them up, those of a minute to the next 2 to 5 seconds, by its HZ.",
            "TCP_TIMEWAIT_LEN in include/net/tcp.h; granularity table in kernel/time/timer.c",
            this::secondsUntilThePortIsFree)
        .expect(
            "then-free",
            "EADDRINUSE, then OK",
            "All that time a bind without SO_REUSEADDR is refused; then it succeeds.",
            "bind(2) EADDRINUSE; RFC 9293 section 3.6.1",
            lab -> atOnce + ", then " + inTheEnd)
        .answer(
            "For 60 seconds, and a little more because the kernel's timers are coarse, not for two"
                + " minutes; tcp_fin_timeout does not shorten that: it is about FIN_WAIT2.")
        .corrects(
            TWO_PROCESSES,
            "A released port can be used again after two minutes.",
            "60 seconds on Linux. The standard takes two minutes for the lifetime of a segment"
                + " (MSL), and TIME_WAIT for twice that: four.")
        .corrects(
            COMMON_BELIEF,
            "tcp_fin_timeout shortens TIME_WAIT.",
            "It is about FIN_WAIT2. Both happen to be 60 seconds, hence the mistake.");
  }

  /** A connection of one program with itself, whose listener is gone. */
  private void connectToItself(Lab lab, Program both) throws Exception {
    program = both;
    port = lab.freePort();
    Program quiet = both.quiet();
    Sock listener = quiet.listener("old", LOOPBACK, port);
    client = loud(quiet.dial("client's end", LOOPBACK, port));
    server = loud(listener.accept("server's end"));
    listener.close();
  }

  private Sock loud(Sock quiet) {
    return program.socket(quiet.label(), quiet.descriptor());
  }

  private void serverCloses(Lab lab) throws Exception {
    server.close().must();
    awaitServersEnd(lab, FIN_WAIT2);
  }

  private void clientCloses(Lab lab) throws Exception {
    client.receive(Sock.PATIENCE_MILLIS);
    client.close().must();
    awaitServersEnd(lab, TIME_WAIT);
  }

  private void awaitServersEnd(Lab lab, SocketState state) throws Exception {
    lab.await(
        Bilingual.of("the server's end is in %s", state),
        () -> lab.count(program, state, port) == 1);
  }

  private long secondsUntilThePortIsFree(Lab lab) throws Exception {
    Sock restarted = program.tcp("new");
    atOnce = restarted.bind(LOOPBACK, port);
    lab.say("From now on it is asked every %d ms.", POLL.toMillis());
    Sock patient = restarted.quiet();
    lab.await(
        Bilingual.of("the port is free again"),
        PATIENCE,
        POLL,
        () -> patient.bind(LOOPBACK, port).isOk());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    inTheEnd = restarted.listen(1);
    lab.say("bind succeeded %.1f s after the connection had come into TIME_WAIT.", millis / 1000.0);
    return TimeUnit.MILLISECONDS.toSeconds(millis);
  }

  /** What the kernel's timer says, rounded to seconds; the line is written down. */
  private long remainingSeconds(Lab lab, SocketState state) throws Exception {
    Path table = program.procNet().resolve("tcp");
    if (!Files.isReadable(table)) {
      throw new SkippedException(
          Bilingual.of("the kernel's timers cannot be read here: it needs Linux's /proc/net/tcp"));
    }
    String stateText = String.format(Locale.ROOT, "%02X", state.number());
    // The last of them is tr:tm->when, as in 03:00001770: which timer runs, for how many ticks yet.
    Pattern row =
        Pattern.compile(
            String.format(
                Locale.ROOT, " *\\d+: \\S+:%04X \\S+ %s \\S+ (\\S+:(\\S+)) .*", port, stateText));
    for (String line : Files.readAllLines(table, StandardCharsets.ISO_8859_1)) {
      Matcher columns = row.matcher(line);
      if (columns.matches()) {
        long ticks = Long.parseLong(columns.group(2), 16);
        lab.notes()
            .exhibit(
                Bilingual.of("Its line in /proc/net/tcp; state %s is %s", stateText, state),
                line.strip());
        lab.say("Timer %s: in hexadecimal, %d hundredths of a second.", columns.group(1), ticks);
        return Math.round(ticks / TICKS_PER_SECOND);
      }
    }
    throw new FailedException(Bilingual.of("no socket on port %d is in %s", port, state));
  }
}
