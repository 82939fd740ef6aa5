package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.nio.file.Files;

/** The schemas in docs/schema. */
final class JsonSchemas {
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(VersionFlag.V202012);

  private JsonSchemas() {}

  static JsonNode text(String name) throws IOException {
    return AdminSide.JSON.readTree(
        Files.readString(Repository.path("docs/schema/" + name + ".schema.json")));
  }

  static void assertValid(String name, JsonNode answer) throws IOException {
    JsonSchema schema = FACTORY.getSchema(text(name));
    assertThat(
            schema.validate(
                answer, context -> context.getExecutionConfig().setFormatAssertionsEnabled(true)))
        .as("%s against docs/schema/%s.schema.json", answer, name)
        .isEmpty();
  }
}
