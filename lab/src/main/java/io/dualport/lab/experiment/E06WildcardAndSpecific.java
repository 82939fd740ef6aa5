package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EADDRINUSE;
import static io.dualport.lab.socket.Option.IPV6_V6ONLY;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.socket.Reply.OK;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Outcome;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Option;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/**
 * May a socket have one address of a port while another has all of them? Ten variants of two binds
 * make it long.
 */
public final class E06WildcardAndSpecific implements Experiment {
  private static final String ANY = "0.0.0.0";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ANY6 = "::";
  private static final int BACKLOG = 16;
  private static final String CONFLICT =
      "inet_bind_conflict and inet_rcv_saddr_equal in net/ipv4/inet_connection_sock.c";

  private int port;
  private Sock wildcard;
  private Sock specific;
  private Sock dualStack;
  private Sock onlyIpv6;
  private Sock ipv4;

  @Override
  public Script script() {
    return Script.of("6", "All addresses against one address")
        .question(
            "A listener has 0.0.0.0:P. May another take 127.0.0.1:P, and does SO_REUSEADDR change"
                + " that? And does :: leave room for 0.0.0.0?")
        .filter("tcp.port == PORT and tcp.flags.syn == 1")
        .part("Without options, in both orders")
        .expect(
            "specific-beside-wildcard",
            EADDRINUSE,
            "0.0.0.0 covers every address, so 127.0.0.1 is taken as well.",
            "bind(2); " + CONFLICT,
            lab -> {
              port = lab.freePort();
              lab.self().listener("wildcard", ANY, port);
              return open(lab, "specific").bind(LOOPBACK, port);
            })
        .expect(
            "wildcard-beside-specific",
            EADDRINUSE,
            "The other way round it is the same: one address is missing from \"all\".",
            "bind(2); " + CONFLICT,
            lab -> {
              port = lab.freePort();
              lab.self().listener("specific", LOOPBACK, port);
              return open(lab, "wildcard").bind(ANY, port);
            })
        .part("SO_REUSEADDR, and the holder listens")
        .expect(
            "reuseaddr-on-both-holder-listens",
            "EADDRINUSE, EADDRINUSE",
            "SO_REUSEADDR on both does not help once the holder listens, in either order.",
            "socket(7) SO_REUSEADDR: \"except when there is an active listening socket\"; "
                + CONFLICT,
            this::besideAListener)
        .part("SO_REUSEADDR on one of them alone, nobody listens")
        .act(lab -> Needs.nativeCalls())
        .expect(
            "reuseaddr-on-one",
            "EADDRINUSE, EADDRINUSE",
            "Set on the holder alone or on the newcomer alone it does nothing.",
            "socket(7) SO_REUSEADDR; " + CONFLICT,
            lab -> {
              port = lab.freePort();
              open(lab, "wildcard", SO_REUSEADDR).bind(ANY, port).must();
              Outcome holderOnly = open(lab, "specific").bind(LOOPBACK, port);
              int another = lab.freePort();
              open(lab, "wildcard").bind(ANY, another).must();
              return holderOnly
                  + ", "
                  + open(lab, "specific", SO_REUSEADDR).bind(LOOPBACK, another);
            })
        .part("SO_REUSEADDR on both, nobody listens yet")
        .act(lab -> Needs.nativeCalls())
        .expect(
            "reuseaddr-on-both-nobody-listens",
            "OK, OK",
            "As long as neither listens, SO_REUSEADDR on both lets both bind, in either order.",
            "socket(7) SO_REUSEADDR; " + CONFLICT,
            lab -> {
              port = lab.freePort();
              wildcard = open(lab, "wildcard", SO_REUSEADDR);
              wildcard.bind(ANY, port).must();
              specific = open(lab, "specific", SO_REUSEADDR);
              Outcome wildcardFirst = specific.bind(LOOPBACK, port);
              int another = lab.freePort();
              open(lab, "specific", SO_REUSEADDR).bind(LOOPBACK, another).must();
              return wildcardFirst + ", " + open(lab, "wildcard", SO_REUSEADDR).bind(ANY, another);
            })
        .act(
            lab ->
                lab.say(
                    "Both hold port %d now, and /proc/net/tcp does not show it: it leaves out"
                        + " TCP sockets that are bound and neither listen nor connect (since"
                        + " Linux 6.8, ss --bound-inactive lists them). Then they listen.",
                    port))
        .expect(
            "second-listen",
            "first OK, second EADDRINUSE",
            "The conflict only waits: the first of the two to listen wins, the other's listen is"
                + " refused.",
            "listen(2) EADDRINUSE; inet_csk_listen_start asks get_port again",
            lab -> "first " + wildcard.listen(BACKLOG) + ", second " + specific.listen(BACKLOG))
        .act(lab -> lab.show(lab.self(), "The kernel's table", port))
        .part("Both families")
        .expect(
            "dual-stack-beside-ipv4",
            EADDRINUSE,
            ":: takes IPv4 as well unless told otherwise, so it collides with 0.0.0.0.",
            "ipv6(7) IPV6_V6ONLY; RFC 3493 section 5.3; ipv6_rcv_saddr_equal in"
                + " net/ipv4/inet_connection_sock.c",
            lab -> {
              port = lab.freePort();
              dualStack = listener6(lab, "dual-stack");
              return open(lab, "ipv4").bind(ANY, port);
            })
        .expect(
            "dual-stack-peer",
            "::ffff:127.0.0.1",
            "Alone, :: accepts an IPv4 connection, and sees its peer as an IPv4-mapped address.",
            "RFC 4291 section 2.5.5.2; RFC 3493 section 3.7",
            lab -> {
              lab.self().dial("client", LOOPBACK, port);
              return peerAsStored(lab, dualStack.accept("accepted"));
            })
        .expect(
            "v6only-beside-ipv4",
            OK,
            "With IPV6_V6ONLY it does not: both wildcards have the port, each for its family.",
            "ipv6(7) IPV6_V6ONLY; RFC 3493 section 5.3",
            lab -> {
              port = lab.freePort();
              onlyIpv6 = listener6(lab, "ipv6", IPV6_V6ONLY);
              ipv4 = open(lab, "ipv4");
              return ipv4.bind(ANY, port);
            })
        .expect(
            "families-answered-by",
            "127.0.0.1 by ipv4, ::1 by ipv6",
            "Then a connection lands on the listener of its own family.",
            "__inet_lookup_listener in net/ipv4/inet_hashtables.c, inet6_lookup_listener in"
                + " net/ipv6/inet6_hashtables.c",
            this::dialBothFamilies)
        .act(lab -> lab.show(lab.self(), "The kernel's table", port))
        .answer(
            "No: TCP's 0.0.0.0 covers 127.0.0.1, and SO_REUSEADDR on both lets both bind only as"
                + " long as neither listens; :: leaves no room for 0.0.0.0 either, unless it has"
                + " IPV6_V6ONLY.")
        .refines(
            TWO_PROCESSES,
            "SO_REUSEADDR lets several instances run on one port if each binds another local"
                + " address.",
            "Different specific addresses need no option (experiment 5), and a wildcard beside a"
                + " listener is refused with it, too.")
        .corrects(
            COMMON_BELIEF,
            "With SO_REUSEADDR a more specific address may be bound beside a wildcard listener.",
            "That is the rule of BSD systems. Linux refuses it as soon as one listens.");
  }

  private String besideAListener(Lab lab) throws Exception {
    port = lab.freePort();
    Sock holder = lab.self().listener("wildcard", ANY, port, SO_REUSEADDR);
    // A library may set options by itself; this is what the kernel says is set.
    String isSet = holder.get(SO_REUSEADDR).must().value();
    lab.say("SO_REUSEADDR of the holder, as the kernel has it: %s.", isSet);
    Outcome specific = open(lab, "specific", SO_REUSEADDR).bind(LOOPBACK, port);
    int another = lab.freePort();
    lab.self().listener("specific", LOOPBACK, another, SO_REUSEADDR);
    return specific + ", " + open(lab, "wildcard", SO_REUSEADDR).bind(ANY, another);
  }

  private String dialBothFamilies(Lab lab) throws Exception {
    ipv4.listen(BACKLOG).must();
    lab.self().dial("client4", LOOPBACK, port);
    lab.self().tcp6("client6").connect("::1", port).must();
    boolean ipv4Answers = ipv4.accept("accepted4", Sock.PATIENCE_MILLIS).isPresent();
    boolean ipv6Answers = onlyIpv6.accept("accepted6", Sock.PATIENCE_MILLIS).isPresent();
    return (ipv4Answers ? "127.0.0.1 by ipv4" : "127.0.0.1 by nobody")
        + (ipv6Answers ? ", ::1 by ipv6" : ", ::1 by nobody");
  }

  /** From the kernel's table: Java's own calls give an IPv4-mapped address as plain IPv4. */
  private static String peerAsStored(Lab lab, Sock accepted) throws Exception {
    SocketRow row = lab.rows(lab.self(), List.of(accepted)).get(0);
    InetAddress peer = row.remote().getAddress();
    return (row.ipv6() && peer instanceof Inet4Address ? "::ffff:" : "") + Endpoint.text(peer);
  }

  private static Sock open(Lab lab, String label, Option... options) throws Exception {
    return with(SO_REUSEADDR, lab.self().tcp(label), options);
  }

  private Sock listener6(Lab lab, String label, Option... options) throws Exception {
    Outcome addresses =
        lab.self().quiet().call("read /proc/net/if_inet6", null, "read", "/proc/net/if_inet6");
    if (!addresses.isOk() || !addresses.value().contains(" lo")) {
      throw new SkippedException(Bilingual.of("this system has no IPv6 on its loopback interface"));
    }
    Sock listener = with(IPV6_V6ONLY, lab.self().tcp6(label), options);
    listener.bind(ANY6, port).must();
    listener.listen(BACKLOG).must();
    return listener;
  }

  /** Sets an option to 1 where it is among those that are wanted, to 0 where it is not. */
  private static Sock with(Option option, Sock socket, Option... wanted) throws Exception {
    socket.set(option, List.of(wanted).contains(option) ? 1 : 0).must();
    return socket;
  }
}
