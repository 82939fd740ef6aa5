package io.dualport.lab;

import io.dualport.commandline.Program;

/** The version of {@code dual-lab}. */
final class LabVersion extends Program.Version {
  LabVersion() {
    super("dual-lab");
  }
}
