package io.dualport.lab;

import io.dualport.commandline.ProgramStart;

/** The version of {@code dual-lab}. */
final class LabVersion extends ProgramStart.Version {
  LabVersion() {
    super("dual-lab");
  }
}
