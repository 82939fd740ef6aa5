package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.IPV6_V6ONLY;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.flow.Endpoint;
import io.dualport.lab.process.Lab;
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
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;

/** May a socket have one address of a port while another has all of them? */
public final class E06WildcardAndSpecific implements Experiment {
  private static final String ANY = "0.0.0.0";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ANY6 = "::";
  private static final int BACKLOG = 16;
  private static final String MAPPED_PREFIX = "00000000000000000000ffff";

  private static final String CONFLICT =
      "inet_bind_conflict and inet_rcv_saddr_equal in net/ipv4/inet_connection_sock.c";

  private static final Prediction SPECIFIC_BESIDE_WILDCARD =
      Prediction.exactly(
          "specific-beside-wildcard",
          "EADDRINUSE",
          Bilingual.of(
              "0.0.0.0 covers every address, so 127.0.0.1 is taken as well."),
          "bind(2); " + CONFLICT);

  private static final Prediction WILDCARD_BESIDE_SPECIFIC =
      Prediction.exactly(
          "wildcard-beside-specific",
          "EADDRINUSE",
          Bilingual.of(
              "The other way round it is the same: one address is missing from \"all\"."),
          "bind(2); " + CONFLICT);

  private static final Prediction BOTH_REUSE_HOLDER_LISTENS =
      Prediction.exactly(
          "reuseaddr-on-both-holder-listens",
          "EADDRINUSE, EADDRINUSE",
          Bilingual.of(
              "SO_REUSEADDR on both does not help once the holder listens, in either order."),
          "socket(7) SO_REUSEADDR: \"except when there is an active listening socket\"; "
              + CONFLICT);

  private static final Prediction BOTH_REUSE_NOBODY_LISTENS =
      Prediction.exactly(
          "reuseaddr-on-both-nobody-listens",
          "OK, OK",
          Bilingual.of(
              "As long as neither listens, SO_REUSEADDR on both lets both bind, in either order."),
          "socket(7) SO_REUSEADDR; " + CONFLICT);

  private static final Prediction SECOND_LISTEN =
      Prediction.exactly(
          "second-listen",
          "first OK, second EADDRINUSE",
          Bilingual.of(
              "The conflict only waits: the first of the two to listen wins, the other's listen is"
                  + " refused."),
          "listen(2) EADDRINUSE; inet_csk_listen_start asks get_port again");

  private static final Prediction ONE_SIDED =
      Prediction.exactly(
          "reuseaddr-on-one",
          "EADDRINUSE, EADDRINUSE",
          Bilingual.of(
              "Set on the holder alone or on the newcomer alone it does nothing."),
          "socket(7) SO_REUSEADDR; " + CONFLICT);

  private static final Prediction DUAL_STACK =
      Prediction.exactly(
          "dual-stack-beside-ipv4",
          "EADDRINUSE",
          Bilingual.of(
              ":: takes IPv4 as well unless told otherwise, so it collides with 0.0.0.0."),
          "ipv6(7) IPV6_V6ONLY; RFC 3493 section 5.3; ipv6_rcv_saddr_equal in"
              + " net/ipv4/inet_connection_sock.c");

  private static final Prediction V6_ONLY =
      Prediction.exactly(
          "v6only-beside-ipv4",
          "OK",
          Bilingual.of(
              "With IPV6_V6ONLY it does not: both wildcards have the port, each for its family."),
          "ipv6(7) IPV6_V6ONLY; RFC 3493 section 5.3");

  private static final Prediction WHO_ANSWERS =
      Prediction.exactly(
          "families-answered-by",
          "127.0.0.1 by ipv4, ::1 by ipv6",
          Bilingual.of(
              "Then a connection lands on the listener of its own family."),
          "__inet_lookup_listener in net/ipv4/inet_hashtables.c, inet6_lookup_listener "
              + "in net/ipv6/inet6_hashtables.c");

  private static final Prediction DUAL_STACK_ANSWERS =
      Prediction.exactly(
          "dual-stack-peer",
          "::ffff:127.0.0.1",
          Bilingual.of(
              "Alone, :: accepts an IPv4 connection, and sees its peer as an IPv4-mapped address."),
          "RFC 4291 section 2.5.5.2; RFC 3493 section 3.7");

  @Override
  public Page page() {
    return new Page(
        "6",
        Bilingual.of("All addresses against one address"),
        Bilingual.of(
            "A listener has 0.0.0.0:P. May another take 127.0.0.1:P, and does SO_REUSEADDR change"
                + " that? And does :: leave room for 0.0.0.0?"),
        "tcp.port == PORT and tcp.flags.syn == 1",
        List.of(
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Bilingual.of(
                    "SO_REUSEADDR lets several instances run on one port if each binds another local"
                        + " address."),
                Bilingual.of(
                    "Different specific addresses need no option (experiment 5), and a wildcard"
                        + " beside a listener is refused with it, too.")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Bilingual.of(
                    "With SO_REUSEADDR a more specific address may be bound beside a wildcard"
                        + " listener."),
                Bilingual.of(
                    "That is the rule of BSD systems. Linux refuses it as soon as one listens."))),
        List.of(
            SPECIFIC_BESIDE_WILDCARD,
            WILDCARD_BESIDE_SPECIFIC,
            BOTH_REUSE_HOLDER_LISTENS,
            ONE_SIDED,
            BOTH_REUSE_NOBODY_LISTENS,
            SECOND_LISTEN,
            DUAL_STACK,
            V6_ONLY,
            WHO_ANSWERS,
            DUAL_STACK_ANSWERS));
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Program program = lab.self();

    notes.part(
        "Without options, in both orders",
        () -> {
          int port = lab.freePort();
          program.listener("wildcard", ANY, port);
          notes.check(SPECIFIC_BESIDE_WILDCARD, bind(program, "specific", LOOPBACK, port, 0));
          int another = lab.freePort();
          program.listener("specific", LOOPBACK, another);
          notes.check(WILDCARD_BESIDE_SPECIFIC, bind(program, "wildcard", ANY, another, 0));
        });

    notes.part(
        "SO_REUSEADDR, and the holder listens",
        () -> {
          int port = lab.freePort();
          Sock wildcard = program.listener("wildcard", ANY, port, SO_REUSEADDR);
          // A library may set options by itself; this is what the kernel says is set.
          notes.say(
              "SO_REUSEADDR of the holder, as the kernel has it: %s.", wildcard.get(SO_REUSEADDR).must().value());
          Outcome specific = bind(program, "specific", LOOPBACK, port, 1);
          int another = lab.freePort();
          program.listener("specific", LOOPBACK, another, SO_REUSEADDR);
          Outcome covering = bind(program, "wildcard", ANY, another, 1);
          notes.check(BOTH_REUSE_HOLDER_LISTENS, specific + ", " + covering);
        });

    notes.part(
        "SO_REUSEADDR on one of them alone, nobody listens",
        () -> {
          Lab.requireNative();
          int port = lab.freePort();
          bind(program, "wildcard", ANY, port, 1).must();
          Outcome holderOnly = bind(program, "specific", LOOPBACK, port, 0);
          int another = lab.freePort();
          bind(program, "wildcard", ANY, another, 0).must();
          Outcome newcomerOnly = bind(program, "specific", LOOPBACK, another, 1);
          notes.check(ONE_SIDED, holderOnly + ", " + newcomerOnly);
        });

    notes.part(
        "SO_REUSEADDR on both, nobody listens yet",
        () -> nobodyListens(lab, notes, program));

    notes.part("Both families", () -> bothFamilies(lab, notes, program));
  }

  private static void nobodyListens(Lab lab, Notebook notes, Program program) throws Exception {
    Lab.requireNative();
    int port = lab.freePort();
    Sock wildcard = open(program, "wildcard", 1);
    wildcard.bind(ANY, port).must();
    Sock specific = open(program, "specific", 1);
    Outcome wildcardFirst = specific.bind(LOOPBACK, port);
    int another = lab.freePort();
    bind(program, "specific", LOOPBACK, another, 1).must();
    Outcome specificFirst = bind(program, "wildcard", ANY, another, 1);
    notes.check(BOTH_REUSE_NOBODY_LISTENS, wildcardFirst + ", " + specificFirst);
    notes.say(
        "Both hold port %d now, and /proc/net/tcp does not show it: it leaves out "
            + "TCP sockets that are bound and neither listen nor connect (since Linux 6.8, "
            + "ss --bound-inactive lists them). Then they listen.",
        port);
    Outcome first = wildcard.listen(BACKLOG);
    Outcome second = specific.listen(BACKLOG);
    notes.check(SECOND_LISTEN, "first " + first + ", second " + second);
    lab.show(program, "The kernel's table", port);
  }

  private static void bothFamilies(Lab lab, Notebook notes, Program program) throws Exception {
    int port = lab.freePort();
    Sock dualStack = ipv6(program, "dual-stack", 0);
    dualStack.bind(ANY6, port).must();
    dualStack.listen(BACKLOG).must();
    notes.check(DUAL_STACK, bind(program, "ipv4", ANY, port, 0));
    program.dial("client", LOOPBACK, port);
    Sock accepted = dualStack.accept("accepted");
    notes.check(DUAL_STACK_ANSWERS, peerAsStored(program, accepted.inode()));

    int another = lab.freePort();
    Sock onlyIpv6 = ipv6(program, "ipv6", 1);
    onlyIpv6.bind(ANY6, another).must();
    onlyIpv6.listen(BACKLOG).must();
    Sock ipv4 = open(program, "ipv4", 0);
    notes.check(V6_ONLY, ipv4.bind(ANY, another));
    ipv4.listen(BACKLOG).must();
    program.dial("client4", LOOPBACK, another);
    Sock client6 = program.tcp6("client6");
    client6.connect("::1", another).must();
    boolean ipv4Answers = ipv4.accept("accepted4", Sock.PATIENCE_MILLIS).isPresent();
    boolean ipv6Answers = onlyIpv6.accept("accepted6", Sock.PATIENCE_MILLIS).isPresent();
    notes.check(
        WHO_ANSWERS,
        (ipv4Answers ? "127.0.0.1 by ipv4" : "127.0.0.1 by nobody")
            + (ipv6Answers ? ", ::1 by ipv6" : ", ::1 by nobody"));
    lab.show(program, "The kernel's table", another);
  }

  /** From the table itself: Java prints an IPv4-mapped address as plain IPv4. */
  private static String peerAsStored(Program program, long inode) throws Exception {
    for (String line : Files.readAllLines(program.procNet().resolve("tcp6"))) {
      String[] fields = line.strip().split("\\s+");
      if (fields[9].equals(String.valueOf(inode))) {
        ByteBuffer address = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        for (int word = 0; word < 4; word++) {
          address.putInt(HexFormat.fromHexDigits(fields[2], 8 * word, 8 * word + 8));
        }
        byte[] bytes = address.array();
        boolean mapped = HexFormat.of().formatHex(bytes, 0, 12).equals(MAPPED_PREFIX);
        InetAddress peer = InetAddress.getByAddress(bytes);
        return (mapped ? "::ffff:" : "") + Endpoint.text(peer);
      }
    }
    throw new FailedException(Bilingual.of("the socket is in no table"));
  }

  private static Sock ipv6(Program program, String label, int v6Only) throws Exception {
    Outcome addresses =
        program.quiet().call("read /proc/net/if_inet6", null, "read", "/proc/net/if_inet6");
    if (!addresses.isOk() || !addresses.value().contains(" lo")) {
      throw new SkippedException(
          Bilingual.of("this system has no IPv6 on its loopback interface"));
    }
    Sock socket = program.tcp6(label);
    socket.set(IPV6_V6ONLY, v6Only).must();
    return socket;
  }

  private static Sock open(Program program, String label, int reuseAddress) throws Exception {
    Sock socket = program.tcp(label);
    socket.set(SO_REUSEADDR, reuseAddress).must();
    return socket;
  }

  private static Outcome bind(
      Program program, String label, String address, int port, int reuseAddress) throws Exception {
    return open(program, label, reuseAddress).bind(address, port);
  }
}
