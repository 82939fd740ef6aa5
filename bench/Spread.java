import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Five-tuples over the members of a fleet, by the hashes that balancers use, while one member goes
 * and comes back. {@code bench/spread} says how to call it, docs/SCALE.md what it shows. Every
 * client has a TCP and a UDP five-tuple that differ in nothing but the protocol.
 */
public final class Spread {
  /** A prime: the size that Maglev's paper, Katran and Envoy use. */
  private static final int TABLE = 65537;

  private static final int LOWEST_PORT = 32768;
  private static final int PORTS = 28232;

  private final int[] clients;
  private final int[] ports;
  private final int members;
  private final long seed;

  private Spread(int flows, int members, long seed) {
    this.members = members;
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    clients = random.ints(flows / 2).toArray();
    ports = random.ints(flows / 2, LOWEST_PORT, LOWEST_PORT + PORTS).toArray();
  }

  /** Chooses by the hash of a five-tuple. */
  private interface Balancer {
    int member(long hash);
  }

  /** What a balancer did to the five-tuples while member 0 was away. */
  private record Outcome(int[] before, int[] during, long lost, long moved, long together) {}

  public static void main(String[] arguments) {
    int flows = Integer.parseInt(arguments[0]);
    int members = Integer.parseInt(arguments[1]);
    Spread spread = new Spread(flows, members, Long.parseLong(arguments[2]));
    System.out.printf(
        Locale.ROOT,
        "%,d five-tuples, half of them TCP, %d members, seed %s%n%n",
        flows,
        members,
        arguments[2]);
    spread.printFleet();
    spread.printLoops();
  }

  private void printFleet() {
    Outcome[] outcomes = {outcome(this::modulo), outcome(this::rendezvous), outcome(this::maglev)};
    row("the balancer's hash", "modulo", "rendezvous", "Maglev");
    row("fullest member / mean", outcomes, o -> ratio(o.before, members));
    row("TCP and UDP of a client together", outcomes, o -> share(o.together, clients.length));
    row("one member goes: its five-tuples", outcomes, o -> share(o.lost, flows()));
    row("  others that move", outcomes, o -> share(o.moved, flows()));
    row("  fullest member / mean after", outcomes, o -> ratio(o.during, members - 1));
    row("  break, connections tracked", outcomes, o -> share(o.lost, flows()));
    row("  break, not tracked", outcomes, o -> share(o.lost + o.moved, flows()));
    row("it comes back: break, tracked", outcomes, o -> share(0, flows()));
    // The same five-tuples change their member again, and by now they are established where they
    // went.
    row("  break, not tracked", outcomes, o -> share(o.lost + o.moved, flows()));
  }

  private void printLoops() {
    System.out.println();
    row("fullest loop / mean", "2 loops", "4 loops", "8 loops");
    loops("source ports at random", i -> ports[i]);
    loops("even ones (Linux: connect)", i -> ports[i] & ~1);
    loops("NAT, blocks of 64 in turn", i -> LOWEST_PORT + i % (PORTS / 64) * 64);
  }

  /** By source port, mixed, modulo loops, as the server's UDP shards do it (DatagramGroup). */
  private void loops(String title, IntUnaryOperator port) {
    row(
        title,
        IntStream.of(2, 4, 8)
            .mapToObj(
                loops -> {
                  int[] counts = new int[loops];
                  IntStream.range(0, clients.length)
                      .forEach(i -> counts[(port.applyAsInt(i) * 0x9E3779B1 >>> 16) % loops]++);
                  return ratio(counts, loops);
                })
            .toArray());
  }

  private Outcome outcome(Function<IntPredicate, Balancer> method) {
    Balancer all = method.apply(member -> true);
    Balancer without = method.apply(member -> member != 0);
    int[] before = new int[members];
    int[] during = new int[members];
    long lost = 0;
    long moved = 0;
    long together = 0;
    for (int i = 0; i < clients.length; i++) {
      int twin = -1;
      for (int protocol : new int[] {6, 17}) {
        long hash = mix(mix(seed, protocol), (long) clients[i] << 16 | ports[i]);
        int from = all.member(hash);
        int to = without.member(hash);
        before[from]++;
        during[to]++;
        lost += from == 0 ? 1 : 0;
        moved += from != 0 && from != to ? 1 : 0;
        together += from == twin ? 1 : 0;
        twin = from;
      }
    }
    return new Outcome(before, during, lost, moved, together);
  }

  /** The hash modulo the number of members that are up. */
  private Balancer modulo(IntPredicate up) {
    int[] there = IntStream.range(0, members).filter(up).toArray();
    return hash -> there[(int) Long.remainderUnsigned(hash, there.length)];
  }

  /**
   * The member whose own hash with the five-tuple's is the highest (Thaler and Ravishankar, 1998).
   */
  private Balancer rendezvous(IntPredicate up) {
    int[] there = IntStream.range(0, members).filter(up).toArray();
    return hash -> {
      int best = -1;
      long highest = Long.MIN_VALUE;
      for (int member : there) {
        long weight = mix(hash, member);
        if (best < 0 || weight > highest) {
          best = member;
          highest = weight;
        }
      }
      return best;
    };
  }

  /**
   * Members take places of a table in turn, each in an order of its own (Maglev, NSDI 2016, section
   * 3.4).
   */
  private Balancer maglev(IntPredicate up) {
    int[] table = new int[TABLE];
    Arrays.fill(table, -1);
    int[] next = new int[members];
    for (int filled = 0; filled < TABLE; ) {
      for (int member = 0; member < members && filled < TABLE; member++) {
        if (up.test(member)) {
          int place = place(member, next[member]++);
          while (table[place] >= 0) {
            place = place(member, next[member]++);
          }
          table[place] = member;
          filled++;
        }
      }
    }
    return hash -> table[(int) Long.remainderUnsigned(hash, TABLE)];
  }

  /** The n-th place that a member would like. */
  private int place(int member, int n) {
    long offset = Long.remainderUnsigned(mix(seed + 1, member), TABLE);
    long skip = Long.remainderUnsigned(mix(seed + 2, member), TABLE - 1) + 1;
    return (int) ((offset + n * skip) % TABLE);
  }

  /** SplittableRandom's mixing of 64 bits (Stafford's variant 13). */
  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) + 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }

  private int flows() {
    return clients.length * 2;
  }

  private static String ratio(int[] counts, int over) {
    return String.format(
        Locale.ROOT,
        "%.3f",
        (double) Arrays.stream(counts).max().orElseThrow() * over / Arrays.stream(counts).sum());
  }

  private static String share(long some, long all) {
    return String.format(Locale.ROOT, "%,d  %5.1f %%", some, 100.0 * some / all);
  }

  private static void row(String title, Outcome[] outcomes, Function<Outcome, String> cell) {
    row(title, Arrays.stream(outcomes).map(cell).toArray());
  }

  private static void row(String title, Object... cells) {
    System.out.printf("%-34s %20s %20s %20s%n", title, cells[0], cells[1], cells[2]);
  }
}
