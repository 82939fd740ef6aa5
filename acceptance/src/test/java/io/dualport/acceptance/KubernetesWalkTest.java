package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The commands of k8s/README.md, typed by an ordinary user, by the real kubectl, where a stand-in
 * plays the cluster.
 */
@Tag("kernel")
class KubernetesWalkTest {
  private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);

  private static final String CLIENT = "client/target/dual-client.jar";
  private static OrdinaryUser user;
  private static Path folder;
  private static final Map<String, Shell> DONE = new LinkedHashMap<>();
  private static PodsAsProcesses pods;
  private static ClusterStandIn cluster;

  @BeforeAll
  static void walk() throws Exception {
    Tool.require(Tool.KUBECTL);
    user = new OrdinaryUser(CLIENT);
    folder = user.own();
    Kustomize.copiedInto(folder);
    script(
        "dual",
        "[[ $1 == client ]] && shift && exec '%s' -jar '%s' \"$@\""
            .formatted(ServerProcess.java(), folder.resolve(CLIENT)));
    // Validation in kubectl needs the API's whole description; ApiTypes checks each object instead.
    Files.createDirectory(folder.resolve("bin"));
    script(
        "bin/kubectl",
        "real='%s'; for word; do [[ $word == apply ]] && exec \"$real\" \"$@\" --validate=false; done; exec \"$real\" \"$@\""
            .formatted(Tool.KUBECTL.path()));
    user.give();
    pods = new PodsAsProcesses();
    cluster = new ClusterStandIn(pods);
    for (String command : commands()) {
      Shell done = run(cluster, command);
      assertThat(done.exitCode()).as("%s: %s%s", command, done.out(), done.err()).isZero();
      DONE.put(command, done);
    }
  }

  @AfterAll
  static void end() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
    if (pods != null) {
      pods.close();
    }
    if (user != null) {
      user.close();
    }
  }

  private static void script(String name, String body) throws Exception {
    Path file = Files.writeString(folder.resolve(name), "#!/usr/bin/env bash\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Each line behind a $ in the README. */
  private static List<String> commands() throws Exception {
    List<String> commands = new ArrayList<>();
    Matcher block = BLOCK.matcher(readme());
    while (block.find()) {
      block
          .group(1)
          .lines()
          .filter(l -> l.startsWith("$ "))
          .forEach(l -> commands.add(l.substring(2)));
    }
    return commands;
  }

  private static String readme() throws Exception {
    return Files.readString(ServerProcess.HOME.resolve("k8s/README.md"));
  }

  private static Shell run(ClusterStandIn cluster, String command) throws Exception {
    String environment =
        "export TMPDIR='%1$s' KUBECONFIG='%2$s' PATH='%1$s/bin':$PATH; "
            .formatted(folder, cluster.kubeconfig(folder));
    return user.run(environment + command);
  }

  @Test
  void shouldCreateEveryObjectByServerSideApply() {
    assertThat(DONE).hasSize(16);
    assertThat(cluster.changes())
        .filteredOn(change -> change.startsWith("PATCH"))
        .as("three objects each of eight times, three more with a Gateway, the Job, the policy")
        .hasSize(8 * 3 + 3 + 1 + 1)
        .allMatch(change -> change.contains("fieldManager=kubectl"));
    assertThat(DONE.get("kubectl -n dualport apply --server-side -k k8s/base").out())
        .contains("service/dualport serverside-applied")
        .contains("deployment.apps/dualport serverside-applied")
        .contains("poddisruptionbudget.policy/dualport serverside-applied");
  }

  /** Four loads, one table: its sums are those of the Pods, and what the server counted. */
  @Test
  void shouldMergeWhatEveryPodMeasured() throws Exception {
    Shell merged = DONE.get("k8s/merge -n dualport");

    assertThat(merged.out()).contains("merge of 4 logs").contains("run d0a1000000000001");
    assertThat(merged.err()).contains("4 of 4 logs in ");
    System.out.println(merged.out());
    for (int column = 0; column < 2; column++) {
      long sent = 0;
      for (String printed : pods.printed().values()) {
        sent += row(printed, "sent").get(column);
      }
      assertThat(sent).isPositive();
      assertThat(row(merged.out(), "sent").get(column)).isEqualTo(sent);
      assertThat(row(merged.out(), "latencies").get(column))
          .as("no interval is missing")
          .isEqualTo(row(merged.out(), "echoed").get(column));
      assertThat(row(merged.out(), "bytes out").get(column))
          .isEqualTo(pods.grownBy(column == 0 ? "tcp" : "udp", "bytesIn"));
    }
  }

  /** The numbers of a row of a table. */
  private static List<Long> row(String table, String name) {
    Matcher row =
        Pattern.compile("^" + name + " +(\\d+) +(\\d+)$", Pattern.MULTILINE).matcher(table);
    assertThat(row.find()).as(table).isTrue();
    return List.of(Long.parseLong(row.group(1)), Long.parseLong(row.group(2)));
  }

  @Test
  void shouldSayWhichPodsAreMissingInTheResult() throws Exception {
    Map<String, String> printed = new LinkedHashMap<>(pods.printed());
    printed.put("dualport-load-1-x7k9q", "dual-client: dualport:8888: no such name\n");
    Recorded workloads = new Recorded(printed);
    try (ClusterStandIn other = new ClusterStandIn(workloads)) {
      run(other, "kubectl -n dualport apply --server-side -k k8s/load");

      Shell merged = run(other, "k8s/merge -n dualport --into lost -- --format json");

      assertThat(merged.exitCode()).as(merged.err()).isEqualTo(1);
      assertThat(merged.err()).contains("3 of 4 logs").contains("failed indexes: 1");
      JsonNode result = new ObjectMapper().readTree(merged.out());
      assertThat(result.at("/rows/0/logs").asInt()).isEqualTo(3);
      assertThat(Files.readString(folder.resolve("lost/dualport-load-1-x7k9q.txt")))
          .isEqualTo(printed.get("dualport-load-1-x7k9q"));
      Shell again = run(other, "k8s/merge -n dualport --into lost");
      assertThat(again.exitCode()).as("logs of another run in the folder").isEqualTo(2);
    }
  }

  /** Half a log is none: it is left out and named, and the others are merged. */
  @Test
  void shouldLeaveOutLogsThatAreNotWholeAndPodsOfAnEarlierJob() throws Exception {
    Map<String, String> printed = new LinkedHashMap<>(pods.printed());
    String first = printed.get("dualport-load-0-x7k9q");
    printed.put(Recorded.EARLIER, first);
    printed.put("dualport-load-1-x7k9q", first.substring(first.indexOf("\nTag=") + 1));
    printed.put("dualport-load-2-x7k9q", null);
    try (ClusterStandIn other = new ClusterStandIn(new Recorded(printed))) {
      run(other, "kubectl -n dualport apply --server-side -k k8s/load");

      Shell merged = run(other, "k8s/merge -n dualport --into cut");

      assertThat(merged.exitCode()).as(merged.err()).isEqualTo(1);
      assertThat(merged.err())
          .contains("dualport-load-1-x7k9q: its log has no beginning")
          .contains("dualport-load-2-x7k9q: no log could be fetched")
          .contains("2 of 4 logs", "lacks 2 of 4 Pods")
          .doesNotContain(Recorded.EARLIER);
      assertThat(merged.out()).contains("merge of 2 logs");
    }
  }

  /** The page's way to ask from inside of a cluster is the startup probe's, but for the target. */
  @Test
  void shouldAskThroughTheServiceAsTheProbeAsksThePod() throws Exception {
    Matcher run =
        Pattern.compile("^kubectl -n dualport run .* -- (.*)$", Pattern.MULTILINE)
            .matcher(readme());
    assertThat(run.find()).isTrue();
    String asked = run.group(1).replace("dualport:8888", "127.0.0.1:8888");

    assertThat(pods.probed()).isEqualTo("/opt/dualport/dual " + asked);
  }

  @Test
  void shouldRefuseToMergeAJobThatIsNotThere() throws Exception {
    Shell merged = run(cluster, "k8s/merge -n dualport --job other");

    assertThat(merged.exitCode()).isEqualTo(2);
    assertThat(merged.out()).isEmpty();
    assertThat(merged.err()).contains("there is no Job other");
  }

  /** Pods that have ended, in a Job that failed at index 1. */
  private static final class Recorded implements ClusterStandIn.Workloads {
    private static final String EARLIER = "dualport-load-0-of-an-earlier-job";

    private final Map<String, String> printed;
    private String uid;

    Recorded(Map<String, String> printed) {
      this.printed = printed;
    }

    @Override
    public void applied(String path, ObjectNode object) {
      uid = object.at("/metadata/uid").asText();
      ObjectNode status = object.putObject("status").put("failedIndexes", "1");
      status.putArray("conditions").addObject().put("type", "Failed").put("status", "True");
    }

    @Override
    public void deleted(String path) {}

    @Override
    public List<ObjectNode> pods() {
      return printed.keySet().stream().map(this::pod).toList();
    }

    private ObjectNode pod(String name) {
      ObjectNode pod = new ObjectMapper().createObjectNode().put("kind", "Pod");
      ObjectNode metadata = pod.put("apiVersion", "v1").putObject("metadata").put("name", name);
      ObjectNode labels = metadata.put("namespace", "dualport").putObject("labels");
      labels.put("job-name", "dualport-load");
      labels.put("controller-uid", name.equals(EARLIER) ? "of-an-earlier-job" : uid);
      pod.putObject("spec").putArray("containers").addObject().put("name", "load");
      pod.putObject("status").put("phase", "Failed");
      return pod;
    }

    @Override
    public String log(String pod) {
      return printed.get(pod);
    }
  }
}
