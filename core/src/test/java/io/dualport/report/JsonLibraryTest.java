package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class JsonLibraryTest {
  /**
   * The first release without the nine advisories against jackson-databind that 2.20 never mended.
   */
  @Test
  void shouldWriteJsonWithALibraryThatGetsSecurityFixes() {
    Version ours = new ObjectMapper().version();

    assertThat(ours)
        .isGreaterThanOrEqualTo(
            new Version(2, 22, 2, null, ours.getGroupId(), ours.getArtifactId()));
  }
}
