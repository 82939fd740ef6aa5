package io.dualport.fuzz;

import io.dualport.client.check.RepliesFuzz;
import io.dualport.client.merge.MergeFuzz;
import io.dualport.client.verify.VerifyFuzz;
import io.dualport.kernel.ProcFuzz;
import io.dualport.probe.ProbeFuzz;
import io.dualport.server.admin.HttpFuzz;
import io.dualport.server.echo.StamperFuzz;
import io.dualport.server.settings.SettingsFuzz;
import java.util.Map;
import java.util.TreeMap;

/** All that reads what others write, by the name of its folder of inputs. */
final class FuzzTargets {
  /** One input; whatever it throws is a fault. */
  interface Target {
    void take(byte[] input) throws Exception;
  }

  static final Map<String, Target> ALL =
      new TreeMap<>(
          Map.of(
              "probe", ProbeFuzz::fuzzerTestOneInput,
              "stamper", StamperFuzz::fuzzerTestOneInput,
              "proc", ProcFuzz::fuzzerTestOneInput,
              "http", HttpFuzz::fuzzerTestOneInput,
              "settings", SettingsFuzz::fuzzerTestOneInput,
              "merge", MergeFuzz::fuzzerTestOneInput,
              "verify", VerifyFuzz::fuzzerTestOneInput,
              "replies", RepliesFuzz::fuzzerTestOneInput));

  private FuzzTargets() {}
}
