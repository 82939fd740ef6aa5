package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRNOTAVAIL;
import static io.dualport.lab.experiment.ShortConnections.Closing.CLIENT_FIRST;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.lab.experiment.ShortConnections.Made;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.PrivateNetwork;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Does tcp_tw_reuse free a port that TIME_WAIT holds, and toward whom? */
public final class E14TimeWaitReuse implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";

  /** An address of this machine that is not of 127.0.0.0/8. */
  private static final String NO_LOOPBACK = "10.9.9.9";

  private static final String RANGE = "net.ipv4.ip_local_port_range";
  private static final String REUSE = "net.ipv4.tcp_tw_reuse";
  private static final String REUSE_DELAY = "net.ipv4.tcp_tw_reuse_delay";
  private static final String TIMESTAMPS = "net.ipv4.tcp_timestamps";
  private static final Path IPV4_SYSCTLS = Path.of("/proc/sys/net/ipv4");

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(10);

  private Program net;
  private Program client;
  private ShortConnections near;
  private ShortConnections far;
  private ShortConnections plain;
  private long startNanos;

  @Override
  public Script script() {
    return Script.of("14-reuse", "tcp_tw_reuse, and where it helps")
        .question(
            "All of a client's ports are in TIME_WAIT. Is tcp_tw_reuse on, and toward whom does it"
                + " help?")
        .filter(
            "tcp.port == PORT and"
                + " (tcp.flags.syn == 1 or tcp.flags.fin == 1 or tcp.flags.reset == 1)")
        .act(
            lab -> {
              PrivateNetwork network = lab.privateNetwork();
              net = network.owner();
              client = network.program("client");
              net.run("ip", "address", "add", NO_LOOPBACK + "/32", "dev", "lo");
            })
        .expect(
            "default",
            2,
            "A network starts with tcp_tw_reuse = 2: for loopback only.",
            "tcp_tw_reuse in the kernel's Documentation/networking/ip-sysctl.rst; tcp_sk_init in"
                + " net/ipv4/tcp_ipv4.c",
            lab -> net.sysctl(REUSE))
        .act(lab -> ShortConnections.keepTimeWaits(lab, net))
        .part("tcp_tw_reuse = 0, then 2, then 1")
        .act(this::useUpTwoOthers)
        .expect(
            "reuse-0",
            "4, then EADDRNOTAVAIL",
            "With 0 every TIME_WAIT keeps its port: a client that closes first makes as many"
                + " connections as it has ports.",
            "tcp_tw_reuse in the kernel's Documentation/networking/ip-sysctl.rst;"
                + " __inet_check_established in net/ipv4/inet_hashtables.c",
            lab -> {
              startNanos = System.nanoTime();
              return near.useUpPorts();
            })
        .expect(
            "reuse-2",
            "127.0.0.1 OK, 10.9.9.9 EADDRNOTAVAIL",
            "With 2 a TIME_WAIT older than a second is reused if one address is in 127.0.0.0/8."
                + " Another address of this machine does not count, though its packets use lo as"
                + " well.",
            "reuse == 2 in tcp_twsk_unique, net/ipv4/tcp_ipv4.c",
            lab -> {
              net.sysctl(REUSE, "2");
              Outcome loopback = connectUntilItSucceeds(lab);
              Outcome other = far.keep(client.tcp("c"));
              return near.address() + " " + loopback + ", " + far.address() + " " + other;
            })
        .expect(
            "reuse-1",
            OK,
            "With 1 it is reused toward any address.",
            "tcp_twsk_unique in net/ipv4/tcp_ipv4.c",
            lab -> {
              net.sysctl(REUSE, "1");
              return far.keep(client.tcp("c"));
            })
        .act(lab -> lab.say("Now toward %s, whose connections had no timestamps:", plain))
        .expect(
            "no-timestamps",
            EADDRNOTAVAIL,
            "Reuse relies on TCP timestamps to tell old segments from new: a connection that had"
                + " none keeps its port for the whole minute.",
            "RFC 6191; tw_ts_recent_stamp in tcp_twsk_unique, net/ipv4/tcp_ipv4.c",
            lab -> plain.keep(client.tcp("c")))
        .part("How long is \"older than a second\"?")
        .needsEarlierParts()
        .expect(
            "reuse-delay",
            "60000 ms EADDRNOTAVAIL, 1 ms OK",
            "The second is a sysctl since Linux 6.14.",
            "tcp_tw_reuse_delay in Documentation/networking/ip-sysctl.rst",
            lab -> {
              requireReuseDelay();
              net.sysctl(REUSE_DELAY, "60000");
              Outcome patient = far.keep(client.tcp("c"));
              net.sysctl(REUSE_DELAY, "1");
              Outcome hasty = far.keep(client.tcp("c"));
              return "60000 ms " + patient + ", 1 ms " + hasty;
            })
        .part("What is no more")
        .expect(
            "tcp-tw-recycle",
            "gone",
            "tcp_tw_recycle does not exist any more.",
            "tcp(7) tcp_tw_recycle (removed in Linux 4.12)",
            lab -> Files.exists(IPV4_SYSCTLS.resolve("tcp_tw_recycle")) ? "there" : "gone")
        .answer(
            "It is on by default, with 2, but helps over loopback alone; with 1 a TIME_WAIT older"
                + " than a second is reused toward any address, if its connection had timestamps.")
        .corrects(
            COMMON_BELIEF,
            "tcp_tw_recycle and a small tcp_max_tw_buckets cure it.",
            "The first is gone since Linux 4.12, because it cut off clients behind NAT. The"
                + " second drops TIME_WAITs beyond it, and with them the protection from old"
                + " segments: a limit for memory, not a cure.")
        .refines(
            COMMON_BELIEF,
            "tcp_tw_reuse is off unless one sets it.",
            "It is 2 since Linux 4.19: a load test over loopback passes where the same test over a"
                + " network runs out of ports.");
  }

  /** Two destinations whose TIME_WAITs are older than the third's, for later. */
  private void useUpTwoOthers(Lab lab) throws Exception {
    near = new ShortConnections(lab, client, net, LOOPBACK);
    far = new ShortConnections(lab, client, net, NO_LOOPBACK);
    plain = new ShortConnections(lab, client, net, LOOPBACK);
    net.sysctl(REUSE, "0");
    net.sysctl(RANGE, "40000 40003");
    // Whether a connection has timestamps is decided by its handshake.
    net.sysctl(TIMESTAMPS, "0");
    Made without = plain.make(CLIENT_FIRST);
    net.sysctl(TIMESTAMPS, "1");
    Made with = far.make(CLIENT_FIRST);
    lab.say(
        "For later: toward %s, without timestamps, %d connections, then %s; toward %s %d, then"
            + " %s.",
        plain, without.connections(), without.then(), far, with.connections(), with.then());
  }

  private Outcome connectUntilItSucceeds(Lab lab) throws Exception {
    // One socket asks again and again: a connect that found no port leaves it as it was.
    Sock patient = client.quiet().tcp("patient");
    AtomicReference<Outcome> latest = new AtomicReference<>();
    lab.await(
        Bilingual.of("a TIME_WAIT toward %s is reused", near),
        PATIENCE,
        POLL,
        () -> {
          latest.set(near.keep(patient));
          return latest.get().isOk();
        });
    lab.say(
        "Asked again and again, connect toward %s returned %s %d ms after the first connection"
            + " was made.",
        near, latest.get(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
    return latest.get();
  }

  private void requireReuseDelay() throws Exception {
    if (!Files.exists(IPV4_SYSCTLS.resolve("tcp_tw_reuse_delay"))) {
      throw new SkippedException(
          Bilingual.of("this kernel has no tcp_tw_reuse_delay: it needs Linux 6.14"));
    }
    net.sysctl(REUSE_DELAY);
  }
}
