package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_RCVBUF;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;

import io.dualport.kernel.SocketRow;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Needs;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What does UDP do with what comes while nobody reads, and who learns of it? */
public final class E18FullReceiveBuffer implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ASKED_BYTES = 4096;
  private static final int SENT = 64;
  private static final int PAYLOAD_BYTES = 200;

  private Program receiver;
  private Sock full;
  private int port;

  /** The numbers of the datagrams that were in the queue. */
  private List<Integer> read;

  @Override
  public Script script() {
    return Script.of("18-buffer", "A UDP receive buffer that is full")
        .question(
            "What does UDP do with what comes while the server is busy, and who learns that"
                + " something was lost?")
        .filter("udp.port == PORT")
        .part("UDP, and nobody reads")
        .act(lab -> bindSmallBuffer(lab, lab.program("server")))
        .expect(
            "udp-sender-is-not-told",
            SENT + " of " + SENT + " OK",
            "sendto always succeeds: nothing tells the sender that a receive buffer is full.",
            "RFC 768 and udp(7) know no flow control",
            lab -> flood(lab, lab.program("client")) + " of " + SENT + " OK")
        .act(lab -> lab.show(receiver, "The queue, in bytes of kernel memory", port))
        .act(this::readWhatWasKept)
        .act(lab -> lab.observe("Where they went", whereabouts(lab)))
        .expectBetween(
            "udp-drops",
            1,
            SENT - 1,
            "What finds no room is thrown away, and counted in the socket's drops column.",
            "__udp_enqueue_schedule_skb in net/ipv4/udp.c; proc_pid_net(5) /proc/net/udp",
            this::drops)
        .expect(
            "udp-account",
            SENT + " sent, " + SENT + " read or dropped",
            "The count is exact: read and dropped make up what was sent.",
            "udp4_seq_show in net/ipv4/udp.c",
            lab -> SENT + " sent, " + (read.size() + drops(lab)) + " read or dropped")
        .expect(
            "udp-oldest-kept",
            "the first, in order, none missing between",
            "The oldest stay and the newest are lost; a slow reader reads stale news.",
            "__udp_enqueue_schedule_skb in net/ipv4/udp.c",
            lab ->
                read.equals(IntStream.range(0, read.size()).boxed().toList())
                    ? "the first, in order, none missing between"
                    : read)
        .expect(
            "rcvbuf-doubled",
            2 * ASKED_BYTES,
            "The kernel doubles SO_RCVBUF, to allow for what a datagram costs beside its bytes.",
            "socket(7) SO_RCVBUF",
            lab -> sizeOfBuffer())
        .part("In a private network: the counter of all sockets")
        .expect(
            "udp-counted-in-the-network",
            "Udp.RcvbufErrors = drops",
            "The whole network's counter agrees with the socket's own.",
            "UDP_MIB_RCVBUFERRORS in net/ipv4/udp.c; snmp_seq_show in net/ipv4/proc.c",
            this::countBothWays)
        .answer(
            "It keeps the oldest datagrams until the receive buffer is full and throws away the"
                + " rest: sendto returns OK for every one of them, and only counters on the"
                + " receiver's side tell.")
        .corrects(
            COMMON_BELIEF,
            "What sendto took arrives, at least on loopback, where no wire can lose it.",
            "It is lost where the receiver's buffer has no room, on loopback as well, and sendto"
                + " returns OK.");
  }

  private void bindSmallBuffer(Lab lab, Program program) throws Exception {
    receiver = program;
    port = lab.freePort();
    full = program.datagrams("full", LOOPBACK, port);
    full.set(SO_RCVBUF, ASKED_BYTES).must();
  }

  private String sizeOfBuffer() throws Exception {
    if (!Needs.isNative()) {
      throw new SkippedException(
          Bilingual.of(
              "Java halves what getsockopt returns, as if nothing had been doubled; the kernel's"
                  + " own number needs our native library"));
    }
    return full.get(SO_RCVBUF).value();
  }

  /** Sends numbered datagrams; returns how many calls succeeded. */
  private int flood(Lab lab, Program program) throws Exception {
    Sock sender = program.quiet().udp("sender");
    int succeeded = 0;
    for (int i = 0; i < SENT; i++) {
      byte[] numbered = new byte[PAYLOAD_BYTES];
      numbered[0] = (byte) i;
      succeeded += sender.sendTo(numbered, LOOPBACK, port).isOk() ? 1 : 0;
    }
    lab.say(
        "%s sends %d numbered datagrams of %d bytes, one after the other.",
        program, SENT, PAYLOAD_BYTES);
    return succeeded;
  }

  /** Until every datagram is accounted for. */
  private void readWhatWasKept(Lab lab) throws Exception {
    Sock quiet = full.quiet();
    read = new ArrayList<>();
    lab.await(
        "every datagram is read or dropped",
        () -> {
          Optional<Datagram> next = quiet.receiveFrom(0);
          while (next.isPresent()) {
            read.add((int) next.get().bytes()[0]);
            next = quiet.receiveFrom(0);
          }
          return read.size() + drops(lab) >= SENT;
        });
  }

  private long drops(Lab lab) throws Exception {
    return lab.rows(receiver, port).stream().mapToLong(SocketRow::drops).sum();
  }

  private Table whereabouts(Lab lab) throws Exception {
    return Table.titled("")
        .numbers("sent", "sent")
        .numbers("read", "read")
        .numbers("drops", "drops")
        .row(SENT, read.size(), drops(lab))
        .build();
  }

  private String countBothWays(Lab lab) throws Exception {
    Program alone = lab.privateNetwork().owner();
    bindSmallBuffer(lab, alone);
    long before = errors(alone);
    flood(lab, alone);
    readWhatWasKept(lab);
    long counted = errors(alone) - before;
    long drops = drops(lab);
    lab.say("The socket's drops: %d. Udp.RcvbufErrors of the network: +%d.", drops, counted);
    String agreement = counted == drops ? "= drops" : "is not drops";
    return drops == 0 ? "nothing was dropped" : "Udp.RcvbufErrors " + agreement;
  }

  private static long errors(Program program) throws SkippedException {
    return program.counters().value("Udp.RcvbufErrors").orElse(0);
  }
}
