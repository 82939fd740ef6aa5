package io.dualport.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.ClientKeys;
import io.dualport.config.SettingException;
import io.dualport.fuzz.FuzzFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A configuration file of both programs, and its text as the value of keys of every kind: taken, or
 * refused in words. Includes are left out: they read other files, and the fuzzer would find some.
 */
public final class SettingsFuzz {
  private static final FuzzFolder FOLDER = FuzzFolder.create();
  private static final List<String> KEYS =
      List.of(
          "port",
          "host",
          "transport",
          "threads",
          "max-flows",
          "idle-timeout",
          "udp-rate",
          "guard",
          "guard.reflector-ports",
          "drain",
          "admin",
          "view");

  private SettingsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    String text = new String(input, StandardCharsets.UTF_8);
    if (text.contains("include")) {
      return;
    }
    Path file = FOLDER.write("dual.conf", input);
    load(() -> ServerSettings.load(Map.of(), Map.of(), file));
    load(() -> ClientKeys.load(Map.of(), Map.of(), file));
    for (String key : KEYS) {
      load(() -> ServerSettings.load(Map.of(key, text), Map.of(), null));
    }
  }

  private static void load(Runnable settings) {
    try {
      settings.run();
    } catch (SettingException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
