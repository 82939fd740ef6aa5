package io.dualport.lab;

import picocli.CommandLine.IVersionProvider;

/** The version that the jar's manifest names. */
final class LabVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = LabVersion.class.getPackage().getImplementationVersion();
    return new String[] {"dual-lab " + (version == null ? "(not from a jar)" : version)};
  }
}
