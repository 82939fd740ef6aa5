package io.dualport.lab.process;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.English;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * What an experiment works with: programs, private networks, free ports, the kernel's table.
 * Whatever was started here ends with {@link #close}, from whatever thread that comes.
 */
public final class Lab implements AutoCloseable {
  /** The user that "another user" is: nobody. */
  public static final int ANOTHER_USER = 65534;

  /** How long {@link #await} waits. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(1);

  private static final long END_SECONDS = 5;

  private final Notebook notes;
  private final UnaryOperator<SystemCalls> kernel;
  private final FreePorts ports = new FreePorts();
  private final Deque<Process> processes = new ArrayDeque<>();

  /** Process id to the name in the story, in the order of their start. */
  private final Map<Long, String> names = new LinkedHashMap<>();

  private final Map<String, Program> programs = new HashMap<>();
  private boolean closed;

  /**
   * @param notes where the calls of all programs are written down
   * @param kernel what stands between a program and its calls: nothing in a real run; a test puts
   *     one in that answers wrongly, to see that the verdict follows it
   */
  public Lab(Notebook notes, UnaryOperator<SystemCalls> kernel) {
    this.notes = notes;
    this.kernel = kernel;
  }

  /** A condition that the kernel has to bring about. */
  @FunctionalInterface
  public interface Condition {
    /** Whether it holds now. */
    boolean holds() throws Exception;
  }

  /** The program {@code lab}, for what needs no name of its own. */
  public Program self() throws IOException {
    return program("lab");
  }

  /**
   * A program in a process of its own; the same at every call with its name.
   *
   * @param name short, as in {@code A}
   */
  public Program program(String name) throws IOException {
    Program known = programs.get(name);
    if (known == null) {
      known = start(name, List.of());
      programs.put(name, known);
    }
    return known;
  }

  /**
   * A program of the user {@link #ANOTHER_USER}.
   *
   * @throws SkippedException unless we are root and that user may read our jar
   */
  public Program programOfAnotherUser(String name) throws SkippedException {
    return programOfAnotherUser(name, List.of());
  }

  Program programOfAnotherUser(String name, List<String> prefix) throws SkippedException {
    List<String> command = new ArrayList<>(prefix);
    String id = String.valueOf(ANOTHER_USER);
    command.addAll(List.of("setpriv", "--reuid", id, "--regid", id, "--clear-groups"));
    try {
      return start(name, command);
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of(
              "a program of another user cannot be started: it needs root, setpriv (Debian:"
                  + " util-linux) and a jar that every user may read (%s)",
              e.getMessage()));
    }
  }

  /**
   * A network namespace of its own with a loopback interface that is up. It goes when the last
   * program in it ends.
   *
   * @throws SkippedException if none can be made here
   */
  public PrivateNetwork privateNetwork() throws SkippedException {
    return privateNetwork("net");
  }

  /** The same, where a story needs several of them: the first program in it has this name. */
  public PrivateNetwork privateNetwork(String ownerName) throws SkippedException {
    return PrivateNetwork.create(this, ownerName);
  }

  /** Starts a child behind a prefix such as {@code nsenter ...}. */
  Program start(String name, List<String> prefix) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(Jvm.command(ChildMain.class, Jvm.inheritedProperties()));
    Process process = spawn(command);
    Program program =
        new Program(
            name,
            process.pid(),
            new WrittenCalls(name, kernel.apply(new ChildCalls(process)), notes));
    called(name, process);
    return program;
  }

  /**
   * Starts a main class of this jar, such as the server's, tied to this lab; it writes to a pipe.
   *
   * @param main its name
   */
  public Process startMain(String main, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of(main));
    words.addAll(List.of(arguments));
    return spawn(
        Jvm.command(TiedMain.class, Jvm.inheritedProperties(), words.toArray(String[]::new)));
  }

  /** Starts any command; it is killed with this lab at the latest. */
  public Process spawn(List<String> command) throws IOException {
    return spawn(new ProcessBuilder(command));
  }

  synchronized Process spawn(ProcessBuilder command) throws IOException {
    if (closed) {
      throw new IOException("the lab is being closed");
    }
    Process process = command.start();
    processes.push(process);
    return process;
  }

  /** From now on the kernel's table shows this process under that name. */
  synchronized void called(String name, Process process) {
    names.put(process.pid(), name);
  }

  /** Where the calls of all programs are written down, and what is remarked beside them. */
  public Notebook notes() {
    return notes;
  }

  /** As {@link Notebook#say}. */
  public void say(@English String remark, Object... arguments) {
    notes.say(remark, arguments);
  }

  /** As {@link Notebook#observe}. */
  public void observe(@English String caption, Table table) {
    notes.observe(caption, table);
  }

  /** A port below the ephemeral range that no socket of either protocol uses, now. */
  public int freePort() throws IOException, FailedException {
    int port = ports.next();
    notes.port(port);
    return port;
  }

  /**
   * Waits until a condition holds.
   *
   * @param what should happen, as in "both are in TIME_WAIT"
   * @throws FailedException if it does not within 5 seconds
   */
  public void await(@English String what, Condition condition) throws Exception {
    await(Bilingual.of(what), condition);
  }

  /** The same, for what has values in it. */
  public void await(Bilingual what, Condition condition) throws Exception {
    await(what, PATIENCE, POLL, condition);
  }

  /**
   * Waits until a condition holds, longer than the usual five seconds.
   *
   * @param what should happen
   * @param patience how long it may take
   * @param poll how often it is asked
   * @throws FailedException if it does not within this time
   */
  public void await(Bilingual what, Duration patience, Duration poll, Condition condition)
      throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (System.nanoTime() > deadline) {
        throw new FailedException(
            Bilingual.of("this did not happen within %d s: %s", patience.toSeconds(), what));
      }
      LockSupport.parkNanos(poll.toNanos());
    }
  }

  /**
   * The kernel's rows for some ports, local or remote, in a program's network.
   *
   * @throws SkippedException on a system without {@code /proc/net}
   */
  public List<SocketRow> rows(Program program, int... wanted) throws IOException, SkippedException {
    return KernelTable.rows(
        program.procNet(),
        row ->
            Arrays.stream(wanted)
                .anyMatch(port -> row.local().getPort() == port || row.remote().getPort() == port));
  }

  /** The rows of these sockets alone, which the table names by their inodes. */
  public List<SocketRow> rows(Program program, Collection<Sock> sockets)
      throws IOException, SkippedException, FailedException {
    Set<Long> inodes = new HashSet<>();
    for (Sock socket : sockets) {
      inodes.add(socket.inode());
    }
    return KernelTable.rows(program.procNet(), row -> inodes.contains(row.inode()));
  }

  /** How many of these rows are in a state. */
  public long count(Program program, SocketState state, int... wanted)
      throws IOException, SkippedException {
    return rows(program, wanted).stream().filter(row -> row.state() == state).count();
  }

  /** Writes down what the kernel's table shows for some ports, with the programs that hold them. */
  public void show(Program program, @English String caption, int... wanted)
      throws IOException, SkippedException {
    notes.observe(caption, table(rows(program, wanted)));
  }

  /**
   * The same rows in a few words, for a prediction: protocol, state and program, as in {@code tcp
   * LISTEN A, udp UNCONN B}.
   */
  public String summary(Program program, int... wanted) throws IOException, SkippedException {
    return KernelTable.summary(rows(program, wanted), names());
  }

  /** Rows as netstat shows them. */
  public Table table(List<SocketRow> rows) {
    return KernelTable.table(rows, names());
  }

  private synchronized Map<Long, String> names() {
    return Map.copyOf(names);
  }

  /** Ends every process that was started here and waits until it is gone. */
  @Override
  public void close() {
    List<Process> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(processes);
      processes.clear();
    }
    for (Process process : ending) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    for (Process process : ending) {
      try {
        process.waitFor(END_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
