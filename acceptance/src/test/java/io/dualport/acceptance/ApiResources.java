package io.dualport.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What kinds of objects {@link ClusterStandIn} has, and how it tells kubectl. */
final class ApiResources {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Path of the group's version, then plural and kind of what it has. */
  private static final Map<String, Map<String, String>> RESOURCES =
      Map.of(
          "/api/v1",
          Map.of(
              "namespaces", "Namespace", "secrets", "Secret", "services", "Service", "pods", "Pod"),
          "/apis/apps/v1",
          Map.of("deployments", "Deployment"),
          "/apis/batch/v1",
          Map.of("jobs", "Job"),
          "/apis/policy/v1",
          Map.of("poddisruptionbudgets", "PodDisruptionBudget"),
          "/apis/networking.k8s.io/v1",
          Map.of("networkpolicies", "NetworkPolicy"),
          "/apis/gateway.networking.k8s.io/v1",
          Map.of("gateways", "Gateway", "tcproutes", "TCPRoute", "udproutes", "UDPRoute"));

  private ApiResources() {}

  /** The answer to kubectl's question what there is, or null where the path is none of those. */
  static JsonNode discovery(String path) {
    ObjectNode found = JSON.createObjectNode();
    if (path.equals("/api")) {
      found.put("kind", "APIVersions").putArray("versions").add("v1");
      return found;
    }
    if (path.equals("/apis")) {
      ArrayNode groups =
          found.put("kind", "APIGroupList").put("apiVersion", "v1").putArray("groups");
      for (String group :
          List.of("apps", "batch", "policy", "networking.k8s.io", "gateway.networking.k8s.io")) {
        ObjectNode entry = groups.addObject().put("name", group);
        ObjectNode version = entry.putObject("preferredVersion");
        version.put("groupVersion", group + "/v1").put("version", "v1");
        entry.putArray("versions").add(version);
      }
      return found;
    }
    Map<String, String> resources = RESOURCES.get(path);
    if (resources == null) {
      return null;
    }
    found.put("kind", "APIResourceList").put("groupVersion", apiVersion(path));
    ArrayNode list = found.putArray("resources");
    new TreeMap<>(resources)
        .forEach(
            (plural, kind) -> {
              ObjectNode resource = list.addObject().put("name", plural).put("singularName", "");
              resource.put("kind", kind).put("namespaced", !plural.equals("namespaces"));
              List.of("create", "delete", "get", "list", "patch", "watch")
                  .forEach(resource.withArray("verbs")::add);
            });
    return found;
  }

  /** Whether the path is that of all objects of a kind. */
  static boolean isList(String path) {
    return RESOURCES.values().stream().anyMatch(group -> group.containsKey(last(path)));
  }

  /** The kind of what the path lists. */
  static String kind(String path) {
    return RESOURCES.get(version(path)).get(last(path));
  }

  /** As objects name it: v1, apps/v1. */
  static String apiVersion(String path) {
    return version(path).replaceFirst("^/apis?/", "");
  }

  private static String version(String path) {
    return RESOURCES.keySet().stream().filter(path::startsWith).findFirst().orElseThrow();
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
