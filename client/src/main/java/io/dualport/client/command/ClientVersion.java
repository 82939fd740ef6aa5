package io.dualport.client.command;

import picocli.CommandLine.IVersionProvider;

/** The version that the jar's manifest names. */
public final class ClientVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = ClientVersion.class.getPackage().getImplementationVersion();
    return new String[] {"dual-client " + (version == null ? "(not from a jar)" : version)};
  }
}
