package io.dualport.acceptance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MutableCoercionConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Kubernetes objects held against the types of its API, without a cluster. */
final class ApiTypes {
  private static final String GATEWAY_API = "io.fabric8.kubernetes.api.model.gatewayapi";

  /** Where fabric8's model has the types of each apiVersion that k8s/ uses. */
  private static final Map<String, String> PACKAGES =
      Map.of(
          "v1", "io.fabric8.kubernetes.api.model",
          "apps/v1", "io.fabric8.kubernetes.api.model.apps",
          "batch/v1", "io.fabric8.kubernetes.api.model.batch.v1",
          "policy/v1", "io.fabric8.kubernetes.api.model.policy.v1",
          "networking.k8s.io/v1", "io.fabric8.kubernetes.api.model.networking.v1",
          "gateway.networking.k8s.io/v1", GATEWAY_API + ".v1");

  /** Kinds that the model knows by the version before alone; the fields are the same. */
  private static final Set<String> BEFORE_V1 = Set.of("TCPRoute", "UDPRoute");

  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .annotationIntrospector(new NoPlaceForUnknownFields())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(LogicalType.Textual, ApiTypes::refuseNumbersAsText)
          .build();

  private ApiTypes() {}

  /** {@code [sleep, 5]} where the API wants texts. */
  private static void refuseNumbersAsText(MutableCoercionConfig texts) {
    texts
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
  }

  /** The model keeps fields that it does not know in a map; without that map they are errors. */
  private static final class NoPlaceForUnknownFields extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }

  /** The documents of a YAML text. */
  static List<JsonNode> documents(String yaml) throws IOException {
    try (var values = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
      return values.readAll();
    }
  }

  /**
   * Refuses what the API's type of the object does not have, at every level.
   *
   * @throws JsonProcessingException naming the field and the way to it, or the value of a wrong
   *     type
   */
  static void check(JsonNode object) throws JsonProcessingException, ClassNotFoundException {
    String home = PACKAGES.get(object.path("apiVersion").asText());
    if (home == null) {
      throw new ClassNotFoundException("apiVersion " + object.get("apiVersion"));
    }
    String kind = object.path("kind").asText();
    if (BEFORE_V1.contains(kind)) {
      home = GATEWAY_API + ".v1alpha2";
    }
    STRICT.treeToValue(object, Class.forName(home + "." + kind));
  }
}
