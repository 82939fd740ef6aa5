package io.dualport.server;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "dual-server " + (version == null ? "(unpackaged)" : version),
      "Netty " + io.netty.util.Version.identify().get("netty-transport").artifactVersion(),
      "Java " + Runtime.version()
    };
  }
}
