package io.dualport.client;

import io.dualport.client.check.CheckSettings;
import io.dualport.client.command.CommonKeys;
import io.dualport.client.load.LoadCommand;
import io.dualport.client.send.SendSettings;
import io.dualport.client.verify.VerifyCommand;
import io.dualport.config.Setting;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every configuration key of the program, whichever command reads it. */
public final class ClientKeys {
  private static final String ROOT = "client";

  /** In the order of conf/client.conf. */
  static final List<Setting<?>> ALL =
      Stream.of(
              CommonKeys.ALL,
              SendSettings.KEYS,
              CheckSettings.KEYS,
              LoadCommand.KEYS,
              VerifyCommand.KEYS)
          .<Setting<?>>flatMap(List::stream)
          .toList();

  private ClientKeys() {}

  /**
   * Reads command line, environment, file and defaults.
   *
   * @param typed key to value
   * @param file what {@code --config} named, or null
   * @throws SettingException for the first thing that is refused
   */
  public static Settings load(
      Map<String, String> typed, Map<String, String> environment, Path file) {
    return Settings.load(ROOT, ALL, typed, environment, file);
  }

  /** The key that an option of a command sets: its own, else the common one. */
  static String keyOf(String command, String option) {
    String own = command + "." + option;
    return ALL.stream().anyMatch(key -> key.path().equals(own)) ? own : option;
  }
}
