package io.dualport.fuzz;

import static java.util.Map.entry;

import io.dualport.client.IncludesFuzz;
import io.dualport.client.check.RepliesFuzz;
import io.dualport.client.check.service.ServicesFuzz;
import io.dualport.client.load.engine.MessageStreamFuzz;
import io.dualport.client.merge.MergeFuzz;
import io.dualport.client.send.DatagramMatcherFuzz;
import io.dualport.client.send.EchoStreamFuzz;
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
          Map.ofEntries(
              entry("probe", ProbeFuzz::fuzzerTestOneInput),
              entry("stamper", StamperFuzz::fuzzerTestOneInput),
              entry("proc", ProcFuzz::fuzzerTestOneInput),
              entry("http", HttpFuzz::fuzzerTestOneInput),
              entry("settings", SettingsFuzz::fuzzerTestOneInput),
              entry("includes", IncludesFuzz::fuzzerTestOneInput),
              entry("merge", MergeFuzz::fuzzerTestOneInput),
              entry("verify", VerifyFuzz::fuzzerTestOneInput),
              entry("replies", RepliesFuzz::fuzzerTestOneInput),
              entry("services", ServicesFuzz::fuzzerTestOneInput),
              entry("matcher", DatagramMatcherFuzz::fuzzerTestOneInput),
              entry("echo", EchoStreamFuzz::fuzzerTestOneInput),
              entry("load", MessageStreamFuzz::fuzzerTestOneInput)));

  private FuzzTargets() {}
}
