package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What three accounts of a hundred messages say together. */
class JudgeTest {
  private static final int SIZE = 100;
  private static final long TIMEOUT = 1000;
  private static final ServerFlow SERVER = server(100, 100);

  private boolean isSuspect;

  @Test
  void shouldAgreeWhereAllNumbersAreTheSame() {
    for (Protocol protocol : Protocol.values()) {
      assertThat(judge(client(protocol, 100, 100, 0), captured(protocol, 100, 100), SERVER))
          .isEqualTo(Comparison.AGREE);
      assertThat(judge(client(protocol, 100, 100, 0), captured(protocol, 100, 100), null))
          .isEqualTo(Comparison.AGREE);
    }
  }

  @Test
  void shouldAgreeOnLossBetweenCaptureAtTheServerAndClient() {
    assertThat(
            judge(
                client(Protocol.UDP, 100, 97, 3), captured(Protocol.UDP, 100, 97), server(100, 97)))
        .isEqualTo(Comparison.AGREE);
  }

  @Test
  void shouldBlameTheClientForMessagesThatItSaysItDidNotSend() {
    expect(
        judge(client(Protocol.UDP, 99, 99, 0), captured(Protocol.UDP, 100, 100), SERVER),
        Agreement.CLIENT_WRONG,
        "capture and server");
  }

  @Test
  void shouldBlameTheClientWhereItsOwnNumbersDoNotAddUp() {
    expect(
        judge(client(Protocol.UDP, 100, 98, 1), captured(Protocol.UDP, 100, 100), SERVER),
        Agreement.CLIENT_WRONG,
        null);
  }

  @Test
  void shouldBlameTheClientForEchoesThatNobodyElseKnows() {
    expect(
        judge(client(Protocol.TCP, 100, 100, 0), captured(Protocol.TCP, 100, 99), server(100, 99)),
        Agreement.CLIENT_WRONG,
        "capture and server");
  }

  @Test
  void shouldCallACaptureIncompleteThatClientAndServerContradict() {
    for (Protocol protocol : Protocol.values()) {
      expect(
          judge(client(protocol, 100, 100, 0), captured(protocol, 98, 98), SERVER),
          Agreement.CAPTURE_INCOMPLETE,
          "client and server");
      expect(
          judge(client(protocol, 100, 100, 0), captured(protocol, 100, 98), SERVER),
          Agreement.CAPTURE_INCOMPLETE,
          "client and server");
    }
  }

  @Test
  void shouldNotDecideBetweenClientAndCaptureAlone() {
    CapturedFlow captured = captured(Protocol.UDP, 98, 98);
    expect(judge(client(Protocol.UDP, 100, 100, 0), captured, null), Agreement.UNDECIDED, null);
    isSuspect = true;
    expect(
        judge(client(Protocol.UDP, 100, 100, 0), captured, null),
        Agreement.CAPTURE_INCOMPLETE,
        "client");
  }

  @Test
  void shouldSayWhereDatagramsWereLost() {
    expect(
        judge(client(Protocol.UDP, 100, 95, 5), captured(Protocol.UDP, 95, 95), server(95, 95)),
        Agreement.LOST,
        "capture and server");
    expect(
        judge(client(Protocol.UDP, 100, 95, 5), captured(Protocol.UDP, 100, 95), server(95, 95)),
        Agreement.LOST,
        "all");
    expect(
        judge(client(Protocol.UDP, 100, 95, 5), captured(Protocol.UDP, 100, 95), server(100, 100)),
        Agreement.LOST,
        "all");
  }

  @Test
  void shouldNameTheGuardOrRateWhereTheServerCountsWhatItDropped() {
    ServerFlow refused = new ServerFlow(95, 95, 95 * SIZE, 95 * SIZE, 5);
    Comparison finding =
        judge(client(Protocol.UDP, 100, 95, 5), captured(Protocol.UDP, 100, 95), refused);
    expect(finding, Agreement.LOST, "all");
    assertThat(finding.reason()).contains("guard or rate");
  }

  @Test
  void shouldTellLateEchoesByTheirTimeInTheCapture() {
    CapturedFlow captured = flow(Protocol.UDP);
    for (int i = 0; i < 100; i++) {
      put(captured, true, i, 0);
      put(captured, false, i, i < 3 ? TIMEOUT + 1 : TIMEOUT);
    }
    assertThat(captured.late()).isEqualTo(3);
    expect(
        judge(client(Protocol.UDP, 100, 97, 3), captured, SERVER),
        Agreement.LATE,
        "capture and server");
    // What the client heard itself after its timeout is no contradiction.
    expect(
        judge(Runs.flow(Protocol.UDP, 100, 97, 3, 0, 3, 100 * SIZE), captured, SERVER),
        Agreement.LATE,
        "all");
  }

  @Test
  void shouldTellWhatTheNetworkDoubledOnTheWayToTheServer() {
    CapturedFlow captured = captured(Protocol.UDP, 100, 100);
    put(captured, false, 7, 0);
    expect(
        judge(Runs.flow(Protocol.UDP, 100, 100, 0, 1, 0, 100 * SIZE), captured, server(101, 101)),
        Agreement.DOUBLED,
        "all");
  }

  @Test
  void shouldBlameTheServerForCountersThatBothOthersContradict() {
    for (Protocol protocol : Protocol.values()) {
      ClientFlow client = client(protocol, 100, 100, 0);
      CapturedFlow captured = captured(protocol, 100, 100);
      expect(
          judge(client, captured, server(101, 101)), Agreement.SERVER_WRONG, "capture and client");
      expect(
          judge(client, captured, server(100, 99)), Agreement.SERVER_WRONG, "capture and client");
    }
    expect(
        judge(
            client(Protocol.UDP, 100, 100, 0),
            captured(Protocol.UDP, 100, 100),
            new ServerFlow(100, 100, 100 * SIZE - 1, 100 * SIZE, 0)),
        Agreement.SERVER_WRONG,
        "capture and client");
  }

  @Test
  void shouldCompareMessagesOfTcpWhereTheServerTellsThem() {
    ClientFlow client = client(Protocol.TCP, 100, 100, 0);
    CapturedFlow captured = captured(Protocol.TCP, 100, 100);
    Comparison few = judge(client, captured, new ServerFlow(94, 94, 100 * SIZE, 100 * SIZE, 0));
    expect(few, Agreement.SERVER_WRONG, "capture and client");
    assertThat(few.reason())
        .isEqualTo(
            "the server says it took 6 messages less than the same bytes hold in the capture");
    Comparison more = judge(client, captured, new ServerFlow(100, 101, 100 * SIZE, 100 * SIZE, 0));
    expect(more, Agreement.SERVER_WRONG, "capture and client");
    assertThat(more.reason()).contains("echoed 1 message more");

    long unknown = ServerFlow.UNKNOWN;
    expect(
        judge(client, captured, new ServerFlow(unknown, unknown, 100 * SIZE, 100 * SIZE, 0)),
        Agreement.AGREE,
        null);
    captured.out.foreign = 3;
    captured.out.bytes += 3 * SIZE;
    captured.out.foreignBytes = 3 * SIZE;
    expect(
        judge(client, captured, new ServerFlow(103, 100, 103 * SIZE, 100 * SIZE, 0)),
        Agreement.AGREE,
        null);
  }

  /** Counters of another server, or of an earlier moment: nobody but the server echoes. */
  @Test
  void shouldNotCallItLossWhereTheCaptureHasTheEchoes() {
    for (Protocol protocol : Protocol.values()) {
      ClientFlow client = client(protocol, 100, 100, 0);
      for (ServerFlow counters : List.of(ServerFlow.NOTHING, server(60, 60))) {
        Comparison finding = judge(client, captured(protocol, 100, 100), counters);
        expect(finding, Agreement.SERVER_WRONG, "capture and client");
        assertThat(finding.reason()).contains("of another server");
        expect(judge(client, captured(protocol, 100, 90), counters), Agreement.UNDECIDED, null);
      }
    }
  }

  @Test
  void shouldNotBlameTheClientForWhatNamesNoRun() {
    CapturedFlow captured = captured(Protocol.UDP, 100, 100);
    captured.out.unnamed = 30;
    captured.out.cut = 30;
    expect(judge(client(Protocol.UDP, 100, 100, 0), captured, null), Agreement.UNDECIDED, null);
  }

  /** Two datagrams of the capture may be fifty-one each. */
  @Test
  void shouldBlameNobodyWhereDatagramsCannotBeCounted() {
    CapturedFlow captured = captured(Protocol.UDP, 0, 100);
    captured.out.unnamed = 2;
    captured.out.untold = 2;
    captured.out.bytes = 100 * SIZE;
    ClientFlow client = client(Protocol.UDP, 100, 100, 0);
    expect(judge(client, captured, SERVER), Agreement.AGREE, null);
    expect(judge(client, captured, null), Agreement.AGREE, null);
    expect(judge(client, captured, server(99, 99)), Agreement.UNDECIDED, null);
    captured.out.bytes += 2 * SIZE;
    expect(judge(client, captured, SERVER), Agreement.UNDECIDED, null);
  }

  /** What another run sent together names no run, and counts as one; its bytes are all there. */
  @Test
  void shouldNotBlameTheServerForDatagramsOfOthersThatLeftJoined() {
    ClientFlow client = client(Protocol.UDP, 100, 100, 0);
    CapturedFlow others = shared(client, 100, 30);
    long bytes = 130 * SIZE;
    expect(
        judge(client, others, new ServerFlow(400, 400, bytes, bytes, 0)),
        Agreement.UNDECIDED,
        null);
    expect(
        judge(client, others, new ServerFlow(130, 400, bytes, bytes, 0)),
        Agreement.UNDECIDED,
        null);
  }

  @Test
  void shouldLeaveWhatTheClientCannotHaveSentToOtherUsersOfTheFiveTuple() {
    ClientFlow client = client(Protocol.UDP, 100, 100, 0);
    CapturedFlow damaged = shared(client, 99, 1);
    assertThat(damaged.out.distinct()).isEqualTo(100);
    CapturedFlow others = shared(client, 100, 30);
    assertThat(others.out.distinct()).isEqualTo(100);
    assertThat(others.out.foreign).isEqualTo(30);
    expect(judge(client, others, server(130, 130)), Agreement.AGREE, null);
  }

  private static CapturedFlow shared(ClientFlow client, int named, int unnamed) {
    CapturedFlow flow = new CapturedFlow(client.tuple(), client, new MessageSet.Room(1 << 16));
    for (int i = 0; i < named; i++) {
      put(flow, true, i, 0);
      put(flow, false, i, 0);
    }
    for (Direction way : List.of(flow.out, flow.back)) {
      way.unnamed = unnamed;
      way.unnamedBytes = (long) unnamed * SIZE;
      way.bytes += way.unnamedBytes;
    }
    flow.settle(true);
    return flow;
  }

  private Comparison judge(ClientFlow client, CapturedFlow captured, ServerFlow server) {
    return Judge.judge(
        new Accounts(client, captured, List.of(captured), server, 0, isSuspect, true, false));
  }

  private static void expect(Comparison finding, Agreement verdict, String right) {
    assertThat(finding.verdict()).as(finding.reason()).isEqualTo(verdict);
    assertThat(finding.right()).as(finding.reason()).isEqualTo(right);
  }

  private static ClientFlow client(Protocol protocol, long sent, long answered, long lost) {
    return Runs.flow(protocol, sent, answered, lost, 0, 0, sent * SIZE);
  }

  private static ServerFlow server(long in, long out) {
    return new ServerFlow(in, out, in * SIZE, out * SIZE, 0);
  }

  private static CapturedFlow captured(Protocol protocol, int asked, int echoed) {
    CapturedFlow flow = flow(protocol);
    for (int i = 0; i < asked; i++) {
      put(flow, true, i, 0);
    }
    for (int i = 0; i < echoed; i++) {
      put(flow, false, i, 0);
    }
    return flow;
  }

  private static CapturedFlow flow(Protocol protocol) {
    return new CapturedFlow(
        new FlowKey(protocol, Runs.CLIENT, Runs.SERVER), null, new MessageSet.Room(1 << 16));
  }

  private static void put(CapturedFlow flow, boolean isRequest, long sequence, long nanos) {
    Direction way = flow.way(isRequest);
    way.bytes += SIZE;
    if (flow.message(isRequest, sequence, 1, nanos, TIMEOUT) == MessageSet.Sighting.REPEATED) {
      way.repeatedBytes += SIZE;
    }
  }
}
