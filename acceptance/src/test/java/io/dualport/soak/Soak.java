package io.dualport.soak;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Load, a fault, and a rest at which everything must be as before; again and again. Everything that
 * is sent to the server is sent from here, so its books can be held against what was sent.
 */
final class Soak {
  /** Below the ports that the kernel gives to our own peers while the server is away. */
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 10_000;
  private static final int PORTS_TRIED = 20;

  /** However long that takes: what rises cannot show before. */
  private static final int FEWEST_RESTS = 4;

  private static final int WARM_UP_PINGS = 3_000;
  private static final int PINGS = 300;

  /** Of the 99th percentile at rest: so many times its first value, or so long. */
  private static final int SLOWER_MOST = 10;

  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A minute and more, in which the JVM compiles and comes to its size. */
  private static final int MEMORY_WARM_UP = 5;

  private static final long MEMORY_SLACK = 64 << 20;
  private static final int DESCRIPTORS_SLACK = 8;

  private static final long RETRY_MILLIS = 20;

  /** The JVM's own come and go. */
  private static final int THREADS_SLACK = 12;

  /** Of the server's standard error, told with what was violated. */
  private static final int LAST_LINES = 20;

  private static final List<Counter> CAUSES_OF_CUTS =
      List.of(
          Counter.CLOSED_BY_REFUSAL,
          Counter.CLOSED_BY_IDLE,
          Counter.CLOSED_BY_MEMORY,
          Counter.CLOSED_BY_DRAIN);

  /**
   * What to do.
   *
   * @param length of the whole run
   * @param patience in which both protocols must answer after a fault, and all come to rest
   * @param transport as {@code --transport} takes it
   * @param server the command that starts it
   */
  record Plan(
      long seed, Duration length, Duration patience, String transport, List<String> server) {}

  private final Plan plan;
  private final PrintStream out;

  /** One for each use, so that none depends on how often another one drew. */
  private final Random random;

  private final Deck deck;
  private final List<InetAddress> hosts = new ArrayList<>();
  private final List<Life> lives = new ArrayList<>();
  private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
  private final long begun = System.nanoTime();
  private Path errors;
  private SoakedServer server;
  private Load load;
  private Pings pings;
  private Faults striking;
  private String lately = "at the start";
  private long minutesTold;
  private long slowest;
  private long longestRecovery;
  private int unreported;

  // Of this life of the server.
  private Level memory;
  private Level descriptors;
  private Level threads;
  private TreeSet<String> lasting;
  private int descriptorsAtRest;
  private long residentBytes;
  private long percentile99;

  Soak(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
    this.random = new Random(plan.seed());
    this.deck = new Deck(new Random(plan.seed()));
  }

  /**
   * Runs to its end, and ends what it started.
   *
   * @return the exit code: 0, or 1 if something was violated
   * @throws InterruptedException if this thread is interrupted; then too nothing is left
   */
  int run() throws InterruptedException, IOException {
    out.printf("soak: seed %d%n", plan.seed());
    errors = Files.createTempFile("dual-soak", ".err");
    try {
      soak();
      out.printf("soak: nothing was violated in %s: %s%n", elapsed(), sums());
      out.printf(
          "soak: longest until both protocols answered again: %s; stops without a last report:"
              + " %d%n",
          Durations.text(longestRecovery), unreported);
      return 0;
    } catch (Violation | IOException e) {
      // A server that got the terminal's Ctrl-C, too, violates nothing: then this is interrupted.
      TimeUnit.MILLISECONDS.sleep(300);
      tell(e);
      return 1;
    } finally {
      end();
    }
  }

  private void tell(Exception violation) throws IOException {
    String what = violation instanceof Violation ? violation.getMessage() : violation.toString();
    out.printf("soak: VIOLATED after %s, %s: %s%n", elapsed(), lately, what);
    out.printf("soak: so far: %s%n", sums());
    List<String> said = Files.readAllLines(errors);
    said.subList(Math.max(0, said.size() - LAST_LINES), said.size())
        .forEach(line -> out.println("  server: " + line));
    out.printf(
        "soak: again: ./dual soak --seed %d --minutes %d --transport %s%n",
        plan.seed(), Math.max(1, plan.length().toMinutes()), plan.transport());
  }

  private void end() throws InterruptedException, IOException {
    if (load != null) {
      load.close();
    }
    if (server != null) {
      server.close();
    }
    Files.deleteIfExists(errors);
  }

  private void soak() throws InterruptedException, IOException, Violation {
    hosts.add(InetAddress.getByName("127.0.0.1"));
    InetAddress ipv6 = InetAddress.getByName("::1");
    if (NetworkInterface.getByInetAddress(ipv6) != null) {
      hosts.add(ipv6);
    }
    startAnywhere();
    pings = new Pings(load, new Random(plan.seed()));
    striking = new Faults(load, pings, new Random(plan.seed()));
    out.printf(
        "soak: %s, port %d, %s, limits so small that they are reached%n",
        server.transport(), server.port(), Durations.text(plan.length()));
    await(
        () -> {
          pings.percentile99(WARM_UP_PINGS);
          slowest = Math.max(SLOW_NANOS, SLOWER_MOST * pings.percentile99(PINGS));
          return null;
        });
    int rests = 0;
    do {
      load.resume();
      load.await(500 + random.nextInt(1500));
      if (lasting != null) {
        strike(deck.next(elapsedNanos() < plan.length().toNanos() / 2));
      }
      rest();
      tellMinute();
      rests++;
    } while (elapsedNanos() < plan.length().toNanos() || rests < FEWEST_RESTS);
    lately = "at the end";
    stop();
  }

  private void startAnywhere() throws InterruptedException, IOException, Violation {
    for (int tries = 1; ; tries++) {
      Life life = new Life(FIRST_PORT + random.nextInt(PORTS));
      try {
        start(life);
        load = new Load(plan.seed(), List.copyOf(hosts), life);
        return;
      } catch (BindException e) {
        if (tries == PORTS_TRIED) {
          throw e;
        }
      }
    }
  }

  private void start(Life life) throws InterruptedException, IOException, Violation {
    String names = hosts.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(","));
    server = new SoakedServer(plan.server(), plan.transport(), names, life.port(), errors);
    life.startedAs(server.instance());
    lives.add(life);
    memory = new Level("resident bytes", MEMORY_WARM_UP, MEMORY_SLACK);
    descriptors = new Level("descriptors", 1, DESCRIPTORS_SLACK);
    threads = new Level("threads", 1, THREADS_SLACK);
    lasting = null;
  }

  private void strike(Fault fault) throws InterruptedException, IOException, Violation {
    lately = "during fault '" + fault.label() + "'";
    faults.merge(fault, 1, Integer::sum);
    if (fault.endsTheServer()) {
      restart(fault);
    } else {
      striking.strike(fault, server, descriptorsAtRest);
    }
    lately = "after fault '" + fault.label() + "'";
    long over = System.nanoTime();
    for (InetAddress host : hosts) {
      for (Protocol protocol : Protocol.values()) {
        await(
            () -> {
              pings.once(protocol, host);
              return null;
            });
      }
    }
    await(
        () -> {
          server.get("/healthz");
          return null;
        });
    longestRecovery = Math.max(longestRecovery, System.nanoTime() - over);
  }

  /** Under the same load, on the same port. */
  private void restart(Fault fault) throws InterruptedException, IOException, Violation {
    if (fault == Fault.SIGTERM) {
      unreported += server.stop().isEmpty() ? 1 : 0;
    } else {
      server.kill();
    }
    Life next = new Life(server.port());
    load.turnTo(next);
    start(next);
  }

  /** Nobody sends: now the books must agree, and everything must be as it was. */
  private void rest() throws InterruptedException, IOException, Violation {
    load.pause();
    await(this::unrest);
    await(this::deafness);
    await(this::slowness);
    residentBytes = server.residentBytes();
    if (Files.readString(errors).contains("\n\tat ")) {
      throw new Violation("the server printed a stack trace");
    }
    String excess = memory.excess(residentBytes);
    if (excess != null) {
      throw new Violation(excess);
    }
    descriptorsAtRest = server.descriptors();
    memory.add(residentBytes);
    descriptors.add(descriptorsAtRest);
    threads.add(server.threads());
    if (lasting == null) {
      lasting = server.lastingThreads();
    }
  }

  /** A condition: what is missing, or null. */
  private interface Missing {
    String now() throws IOException;
  }

  private void await(Missing missing) throws InterruptedException, Violation {
    Patience patience = server.patience(plan.patience());
    while (true) {
      String what;
      try {
        what = missing.now();
      } catch (IOException e) {
        what = e.toString();
      }
      if (what == null) {
        return;
      }
      if (patience.isOver()) {
        throw new Violation(what + " (for " + Durations.text(plan.patience()) + ")");
      }
      load.await(RETRY_MILLIS);
    }
  }

  private String unrest() throws IOException {
    JsonNode protocols = server.get("/api/snapshot").get("protocols");
    long open = protocols.at("/tcp/connectionsOpen").asLong();
    if (open > 0) {
      return open + " connections are open, of which nobody knows";
    }
    if (lasting != null && !server.lastingThreads().containsAll(lasting)) {
      return "threads ended: of %s there are %s".formatted(lasting, server.lastingThreads());
    }
    String excess = descriptors.excess(server.descriptors());
    if (excess == null) {
      excess = threads.excess(server.threads());
    }
    return excess != null ? excess : wrongBooks(protocols, server.kernelDrops());
  }

  /** What the server counted against what was sent to it, or null where it agrees. */
  private String wrongBooks(JsonNode protocols, long kernelDrops) {
    Life life = load.life();
    JsonNode tcp = protocols.get("tcp");
    long in = get(tcp, Counter.BYTES_IN);
    long out = get(tcp, Counter.BYTES_OUT);
    if (life.bytesReturned.sum() > out || out > in || in > life.bytesSent.sum()) {
      return "TCP: %d bytes sent, %d read, %d returned, %d received on completed connections"
          .formatted(life.bytesSent.sum(), in, out, life.bytesReturned.sum());
    }
    long closed = get(tcp, Counter.CLOSED_BY_PEER);
    long causes = CAUSES_OF_CUTS.stream().mapToLong(cause -> get(tcp, cause)).sum();
    if (life.completed.sum() > closed
        || life.cut.sum() > causes
        || get(tcp, Counter.CLOSED_BY_ERROR) > 0) {
      return "TCP: %d connections completed and %d cut, which do not fit the server's causes: %s"
          .formatted(life.completed.sum(), life.cut.sum(), tcp);
    }
    JsonNode udp = protocols.get("udp");
    long read = get(udp, Counter.MESSAGES_IN);
    long refused = Counter.refusals().stream().mapToLong(reason -> get(udp, reason)).sum();
    if (life.datagramsSent.sum() != read + refused + kernelDrops) {
      return "UDP: %d datagrams sent, but %d read, %d refused, %d dropped by the kernel"
          .formatted(life.datagramsSent.sum(), read, refused, kernelDrops);
    }
    long returned = get(udp, Counter.MESSAGES_OUT);
    long drops = Counter.drops().stream().mapToLong(reason -> get(udp, reason)).sum() - refused;
    if (read != returned + drops) {
      return "UDP: %d datagrams read, but %d returned, %d dropped".formatted(read, returned, drops);
    }
    if (life.datagramsLost.sum() > refused + kernelDrops + drops) {
      return "UDP: %d datagrams did not come back, but only %d were refused or dropped"
          .formatted(life.datagramsLost.sum(), refused + kernelDrops + drops);
    }
    return null;
  }

  private static long get(JsonNode counters, Counter counter) {
    return counters.path(counter.key()).asLong();
  }

  private String deafness() throws IOException {
    BitSet tcp = pings.loops(Protocol.TCP, SoakedServer.EVENT_LOOPS);
    BitSet udp = pings.loops(Protocol.UDP, server.shards());
    return tcp.cardinality() == SoakedServer.EVENT_LOOPS && udp.cardinality() == server.shards()
        ? null
        : "event loops that answer: %s over TCP, %s over UDP".formatted(tcp, udp);
  }

  private String slowness() throws IOException {
    percentile99 = pings.percentile99(PINGS);
    return percentile99 <= slowest
        ? null
        : "a quiet server answers in %s (99th percentile), and %s is the bound"
            .formatted(Durations.text(percentile99), Durations.text(slowest));
  }

  private void stop() throws InterruptedException, Violation, IOException {
    JsonNode stopped =
        server.stop().orElseThrow(() -> new Violation("the server left its last report out"));
    String wrong = wrongBooks(stopped.get("protocols"), stopped.get("kernelDrops").asLong());
    if (wrong != null) {
      throw new Violation(wrong);
    }
  }

  private void tellMinute() {
    long minutes = TimeUnit.NANOSECONDS.toMinutes(elapsedNanos());
    if (minutes > minutesTold) {
      minutesTold = minutes;
      out.printf(
          "minute %d: %s; resident %s, descriptors %d, p99 %s%n",
          minutes,
          sums(),
          Quantities.bytes(residentBytes),
          descriptorsAtRest,
          Durations.text(percentile99));
    }
  }

  private String sums() {
    String struck =
        faults.entrySet().stream()
            .map(fault -> fault.getKey().label() + " " + fault.getValue())
            .collect(Collectors.joining(", "));
    return "%,d datagrams, of %,d verified; %,d connections: %,d completed, %,d cut; %d faults (%s)"
        .formatted(
            sum(life -> life.datagramsSent),
            sum(life -> life.datagramsReturned),
            sum(life -> life.connections),
            sum(life -> life.completed),
            sum(life -> life.cut),
            faults.values().stream().mapToInt(Integer::intValue).sum(),
            struck);
  }

  private long sum(Function<Life, LongAdder> of) {
    return lives.stream().mapToLong(life -> of.apply(life).sum()).sum();
  }

  private long elapsedNanos() {
    return System.nanoTime() - begun;
  }

  private String elapsed() {
    return Durations.text(elapsedNanos());
  }
}
