package io.dualport.server;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  /** As in {@code 0.1.0}; {@code (unpackaged)} when not run from the jar. */
  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(unpackaged)" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "dual-server " + number(),
      "Netty " + io.netty.util.Version.identify().get("netty-transport").artifactVersion(),
      "Java " + Runtime.version()
    };
  }
}
