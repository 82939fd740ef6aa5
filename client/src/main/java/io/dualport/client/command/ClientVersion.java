package io.dualport.client.command;

import io.dualport.commandline.ProgramStart;

/** The version of {@code dual-client}. */
public final class ClientVersion extends ProgramStart.Version {
  public ClientVersion() {
    super("dual-client");
  }
}
