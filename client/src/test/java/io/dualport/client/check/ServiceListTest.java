package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.report.Format;
import org.junit.jupiter.api.Test;

class ServiceListTest {
  @Test
  void shouldShowEachPartOfAServiceUnderItsOwnKey() throws Exception {
    JsonNode rows = new ObjectMapper().readTree(ServiceList.render(Format.JSON)).get("rows");

    for (JsonNode row : rows) {
      if (row.get("service").asText().equals("https")) {
        assertThat(row.get("ports").asText()).startsWith("443");
        assertThat(row.get("askedTcp").asText()).isEqualTo("HEAD /");
        assertThat(row.get("sizesUdp").asText()).matches("[0-9, ]*");
        assertThat(row.get("proof").asText()).contains("RFC");
        return;
      }
    }
    assertThat(rows).as("no https").isEmpty();
  }
}
