package io.dualport.client.target;

import io.dualport.flow.Protocol;
import java.util.List;

/** What {@code --protocol} asks for. */
public enum ProtocolChoice {
  BOTH(Protocol.TCP, Protocol.UDP),
  TCP(Protocol.TCP),
  UDP(Protocol.UDP);

  private final List<Protocol> protocols;

  ProtocolChoice(Protocol... protocols) {
    this.protocols = List.of(protocols);
  }

  /** TCP first, where both are asked. */
  public List<Protocol> protocols() {
    return protocols;
  }
}
