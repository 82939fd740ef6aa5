package io.dualport.kernel;

import io.dualport.flow.Protocol;
import java.util.Optional;

/**
 * The state of a socket as {@code /proc/net/tcp} and {@code /proc/net/udp} number it.
 *
 * <p>Names and numbers are those of the kernel's include/net/tcp_states.h. UDP has no states of its
 * own: the kernel marks a connected UDP socket with the number of ESTABLISHED and every other one
 * with the number of CLOSE, which {@code ss} prints as UNCONN, and so do we.
 */
public enum SocketState {
  ESTABLISHED(1),
  SYN_SENT(2),
  SYN_RECV(3),
  FIN_WAIT1(4),
  FIN_WAIT2(5),
  TIME_WAIT(6),
  CLOSE(7),
  CLOSE_WAIT(8),
  LAST_ACK(9),
  LISTEN(10),
  CLOSING(11),
  NEW_SYN_RECV(12),
  /** A UDP socket without a fixed peer. */
  UNCONN(7);

  private static final SocketState[] TCP_BY_NUMBER = tcpByNumber();

  private final int number;

  SocketState(int number) {
    this.number = number;
  }

  /** The kernel's number, 1 to 12; CLOSE and UNCONN share 7. */
  public int number() {
    return number;
  }

  /**
   * The state behind a number in the {@code st} column.
   *
   * @return empty for a number that this protocol does not use
   */
  public static Optional<SocketState> of(Protocol protocol, int number) {
    return switch (protocol) {
      case TCP ->
          number >= 1 && number < TCP_BY_NUMBER.length
              ? Optional.of(TCP_BY_NUMBER[number])
              : Optional.empty();
      case UDP ->
          switch (number) {
            case 1 -> Optional.of(ESTABLISHED);
            case 7 -> Optional.of(UNCONN);
            default -> Optional.empty();
          };
    };
  }

  private static SocketState[] tcpByNumber() {
    SocketState[] states = new SocketState[NEW_SYN_RECV.number + 1];
    for (SocketState state : values()) {
      if (state != UNCONN) {
        states[state.number] = state;
      }
    }
    return states;
  }
}
