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
  CONNECTIONS_ACCEPTED("connections accepted", "TCP connections taken from the backlog", TCP),
  ACCEPT_FAILURES(
      "accepts failed", "no descriptor or memory left; accepting pauses for a second", TCP),
  CLOSED_BY_PEER("closed: peer", "the peer sent FIN, got everything back, and our FIN", TCP),
  CLOSED_BY_RESET("closed: reset", "the peer reset the connection, or vanished from it", TCP),
  CLOSED_BY_IDLE("closed: idle", "nothing moved in either direction for idle-timeout", TCP),
  CLOSED_BY_DRAIN("closed: drained", "still open when a stop had waited for drain", TCP),
  CLOSED_BY_REFUSAL("closed: refused", "beyond max-connections, closed at once", TCP),
  CLOSED_BY_SOURCE_LIMIT(
      "closed: source limit", "beyond max-connections-per-source, closed at once", TCP),
  CLOSED_BY_MEMORY(
      "closed: memory",
      "held bytes for a peer that took none for longest, when max-pending-bytes was used up",
      TCP),
  CLOSED_BY_ERROR("closed: error", "any other fault of this one connection", TCP),

  MESSAGES_IN(
      "messages in",
      "TCP: whole messages of the probe, on streams made of them; UDP: datagrams that the guard let"
          + " through",
      TCP,
      UDP),
  MESSAGES_OUT(
      "messages out", "those of messages in that were handed to the kernel whole", TCP, UDP),
  READS("reads", "times that bytes were read, however many messages or parts of one", TCP),
  WRITES("writes", "what was read at once, handed to the kernel whole", TCP),
  RECEIVES_SHARED(
      "receives shared",
      "datagrams that came with the one before, in an aggregate that the kernel counts once",
      UDP),
  SENDS_SHARED(
      "sends shared",
      "datagrams that left with the one before, in a segmented datagram that the kernel counts once",
      UDP),
  BYTES_IN("bytes in", "payload bytes received", TCP, UDP),
  BYTES_OUT("bytes out", "payload bytes handed to the kernel", TCP, UDP),

  SIGHTINGS_MISSED(
      "sightings missed",
      "guard: echoed without a look whether it goes around, as too many others do",
      UDP),
  DROPPED_SOURCE_PORT_ZERO("dropped: source port 0", "guard: nobody can hear a reply", UDP),
  DROPPED_UNSPECIFIED_SOURCE(
      "dropped: unspecified source",
      "guard: nobody has that address, and a reply would go to this host itself",
      UDP),
  DROPPED_OWN_ADDRESS(
      "dropped: own address",
      "guard: from a wire, with an address of this host as its source",
      UDP),
  DROPPED_OWN_PORT("dropped: own port", "guard: the source is an echo on our own port number", UDP),
  DROPPED_REFLECTOR_PORT("dropped: reflector port", "guard: the source port answers anything", UDP),
  DROPPED_MULTICAST_SOURCE("dropped: multicast source", "guard: no host sends from a group", UDP),
  DROPPED_BROADCAST_SOURCE("dropped: broadcast source", "guard: one reply would reach many", UDP),
  DROPPED_GROUP_DESTINATION(
      "dropped: group destination",
      "guard: sent to a broadcast or multicast address, which every echo there would answer",
      UDP),
  DROPPED_LOOP("dropped: loop", "guard: the same datagram came back guard.loop-after times", UDP),
  DROPPED_RATE("dropped: rate", "beyond udp-rate replies a second to this source address", UDP),
  DROPPED_NO_SOCKET_FOR_DESTINATION(
      "dropped: no socket for destination",
      "no socket bound to the dialled address, so a reply would leave from another one",
      UDP),
  DROPPED_OVERSIZE("dropped: oversize", "the kernel would not send it whole (EMSGSIZE)", UDP),
  DROPPED_SEND_ERROR("dropped: send error", "the kernel refused the reply for another reason", UDP);

  private static final List<Counter> DROPS =
      Arrays.stream(values()).filter(c -> c.name().startsWith("DROPPED_")).toList();

  private static final Set<Counter> ONCE_COUNTED_IN =
      Set.of(DROPPED_LOOP, DROPPED_OVERSIZE, DROPPED_SEND_ERROR);

  private static final List<Counter> REFUSALS =
      DROPS.stream().filter(c -> !ONCE_COUNTED_IN.contains(c)).toList();

  private static final List<Counter> CLOSES =
      Arrays.stream(values()).filter(c -> c.name().startsWith("CLOSED_")).toList();

  private final String label;
  private final String meaning;
  private final Set<Protocol> protocols;

  Counter(String label, String meaning, Protocol... protocols) {
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

  /** Whether each flow counts it too; the rest belong to connections as such. */
  public boolean isPerFlow() {
    return this == MESSAGES_IN
        || this == MESSAGES_OUT
        || this == READS
        || this == WRITES
        || this == SENDS_SHARED
        || this == BYTES_IN
        || this == BYTES_OUT
        || DROPS.contains(this);
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
