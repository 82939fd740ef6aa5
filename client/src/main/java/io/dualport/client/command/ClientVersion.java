package io.dualport.client.command;

import io.dualport.commandline.Program;

/** The version of {@code dual-client}. */
public final class ClientVersion extends Program.Version {
  public ClientVersion() {
    super("dual-client");
  }
}
