package io.dualport.flow;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Everything that is counted, with the label a table shows and a sentence that says what it means.
 */
public enum Counter {
  CONNECTIONS_ACCEPTED(
      Kind.CONNECTION, "connections accepted", "TCP connections taken from the backlog", TCP),
  ACCEPT_FAILURES(
      Kind.CONNECTION,
      "accepts failed",
      "no descriptor or memory left; accepting pauses for a second",
      TCP),
  CLOSED_BY_PEER(
      Kind.CLOSE, "closed: peer", "the peer sent FIN, got everything back, and our FIN", TCP),
  CLOSED_BY_RESET(
      Kind.CLOSE, "closed: reset", "the peer reset the connection, or vanished from it", TCP),
  CLOSED_BY_IDLE(
      Kind.CLOSE, "closed: idle", "nothing moved in either direction for idle-timeout", TCP),
  CLOSED_BY_DRAIN(
      Kind.CLOSE, "closed: drained", "still open when a stop had waited for drain", TCP),
  CLOSED_BY_REFUSAL(Kind.CLOSE, "closed: refused", "beyond max-connections, closed at once", TCP),
  CLOSED_BY_SOURCE_LIMIT(
      Kind.CLOSE, "closed: source limit", "beyond max-connections-per-source, closed at once", TCP),
  CLOSED_BY_MEMORY(
      Kind.CLOSE,
      "closed: memory",
      "held bytes for a peer that took none for longest, when max-pending-bytes was used up",
      TCP),
  CLOSED_BY_ERROR(Kind.CLOSE, "closed: error", "any other fault of this one connection", TCP),

  MESSAGES_IN(
      Kind.TRAFFIC,
      "messages in",
      "TCP: whole messages of the probe, on streams made of them; UDP: datagrams that the guard let"
          + " through",
      TCP,
      UDP),
  MESSAGES_OUT(
      Kind.TRAFFIC,
      "messages out",
      "those of messages in that were handed to the kernel whole",
      TCP,
      UDP),
  READS(
      Kind.TRAFFIC,
      "reads",
      "times that bytes were read, however many messages or parts of one",
      TCP),
  WRITES(Kind.TRAFFIC, "writes", "what was read at once, handed to the kernel whole", TCP),
  RECEIVES_SHARED(
      Kind.SOCKET,
      "receives shared",
      "datagrams that came with the one before, in an aggregate that the kernel counts once",
      UDP),
  SENDS_SHARED(
      Kind.TRAFFIC,
      "sends shared",
      "datagrams that left with the one before, in a segmented datagram that the kernel counts"
          + " once",
      UDP),
  BYTES_IN(Kind.TRAFFIC, "bytes in", "payload bytes received", TCP, UDP),
  BYTES_OUT(Kind.TRAFFIC, "bytes out", "payload bytes handed to the kernel", TCP, UDP),

  SIGHTINGS_MISSED(
      Kind.SOCKET,
      "sightings missed",
      "guard: echoed without a look whether it goes around, as too many others do",
      UDP),
  DROPPED_SOURCE_PORT_ZERO(
      Kind.REFUSAL, "dropped: source port 0", "guard: nobody can hear a reply", UDP),
  DROPPED_UNSPECIFIED_SOURCE(
      Kind.REFUSAL,
      "dropped: unspecified source",
      "guard: nobody has that address, and a reply would go to this host itself",
      UDP),
  DROPPED_OWN_ADDRESS(
      Kind.REFUSAL,
      "dropped: own address",
      "guard: from a wire, with an address of this host as its source",
      UDP),
  DROPPED_OWN_PORT(
      Kind.REFUSAL,
      "dropped: own port",
      "guard: the source is an echo on our own port number",
      UDP),
  DROPPED_REFLECTOR_PORT(
      Kind.REFUSAL, "dropped: reflector port", "guard: the source port answers anything", UDP),
  DROPPED_MULTICAST_SOURCE(
      Kind.REFUSAL, "dropped: multicast source", "guard: no host sends from a group", UDP),
  DROPPED_BROADCAST_SOURCE(
      Kind.REFUSAL, "dropped: broadcast source", "guard: one reply would reach many", UDP),
  DROPPED_GROUP_DESTINATION(
      Kind.REFUSAL,
      "dropped: group destination",
      "guard: sent to a broadcast or multicast address, which every echo there would answer",
      UDP),
  DROPPED_LOOP(
      Kind.UNANSWERED,
      "dropped: loop",
      "guard: the same datagram came back guard.loop-after times",
      UDP),
  DROPPED_RATE(
      Kind.REFUSAL,
      "dropped: rate",
      "beyond udp-rate replies a second to this source address",
      UDP),
  DROPPED_NO_SOCKET_FOR_DESTINATION(
      Kind.REFUSAL,
      "dropped: no socket for destination",
      "no socket bound to the dialled address, so a reply would leave from another one",
      UDP),
  DROPPED_OVERSIZE(
      Kind.UNANSWERED, "dropped: oversize", "the kernel would not send it whole (EMSGSIZE)", UDP),
  DROPPED_SEND_ERROR(
      Kind.UNANSWERED,
      "dropped: send error",
      "the kernel refused the reply for another reason",
      UDP);

  private static final List<Counter> REFUSALS = of(Kind.REFUSAL);
  private static final List<Counter> DROPS = of(Kind.REFUSAL, Kind.UNANSWERED);
  private static final List<Counter> CLOSES = of(Kind.CLOSE);

  /** What a counter is about. */
  private enum Kind {
    /** Connections on their way in. */
    CONNECTION,
    /** Why a connection ended. */
    CLOSE,
    /** What each flow counts, too. */
    TRAFFIC,
    /** What concerns a socket, whoever sent. */
    SOCKET,
    /** Why a datagram was refused before it counted as a message in. */
    REFUSAL,
    /** Why one that counted as a message in got no reply. */
    UNANSWERED
  }

  private final Kind kind;
  private final String label;
  private final String meaning;
  private final Set<Protocol> protocols;

  Counter(Kind kind, String label, String meaning, Protocol... protocols) {
    this.kind = kind;
    this.label = label;
    this.meaning = meaning;
    this.protocols = Set.of(protocols);
  }

  /** The name a table shows. */
  public String label() {
    return label;
  }

  /**
   * The label without what it has in common with its kind: of {@code closed: peer}, {@code peer}.
   */
  public String reason() {
    return label.substring(label.indexOf(": ") + 1).trim();
  }

  /** One sentence that says what is counted. */
  public String meaning() {
    return meaning;
  }

  /** The key in JSON: {@code messagesIn}, {@code droppedOwnPort}. */
  public String key() {
    String[] words = name().toLowerCase(Locale.ROOT).split("_");
    return words[0]
        + Arrays.stream(words, 1, words.length)
            .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
            .collect(Collectors.joining());
  }

  public boolean appliesTo(Protocol protocol) {
    return protocols.contains(protocol);
  }

  /** Whether each flow counts it too; the rest belong to connections or sockets. */
  public boolean isPerFlow() {
    return kind == Kind.TRAFFIC || kind == Kind.REFUSAL || kind == Kind.UNANSWERED;
  }

  private static List<Counter> of(Kind... kinds) {
    return Arrays.stream(values()).filter(c -> List.of(kinds).contains(c.kind)).toList();
  }

  /** Why a datagram got no reply, each with its counter. */
  public static List<Counter> drops() {
    return DROPS;
  }

  /** Those of {@link #drops} that came before a datagram was counted as a message in. */
  public static List<Counter> refusals() {
    return REFUSALS;
  }

  /** Why a connection ended, each with its counter. */
  public static List<Counter> closes() {
    return CLOSES;
  }
}
