package io.dualport.lab.process;

import io.dualport.kernel.NetCounters;
import io.dualport.lab.socket.Option;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A process that makes socket calls when told: this one, or a child. What it does is written down
 * under its name.
 */
public final class Program {
  private static final int BACKLOG = 16;

  private final String name;
  private final long pid;
  private final WrittenCalls calls;

  Program(String name, long pid, WrittenCalls calls) {
    this.name = name;
    this.pid = pid;
    this.calls = calls;
  }

  /** Its name in the story. */
  public String name() {
    return name;
  }

  /** Its process id. */
  public long pid() {
    return pid;
  }

  /** {@code /proc/net} as this process sees it: that of its network. */
  public Path procNet() {
    return Path.of("/proc", String.valueOf(pid), "net");
  }

  /**
   * What the kernel counted in its network so far.
   *
   * @throws SkippedException on a system without {@code /proc/net/snmp}
   */
  public NetCounters counters() throws SkippedException {
    return NetCounters.read(procNet())
        .orElseThrow(() -> new SkippedException(Bilingual.of("this system has no /proc/net/snmp")));
  }

  /** The same program, for calls too many to be written down one by one. */
  public Program quiet() {
    return new Program(name, pid, calls.quiet());
  }

  /** socket(AF_INET, SOCK_STREAM). */
  public Sock tcp(String label) throws IOException, SkippedException, FailedException {
    return socket(label, "inet", "stream");
  }

  /** socket(AF_INET, SOCK_DGRAM). */
  public Sock udp(String label) throws IOException, SkippedException, FailedException {
    return socket(label, "inet", "dgram");
  }

  /** socket(AF_INET6, SOCK_STREAM). */
  public Sock tcp6(String label) throws IOException, SkippedException, FailedException {
    return socket(label, "inet6", "stream");
  }

  /** socket(AF_INET6, SOCK_DGRAM). */
  public Sock udp6(String label) throws IOException, SkippedException, FailedException {
    return socket(label, "inet6", "dgram");
  }

  /** socket(AF_UNIX, SOCK_STREAM). */
  public Sock unix(String label) throws IOException, SkippedException, FailedException {
    return socket(label, "unix", "stream");
  }

  private Sock socket(String label, String family, String type)
      throws IOException, SkippedException, FailedException {
    String domain =
        switch (family) {
          case "inet6" -> "AF_INET6";
          case "unix" -> "AF_UNIX";
          default -> "AF_INET";
        };
    String kind = type.equals("stream") ? "SOCK_STREAM" : "SOCK_DGRAM";
    Outcome opened = call("socket(" + domain + ", " + kind + ")", label, "socket", family, type);
    if (opened.word().equals("EMFILE") || opened.word().equals("ENFILE")) {
      throw new SkippedException(
          Bilingual.of(
              "program %s may not open enough sockets (%s): raise ulimit -n", name, opened.word()));
    }
    return socket(label, opened.must().reply().number());
  }

  /** A socket that is open already, under this number. */
  public Sock socket(String label, int descriptor) {
    return new Sock(calls, label, descriptor);
  }

  /** A TCP socket that is bound and listens, every option set to 1 before; all must succeed. */
  public Sock listener(String label, String address, int port, Option... options)
      throws IOException, SkippedException, FailedException {
    Sock listener = tcp(label);
    for (Option option : options) {
      listener.set(option, 1).must();
    }
    listener.bind(address, port).must();
    listener.listen(BACKLOG).must();
    return listener;
  }

  /** A UDP socket that is bound, every option set to 1 before; all must succeed. */
  public Sock datagrams(String label, String address, int port, Option... options)
      throws IOException, SkippedException, FailedException {
    Sock socket = udp(label);
    for (Option option : options) {
      socket.set(option, 1).must();
    }
    socket.bind(address, port).must();
    return socket;
  }

  /** A TCP socket that is connected; must succeed. */
  public Sock dial(String label, String address, int port)
      throws IOException, SkippedException, FailedException {
    Sock client = tcp(label);
    client.connect(address, port).must();
    return client;
  }

  /** A sysctl of this program's network, such as {@code net.ipv4.tcp_tw_reuse}. */
  public String sysctl(String key) throws IOException, SkippedException, FailedException {
    return call("sysctl " + key, null, "read", sysctlFile(key)).must().value();
  }

  /** Sets a sysctl; only in a {@link PrivateNetwork}. */
  public void sysctl(String key, String value)
      throws IOException, SkippedException, FailedException {
    call("sysctl " + key + "=" + value, null, "write", sysctlFile(key), value).must();
  }

  private static String sysctlFile(String key) {
    return "/proc/sys/" + key.replace('.', '/');
  }

  /**
   * Runs a program of the system in this program's network.
   *
   * @return its exit code and what it printed, in one line
   */
  public String run(String... command) throws IOException, SkippedException, FailedException {
    return call(String.join(" ", command), null, "run", (Object[]) command).must().value();
  }

  /**
   * Makes a call and writes it down.
   *
   * @param text how it is written down
   * @param result what is written as its result instead of its value; null for its value
   * @param name and arguments as {@link SystemCalls} lists them
   * @throws SkippedException if this system has no such call
   */
  public Outcome call(String text, String result, String name, Object... arguments)
      throws IOException, SkippedException {
    return calls.call(text, result, name, arguments);
  }

  @Override
  public String toString() {
    return name;
  }
}
