package io.dualport.acceptance;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Two hosts of our own on one wire: network namespaces with a veth pair between them, removed at
 * the end. The server's host carries several addresses of both IP versions.
 */
final class Lan implements AutoCloseable {
  static final List<String> SERVER_IPV4 = List.of("10.77.0.1", "10.77.0.2", "10.77.1.1");
  static final List<String> SERVER_IPV6 = List.of("fd77::1", "fd77::2");

  static final String SERVER_MAC = "02:00:00:00:00:01";
  static final String CLIENT_IPV4 = "10.77.9.9";
  static final String CLIENT_IPV6 = "fd77::9";

  /** What bash says of a port that is closed: the host has answered. */
  private static final int REFUSED = 1;

  private final String server = "dps" + ProcessHandle.current().pid();
  private final String client = "dpc" + ProcessHandle.current().pid();

  Lan() throws Exception {
    Tool.require(Tool.IP);
    Tool.requireRoot();
    Shell.succeed("ip netns add " + server + " && ip netns add " + client);
    Shell.succeed(
        "ip -n %s link add dps address %s type veth peer name dpc netns %s"
            .formatted(server, SERVER_MAC, client));
    for (String host : List.of(server, client)) {
      Shell.succeed("ip -n %s link set lo up".formatted(host));
    }
    for (String address : SERVER_IPV4) {
      Shell.succeed("ip -n %s address add %s/16 brd + dev dps".formatted(server, address));
    }
    for (String address : SERVER_IPV6) {
      Shell.succeed("ip -n %s address add %s/64 dev dps nodad".formatted(server, address));
    }
    Shell.succeed("ip -n %s address add 10.77.9.9/16 brd + dev dpc".formatted(client));
    Shell.succeed("ip -n %s address add fd77::9/64 dev dpc nodad".formatted(client));
    Shell.succeed("ip -n %s link set dps up".formatted(server));
    Shell.succeed("ip -n %s link set dpc up".formatted(client));
    try {
      awaitUp();
    } catch (ConditionTimeoutException e) {
      close();
      throw e;
    }
  }

  List<String> onServer() {
    return List.of("ip", "netns", "exec", server);
  }

  List<String> onClient() {
    return List.of("ip", "netns", "exec", client);
  }

  /** Waits until what is sent arrives: a link that has just come up throws it away. */
  private void awaitUp() {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> onClient("timeout 1 bash -c 'exec 3<>/dev/tcp/fd77::1/1'").exitCode() == REFUSED);
  }

  /** A line of shell as typed on the server's host. */
  Shell onServer(String line) throws Exception {
    return Shell.run(List.of("ip", "netns", "exec", server, "bash", "-c", line));
  }

  /** A line of shell as typed on the client's host. */
  Shell onClient(String line) throws Exception {
    return Shell.run(List.of("ip", "netns", "exec", client, "bash", "-c", line));
  }

  @Override
  public void close() throws Exception {
    Shell.run("ip netns del " + server + "; ip netns del " + client);
  }
}
