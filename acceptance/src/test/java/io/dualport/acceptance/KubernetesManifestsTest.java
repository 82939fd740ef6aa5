package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** The manifests as kubectl renders them, held against the API's types and against each other. */
@Tag("kernel")
class KubernetesManifestsTest {
  private static final List<String> FOLDERS = Kustomize.FOLDERS;
  private static final List<String> WITH_SERVICE =
      FOLDERS.stream().filter(folder -> folder.matches("base|overlays/.*")).toList();

  @TempDir static Path temporary;
  private static Kustomize kustomize;

  @BeforeAll
  static void copy() throws Exception {
    Tool.require(Tool.KUBECTL);
    kustomize = Kustomize.copiedInto(temporary);
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void shouldHaveNoFieldThatTheApiDoesNotHave(String folder) throws Exception {
    for (JsonNode object : kustomize.render(folder)) {
      assertThatCode(() -> ApiTypes.check(object)).as(folder).doesNotThrowAnyException();
    }
  }

  /** What the check above is worth: each of these is a slip that kubectl kustomize lets pass. */
  @Test
  void shouldRefuseASlipAtAnyLevel() throws Exception {
    refuses("Service", service -> ((ObjectNode) service).put("sepc", 1), "sepc");
    refuses(
        "Service",
        service -> ((ObjectNode) service.at("/spec/ports/1")).put("targetport", "udp-echo"),
        "targetport");
    refuses(
        "Deployment",
        deployment ->
            ((ObjectNode) container(deployment).get("securityContext"))
                .put("readonlyRootFilesystem", true),
        "readonlyRootFilesystem");
    refuses(
        "Deployment",
        deployment ->
            ((ObjectNode) container(deployment).at("/livenessProbe/httpGet")).put("paht", "/"),
        "paht");
    refuses(
        "Deployment",
        deployment -> ((ObjectNode) deployment.get("spec")).put("replicas", "two"),
        "replicas");
  }

  /** What YAML makes of {@code "2"}, {@code [sleep, 5]} and {@code value: true}. */
  @Test
  void shouldRefuseAValueThatOnlyLooksLikeTheRightType() throws Exception {
    refuses(
        "Deployment",
        deployment -> ((ObjectNode) deployment.get("spec")).put("replicas", "2"),
        "replicas");
    refuses(
        "Deployment",
        deployment ->
            ((ArrayNode) container(deployment).at("/lifecycle/preStop/exec/command")).set(1, 5),
        "command");
    refuses(
        "Deployment",
        deployment -> ((ObjectNode) container(deployment).at("/env/0")).put("value", true),
        "value");
    refuses(
        "Deployment",
        deployment ->
            ((ObjectNode) container(deployment).get("securityContext"))
                .put("readOnlyRootFilesystem", "true"),
        "readOnlyRootFilesystem");
  }

  private static void refuses(String kind, Consumer<JsonNode> slip, String field) throws Exception {
    JsonNode object = kustomize.render("base", kind);
    slip.accept(object);
    assertThatThrownBy(() -> ApiTypes.check(object)).hasMessageContaining("\"" + field + "\"");
  }

  @ParameterizedTest
  @FieldSource("WITH_SERVICE")
  void shouldHaveOneServiceWithOneNumberOnBothProtocols(String folder) throws Exception {
    JsonNode service = kustomize.render(folder, "Service");
    JsonNode ports = service.at("/spec/ports");

    assertThat(texts(ports, "protocol")).containsExactlyInAnyOrder("TCP", "UDP");
    assertThat(texts(ports, "port")).containsOnly("8888");
    assertThat(texts(ports, "name")).containsExactlyInAnyOrder("tcp-echo", "udp-echo");
    Map<String, String> offered = new TreeMap<>();
    JsonNode deployment = kustomize.render(folder, "Deployment");
    for (JsonNode port : container(deployment).get("ports")) {
      offered.put(port.get("name").asText(), port.get("protocol").asText());
    }
    for (JsonNode port : ports) {
      assertThat(offered)
          .as("a port of the container by that name, on the same protocol")
          .containsEntry(port.get("targetPort").asText(), port.get("protocol").asText());
    }
  }

  @ParameterizedTest
  @FieldSource("WITH_SERVICE")
  void shouldSelectThePodsOfTheServerAndNoOthers(String folder) throws Exception {
    JsonNode server = kustomize.render(folder, "Deployment").at("/spec/template/metadata/labels");
    JsonNode load = kustomize.render("load", "Job").at("/spec/template/metadata/labels");
    JsonNode constraint = podSpec(kustomize.render(folder, "Deployment"));
    for (JsonNode selector :
        List.of(
            kustomize.render(folder, "Service").at("/spec/selector"),
            kustomize.render(folder, "Deployment").at("/spec/selector/matchLabels"),
            kustomize.render(folder, "PodDisruptionBudget").at("/spec/selector/matchLabels"),
            constraint.at("/topologySpreadConstraints/0/labelSelector/matchLabels"),
            podSpec(kustomize.render("load", "Job"))
                .at(
                    "/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution"
                        + "/0/podAffinityTerm/labelSelector/matchLabels"))) {
      assertThat(selector.properties()).isNotEmpty();
      assertThat(server.properties()).containsAll(selector.properties());
      assertThat(load.properties().containsAll(selector.properties())).as("the load").isFalse();
    }
  }

  @Test
  void shouldOfferTheSameNodePortOnBothProtocols() throws Exception {
    JsonNode service = kustomize.render("overlays/node-port", "Service");

    assertThat(service.at("/spec/type").asText()).isEqualTo("NodePort");
    assertThat(texts(service.at("/spec/ports"), "nodePort")).containsExactly("30888", "30888");
  }

  @Test
  void shouldKeepTheSourceAddressBehindALoadBalancerThatIsClosedAtFirst() throws Exception {
    JsonNode service = kustomize.render("overlays/load-balancer", "Service");

    assertThat(service.at("/spec/type").asText()).isEqualTo("LoadBalancer");
    assertThat(service.at("/spec/externalTrafficPolicy").asText()).isEqualTo("Local");
    assertThat(service.at("/spec/loadBalancerSourceRanges")).hasSize(1);
    assertThat(service.at("/spec/loadBalancerSourceRanges/0").asText())
        .as("an address for documentation, RFC 5737")
        .isEqualTo("192.0.2.0/24");
  }

  @ParameterizedTest
  @CsvSource({
    "eks,     /spec/loadBalancerClass,                                  service.k8s.aws/nlb",
    "eks,     /spec/allocateLoadBalancerNodePorts,                      false",
    "eks,     /metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-enable-tcp-udp-listener, true",
    "gke,     /spec/loadBalancerClass,                                  networking.gke.io/l4-regional-external",
    "gke,     /spec/ipFamilies/0,                                       IPv4",
    "metallb, /metadata/annotations/metallb.io~1allow-shared-ip,        dualport",
    "cilium,  /metadata/annotations/lbipam.cilium.io~1sharing-key,      dualport"
  })
  void shouldAskEachProviderInItsOwnWords(String overlay, String where, String value)
      throws Exception {
    JsonNode service = kustomize.render("overlays/" + overlay, "Service");

    assertThat(service.at(where).asText()).isEqualTo(value);
    assertThat(service.at("/spec/type").asText()).isEqualTo("LoadBalancer");
    assertThat(service.at("/spec/loadBalancerSourceRanges")).as("closed at first").hasSize(1);
  }

  /** A load balancer that goes to the Pods asks the admin side, whose port the Service lacks. */
  @Test
  void shouldAskForHealthWhereTheServerSaysIt() throws Exception {
    JsonNode eks = kustomize.render("overlays/eks", "Service").at("/metadata/annotations");
    JsonNode container = container(kustomize.render("overlays/eks", "Deployment"));
    String prefix = "service.beta.kubernetes.io/aws-load-balancer-healthcheck-";

    assertThat(container.at("/ports/2/name").asText()).isEqualTo("admin");
    assertThat(eks.get(prefix + "port").asText())
        .isEqualTo(container.at("/ports/2/containerPort").asText());
    assertThat(eks.get(prefix + "path")).isEqualTo(container.at("/readinessProbe/httpGet/path"));
  }

  @Test
  void shouldRouteBothProtocolsFromOneNumberOfAGateway() throws Exception {
    JsonNode gateway = kustomize.render("overlays/gateway", "Gateway");
    JsonNode service = kustomize.render("overlays/gateway", "Service");
    JsonNode listeners = gateway.at("/spec/listeners");

    assertThat(texts(listeners, "protocol")).containsExactly("TCP", "UDP");
    assertThat(texts(listeners, "port")).containsExactly("8888", "8888");
    for (JsonNode listener : listeners) {
      String kind = listener.get("protocol").asText() + "Route";
      JsonNode route = kustomize.render("overlays/gateway", kind);
      assertThat(listener.at("/allowedRoutes/kinds/0/kind").asText()).isEqualTo(kind);
      assertThat(route.at("/spec/parentRefs/0/name")).isEqualTo(gateway.at("/metadata/name"));
      assertThat(route.at("/spec/parentRefs/0/sectionName")).isEqualTo(listener.get("name"));
      JsonNode backend = route.at("/spec/rules/0/backendRefs/0");
      assertThat(backend.get("name")).isEqualTo(service.at("/metadata/name"));
      assertThat(texts(service.at("/spec/ports"), "port")).contains(backend.get("port").asText());
    }
  }

  @Test
  void shouldLetInWhatTheContainerOffersOnItsProtocol() throws Exception {
    JsonNode policy = kustomize.render("network-policy", "NetworkPolicy").get("spec");
    JsonNode deployment = kustomize.render("base", "Deployment");
    List<String> offered = new ArrayList<>();
    for (JsonNode port : container(deployment).get("ports")) {
      offered.add(port.get("protocol").asText() + " " + port.get("name").asText());
    }
    List<String> letIn = new ArrayList<>();
    for (JsonNode rule : policy.get("ingress")) {
      for (JsonNode port : rule.get("ports")) {
        letIn.add(port.get("protocol").asText() + " " + port.get("port").asText());
      }
    }

    assertThat(letIn).containsExactlyElementsOf(offered);
    assertThat(policy.at("/ingress/0/from").isMissingNode()).as("the echo is for all").isTrue();
    assertThat(policy.at("/ingress/1/from")).as("the admin side is not").hasSize(1);
    assertThat(policy.at("/podSelector/matchLabels"))
        .isEqualTo(deployment.at("/spec/selector/matchLabels"));
  }

  /** Debian's Prometheus knows no Kubernetes, so what finds the Pods is left out for it. */
  @Test
  void shouldBeReadByPrometheusButForWhatFindsThePods() throws Exception {
    Tool.require(Tool.PROMTOOL);
    ObjectNode config =
        (ObjectNode)
            ApiTypes.documents(Files.readString(ServerProcess.HOME.resolve("k8s/prometheus.yaml")))
                .get(0);
    ObjectNode scrape = (ObjectNode) config.at("/scrape_configs/0");
    JsonNode found = scrape.remove("kubernetes_sd_configs").get(0);
    Path file = Files.writeString(temporary.resolve("prometheus.json"), config.toString());

    Shell checked = Shell.run("promtool check config --syntax-only " + file);

    assertThat(checked.exitCode()).as(checked.err()).isZero();
    assertThat(found.get("role").asText()).isEqualTo("pod");
    String labels = found.at("/selectors/0/label").asText();
    kustomize
        .render("base", "Deployment")
        .at("/spec/selector/matchLabels")
        .properties()
        .forEach(
            label ->
                assertThat(labels.split(","))
                    .contains(label.getKey() + "=" + label.getValue().asText()));
  }

  /**
   * What the "restricted" Pod Security Standard asks for, and a root that nothing is written to.
   */
  @Test
  void shouldRunWithoutPrivileges() throws Exception {
    for (JsonNode owner :
        List.of(kustomize.render("base", "Deployment"), kustomize.render("load", "Job"))) {
      JsonNode pod = podSpec(owner);
      assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
      assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
      assertThat(pod.at("/securityContext/seccompProfile/type").asText())
          .isEqualTo("RuntimeDefault");
      assertThat(pod.get("automountServiceAccountToken").asBoolean(true)).isFalse();
      assertThat(pod.get("enableServiceLinks").asBoolean(true)).isFalse();
      assertThat(pod.get("containers")).hasSize(1);
      JsonNode context = container(owner).get("securityContext");
      assertThat(context.get("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(context.get("readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
      assertThat(container(owner).at("/resources/limits/memory").asText()).isNotEmpty();
    }
  }

  @Test
  void shouldLeaveTimeToDrain() throws Exception {
    JsonNode deployment = kustomize.render("base", "Deployment");
    int preStop = container(deployment).at("/lifecycle/preStop/exec/command").get(1).asInt();
    int drain =
        StreamSupport.stream(container(deployment).get("args").spliterator(), false)
            .map(JsonNode::asText)
            .filter(argument -> argument.matches("--drain=[0-9]+s"))
            .mapToInt(argument -> Integer.parseInt(argument.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow();

    assertThat(podSpec(deployment).get("terminationGracePeriodSeconds").asInt())
        .isGreaterThan(preStop + drain + 1);
  }

  @Test
  void shouldMeasureFromEveryPodOnce() throws Exception {
    JsonNode job = kustomize.render("load", "Job").get("spec");

    assertThat(job.get("completionMode").asText()).isEqualTo("Indexed");
    assertThat(job.get("parallelism")).isEqualTo(job.get("completions"));
    assertThat(job.get("backoffLimitPerIndex").asInt(-1)).isZero();
    assertThat(job.at("/template/spec/restartPolicy").asText()).isEqualTo("Never");
  }

  /**
   * What k8s/README.md says of client-side apply, shown with the code that does it: kubectl merges
   * ports by number alone, so adding TCP beside UDP adds nothing and says so to nobody.
   */
  @Test
  void shouldLoseAPortInAClientSideMerge() throws Exception {
    JsonNode service = kustomize.render("base", "Service");
    ObjectNode udpAlone = service.deepCopy();
    ((ArrayNode) udpAlone.at("/spec/ports")).remove(0);
    Path before = Files.writeString(temporary.resolve("udp-alone.json"), udpAlone.toString());

    Shell merged =
        Shell.run(
            List.of(
                "kubectl",
                "patch",
                "--local",
                "-f",
                before.toString(),
                "--type=strategic",
                "-p",
                service.toString(),
                "-o",
                "json"));

    assertThat(merged.exitCode()).as(merged.err()).isZero();
    JsonNode after = ApiTypes.documents(merged.out()).get(0);
    assertThat(texts(service.at("/spec/ports"), "protocol")).containsExactly("TCP", "UDP");
    assertThat(after.at("/spec/ports")).hasSize(1);
  }

  private static JsonNode podSpec(JsonNode owner) {
    return owner.at("/spec/template/spec");
  }

  private static JsonNode container(JsonNode owner) {
    return podSpec(owner).at("/containers/0");
  }

  private static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    list.forEach(entry -> texts.add(entry.get(field).asText()));
    return texts;
  }
}
