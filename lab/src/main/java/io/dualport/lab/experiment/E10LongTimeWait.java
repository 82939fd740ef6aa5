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
import io.dualport.lab.story.Text;
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
          Text.of(
              "The timer of a fresh TIME_WAIT has 60 seconds to go.", "刚进入的 TIME_WAIT，定时器还剩 60 秒。"),
          "proc_pid_net(5) /proc/net/tcp; TCP_TIMEWAIT_LEN in include/net/tcp.h");

  private static final Prediction FIN_TIMEOUT_IS_NOT_IT =
      Prediction.between(
          "timer-with-other-fin-timeout",
          59,
          60,
          Text.of(
              "tcp_fin_timeout does not change that: the 60 seconds are compiled in, and no sysctl"
                  + " is for them.",
              "tcp_fin_timeout 改变不了它：60 秒是编译时写死的，没有对应的 sysctl。"),
          "TCP_TIMEWAIT_LEN in include/net/tcp.h; tcp_time_wait in net/ipv4/tcp_minisocks.c");

  private static final Prediction FIN_WAIT2 =
      Prediction.between(
          "fin-wait2-timer",
          OTHER_FIN_TIMEOUT_SECONDS - 1,
          OTHER_FIN_TIMEOUT_SECONDS,
          Text.of(
              "What it sets is how long a FIN_WAIT2 without a process waits for the peer's FIN.",
              "它设置的是不属于任何进程的 FIN_WAIT2 等待对端 FIN 的时间。"),
          "tcp(7) tcp_fin_timeout; tcp_fin_time in include/net/tcp.h");

  private static final Prediction LASTED =
      Prediction.between(
          "lasted",
          60,
          66,
          Text.of(
              "In the end it lasted 60 seconds, and a little: the kernel groups its longer timers"
                  + " and rounds them up, those of a minute to the next 2 to 5 seconds, by its HZ.",
              "最后它持续了 60 秒多一点：内核把较长的定时器归并并向上取整，一分钟左右的取整到 2 至 5 秒，取决于 HZ。"),
          "TCP_TIMEWAIT_LEN in include/net/tcp.h; granularity table in kernel/time/timer.c");

  private static final Prediction FREE =
      Prediction.exactly(
          "then-free",
          "EADDRINUSE, then OK",
          Text.of(
              "All that time a bind without SO_REUSEADDR is refused; then it succeeds.",
              "在这段时间里，不带 SO_REUSEADDR 的 bind 一直被拒绝；之后成功。"),
          "bind(2) EADDRINUSE; RFC 9293 section 3.6.1");

  @Override
  public Page page() {
    return new Page(
        "10-long",
        Text.of("How long TIME_WAIT lasts (takes a minute)", "TIME_WAIT 到底多久（耗时一分钟）"),
        Text.of(
            "A server closed first and cannot bind its port again. For how long? Two minutes, as the"
                + " books say? And does tcp_fin_timeout shorten it?",
            "服务器先关闭，之后无法再绑定自己的端口。要等多久？像书上说的两分钟吗？tcp_fin_timeout 能缩短它吗？"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of(
                    "A released port can be used again after two minutes.", "端口释放后要等两分钟才能再次使用。"),
                Text.of(
                    "60 seconds on Linux. The standard takes two minutes for the lifetime of a"
                        + " segment (MSL), and TIME_WAIT for twice that: four.",
                    "Linux 上是 60 秒。标准取的两分钟是报文段最大生存时间（MSL），TIME_WAIT 应为其两倍，即四分钟。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "tcp_fin_timeout shortens TIME_WAIT.", "调小 tcp_fin_timeout 可以缩短 TIME_WAIT。"),
                Text.of(
                    "It is about FIN_WAIT2. Both happen to be 60 seconds, hence the mistake.",
                    "它管的是 FIN_WAIT2。两者恰好都是 60 秒，所以常被混淆。"))),
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
        "把 tcp_fin_timeout 改成别的值",
        () -> finTimeout(lab, notes));
    notes.part("A minute", "一分钟", () -> aMinute(lab, notes));
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
    notes.say("From now on it is asked every %d ms.", "此后每 %d 毫秒再试一次。", POLL.toMillis());
    Sock patient = new Sock(self.quiet(), restarted.label(), restarted.descriptor());
    lab.await(
        "the port is free again",
        "端口重新空闲",
        PATIENCE,
        POLL,
        () -> patient.bind(LOOPBACK, ends.port()).isOk());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    Outcome then = restarted.listen(1);
    notes.say(
        "bind succeeded %.1f s after the connection had come into TIME_WAIT.",
        "连接进入 TIME_WAIT %.1f 秒后，bind 成功。", millis / 1000.0);
    notes.check(LASTED, TimeUnit.MILLISECONDS.toSeconds(millis));
    notes.check(FREE, atOnce + ", then " + then);
  }

  /** What the kernel's timer says, rounded to seconds; the line is written down. */
  private static long remainingSeconds(Notebook notes, Program program, int port, SocketState state)
      throws IOException, SkippedException, FailedException {
    Path table = program.procNet().resolve("tcp");
    if (!Files.isReadable(table)) {
      throw new SkippedException(
          Text.of(
              "the kernel's timers cannot be read here: it needs Linux's /proc/net/tcp",
              "此处无法读取内核的定时器：需要 Linux 的 /proc/net/tcp"));
    }
    String portText = String.format(Locale.ROOT, ":%04X", port);
    String stateText = String.format(Locale.ROOT, "%02X", state.number());
    for (String line : Files.readAllLines(table, StandardCharsets.ISO_8859_1)) {
      String[] columns = line.strip().split(" +");
      if (columns[1].endsWith(portText) && columns[STATE_COLUMN].equals(stateText)) {
        // tr:tm->when, as in 03:00001770: which timer runs, and for how many ticks yet.
        long ticks = Long.parseLong(columns[TIMER_COLUMN].split(":")[1], 16);
        notes.exhibit(
            "Its line in /proc/net/tcp; state " + stateText + " is " + state,
            "它在 /proc/net/tcp 中的一行；状态 " + stateText + " 即 " + state,
            line.strip());
        notes.say(
            "Timer %s: in hexadecimal, %d hundredths of a second.",
            "定时器 %s：十六进制，即 %d 个百分之一秒。", columns[TIMER_COLUMN], ticks);
        return Math.round(ticks / TICKS_PER_SECOND);
      }
    }
    throw new FailedException(
        Text.format("no socket on port %d is in %s", "端口 %d 上没有处于 %s 的套接字", port, state));
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
          "the server's end is in " + state,
          "服务器端进入 " + state,
          () -> lab.count(program, state, port) == 1);
    }
  }
}
