package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import java.util.List;

/**
 * The three accounts of one five-tuple, ready to be compared.
 *
 * @param client what the client counted
 * @param captured what the capture holds of it
 * @param sharing all that the capture holds on the same five-tuple, for the server's one entry
 * @param server null if not known
 * @param isCaptureSuspect whether the capture says that it lacks packets
 * @param areMessagesKnown whether the capture tells messages from bytes; not those of a stream that
 *     are too short to name themselves, or cut by the capture
 * @param isInterrupted whether the client was stopped with messages in flight
 */
record Accounts(
    ClientFlow client,
    CapturedFlow captured,
    List<CapturedFlow> sharing,
    ServerFlow server,
    long kernelDrops,
    boolean isCaptureSuspect,
    boolean areMessagesKnown,
    boolean isInterrupted) {

  boolean isTcp() {
    return client.protocol() == Protocol.TCP;
  }

  /** What the capture should have at least, if the client is right, less what it has. */
  long sentBeyondCapture() {
    return areMessagesKnown ? client.sent() - captured.out.distinct() : 0;
  }

  long bytesSentBeyondCapture() {
    return client.bytesOut() - captured.out.distinctBytes();
  }

  long receivedBeyondCapture() {
    return areMessagesKnown ? client.received() - captured.back.arrived() : 0;
  }

  long bytesReceivedBeyondCapture() {
    return client.bytesIn() == ClientFlow.UNKNOWN
        ? 0
        : client.bytesIn() - captured.back.arrivedBytes();
  }

  /**
   * CapturedDatagrams, of TCP bytes, that the server counts beyond what is captured on the way to
   * it.
   */
  long takenBeyondCapture() {
    return isTcp()
        ? server.bytesIn() - sharing.stream().mapToLong(flow -> flow.out.bytes).sum()
        : server.messagesIn() - messages(true);
  }

  /** As {@link #takenBeyondCapture}, on the way back. */
  long answeredBeyondCapture() {
    return isTcp()
        ? server.bytesOut() - sharing.stream().mapToLong(flow -> flow.back.bytes).sum()
        : server.messagesOut() - messages(false);
  }

  /** TCP: whole messages that the server counts beyond those captured on the way to it. */
  long messagesTakenBeyondCapture() {
    return canCompareMessages() ? server.messagesIn() - messages(true) : 0;
  }

  /** As {@link #messagesTakenBeyondCapture}, on the way back. */
  long messagesAnsweredBeyondCapture() {
    return canCompareMessages() ? server.messagesOut() - messages(false) : 0;
  }

  private boolean canCompareMessages() {
    return isTcp() && areMessagesKnown && server.areMessagesKnown();
  }

  /** UDP: the bytes that belong to {@link #takenBeyondCapture}. */
  long bytesTakenBeyondCapture() {
    return server.bytesIn() - sharing.stream().mapToLong(flow -> flow.out.bytes).sum();
  }

  long bytesAnsweredBeyondCapture() {
    return server.bytesOut() - sharing.stream().mapToLong(flow -> flow.back.bytes).sum();
  }

  /**
   * Echoes, of TCP bytes, that are captured, each once, and that the server does not count. Nobody
   * else echoes.
   */
  long echoesUnknownToServer() {
    return isTcp()
        ? -answeredBeyondCapture()
        : sharing.stream().mapToLong(flow -> flow.back.distinct()).sum() - server.messagesOut();
  }

  private long messages(boolean isRequest) {
    return sharing.stream()
        .map(flow -> flow.way(isRequest))
        .mapToLong(way -> way.arrived() + way.foreign)
        .sum();
  }

  /** Whether the server took as much of the client's as the client says that it sent. */
  boolean doesServerConfirmSent() {
    return server != null
        && (isTcp()
            ? bytesSentBeyondCapture() == bytesTakenBeyondCapture()
            : sentBeyondCapture() == takenBeyondCapture());
  }

  /** Whether the server echoed as much as the client says that it received. */
  boolean doesServerConfirmReceived() {
    return server != null
        && (isTcp()
            ? bytesReceivedBeyondCapture() == bytesAnsweredBeyondCapture()
            : receivedBeyondCapture() == answeredBeyondCapture());
  }

  /** UDP: captured datagrams that may be several each, so that only their bytes are known. */
  long untold() {
    return sharing.stream().mapToLong(CapturedFlow::untold).sum();
  }

  /** UDP: whether what names no message of this run may be several datagrams, shown as one. */
  boolean mayOthersBeJoined() {
    return !isTcp() && sharing.stream().anyMatch(flow -> flow.out.foreign + flow.back.foreign > 0);
  }

  /** Whether bytes differ nowhere. */
  boolean doBytesAgree() {
    return bytesSentBeyondCapture() == 0
        && bytesReceivedBeyondCapture() == 0
        && (server == null || bytesTakenBeyondCapture() == 0 && bytesAnsweredBeyondCapture() == 0);
  }

  /** Whether the client gives up or leaves open so many of its messages, at least one. */
  boolean canBeLost(long messages) {
    return client.lost() + Math.max(0, client.unsettled()) >= Math.max(1, messages);
  }

  boolean isSuspect() {
    return isCaptureSuspect || captured.isIncomplete();
  }

  /** A connection that broke may have taken the beginning of a message, and left others unsent. */
  boolean isBroken() {
    return isTcp() && (client.lost() > 0 || client.unsettled() > 0);
  }
}
