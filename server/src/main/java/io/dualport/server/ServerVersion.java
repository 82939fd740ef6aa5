package io.dualport.server;

import io.dualport.commandline.ProgramStart;
import io.netty.util.Version;

/** The version of {@code dual-server}, and of what it runs on. */
final class ServerVersion extends ProgramStart.Version {
  ServerVersion() {
    super("dual-server");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      super.getVersion()[0],
      "Netty " + Version.identify().get("netty-transport").artifactVersion(),
      "Java " + Runtime.version()
    };
  }
}
