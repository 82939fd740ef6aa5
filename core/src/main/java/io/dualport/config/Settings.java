package io.dualport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The configuration of one program, from four layers: command line over environment over a file
 * over {@code reference.conf}. A key that is not known, or a value that is not allowed, is refused
 * with its origin in every layer.
 *
 * <p>In a file the keys stand below the program's root, as in {@code server { port = 8888 }}; in
 * the environment as {@code DUAL_SERVER_PORT}, dots and dashes turned to underscores; on the
 * command line as {@code --port}.
 */
public final class Settings {
  /** A file may hold the keys of all programs; each reads only its own. */
  private static final Collection<String> ROOTS = List.of("server", "client");

  /** Variables that Kubernetes sets for a Service named {@code dual-server} ("service links"). */
  private static final String SERVICE_LINK =
      ".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?)";

  /** What such a variable holds when its name ends in {@code _PORT}. */
  private static final String SERVICE_ADDRESS = "(tcp|udp|sctp)://.*";

  /** The key that a section's bare name stands for. */
  private static final String SECTION_SWITCH = ".enabled";

  private static final String BUILT_IN = "the built-in default";

  private final String root;
  private final Map<String, Setting<?>> known;
  private final Map<String, Layered> values = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();

  private record Layered(ConfigValue value, String origin) {}

  /** What {@code ${NAME}} in a file stands for, where the file itself has no such key. */
  private record Variables(Map<String, String> environment) implements ConfigResolver {
    @Override
    public ConfigValue lookup(String path) {
      String value = environment.get(path);
      return value == null
          ? null
          : ConfigValueFactory.fromAnyRef(value, "the environment, " + path);
    }

    @Override
    public ConfigResolver withFallback(ConfigResolver fallback) {
      return this; // there is no other
    }
  }

  private Settings(String root, Collection<Setting<?>> settings) {
    this.root = root;
    this.known =
        settings.stream()
            .collect(
                Collectors.toMap(
                    Setting::path, Function.identity(), (a, b) -> a, LinkedHashMap::new));
  }

  /**
   * Reads all layers and checks every value in every layer.
   *
   * @param root {@code server} or {@code client}
   * @param settings all keys the program knows
   * @param commandLine key to value, only those the user typed as options; the option of {@code
   *     load.rate} is {@code --rate}
   * @param environment usually {@link System#getenv()}
   * @param file what {@code --config} named, or null
   * @throws SettingException for the first thing that is refused
   */
  public static Settings load(
      String root,
      Collection<Setting<?>> settings,
      Map<String, String> commandLine,
      Map<String, String> environment,
      Path file) {
    Settings loaded = new Settings(root, settings);
    loaded.addReference();
    if (file != null) {
      loaded.addFile(file, environment);
    }
    loaded.addEnvironment(environment);
    commandLine.forEach(
        (path, value) -> loaded.put(path, ConfigValueFactory.fromAnyRef(value), option(path)));
    return loaded;
  }

  /** The option of a key in a section is that of its last part. */
  private static String option(String path) {
    return "--" + path.substring(path.lastIndexOf('.') + 1);
  }

  /** The value of a key, from the highest layer that has it. */
  public <T> T get(Setting<T> setting) {
    Layered layered = values.get(setting.path());
    if (layered == null) {
      throw new SettingException(root + "." + setting.path() + " has no value");
    }
    return read(setting, layered);
  }

  /** Whether a layer above the built-in defaults has the key. */
  public boolean isChosen(Setting<?> setting) {
    return !values.get(setting.path()).origin.equals(BUILT_IN);
  }

  /** The effective values with their origin, in the order of the keys, for a report. */
  public Map<String, String> effective() {
    Map<String, String> lines = new LinkedHashMap<>();
    for (String path : known.keySet()) {
      Layered layered = values.get(path);
      lines.put(root + "." + path, show(layered.value) + "  (" + layered.origin + ")");
    }
    return lines;
  }

  /** What was accepted and is yet worth a line: includes that name no file. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private void addReference() {
    Config reference =
        ConfigFactory.parseResources(Settings.class.getClassLoader(), "reference.conf").resolve();
    addTree("", reference.getObject(root), value -> BUILT_IN);
  }

  private void addFile(Path file, Map<String, String> environment) {
    if (!Files.isRegularFile(file)) {
      throw new SettingException(
          "configuration file "
              + file
              + " does not exist or is no file; give --config a readable file");
    }
    try {
      Config config = Includes.read(file, notes::add, new Variables(environment));
      for (String top : config.root().keySet()) {
        if (!ROOTS.contains(top)) {
          throw new SettingException(
              "unknown key "
                  + ConfigUtil.joinPath(top)
                  + " (from "
                  + origin(config.root().get(top))
                  + "): the keys stand below "
                  + String.join(" or ", ROOTS)
                  + ", as in "
                  + root
                  + " { "
                  + known.keySet().iterator().next()
                  + " = ... }");
        }
      }
      ConfigValue mine = config.root().get(root);
      if (mine instanceof ConfigObject object) {
        addTree("", object, Settings::origin);
      } else if (mine != null) {
        throw new SettingException(
            root
                + " = "
                + show(mine)
                + " (from "
                + origin(mine)
                + "): must be an object, as in "
                + root
                + " { ... }");
      }
    } catch (ConfigException.Parse e) {
      throw new SettingException("configuration file is not valid HOCON: " + e.getMessage());
    } catch (ConfigException e) {
      throw new SettingException("configuration file " + file + ": " + e.getMessage());
    }
  }

  private void addTree(String prefix, ConfigObject object, Function<ConfigValue, String> origin) {
    object.forEach(
        (key, value) -> {
          String path = prefix + ConfigUtil.joinPath(key); // a dot inside a quoted key is no path
          boolean isSection = known.keySet().stream().anyMatch(k -> k.startsWith(path + "."));
          if (isSection && value instanceof ConfigObject section) {
            addTree(path + ".", section, origin);
          } else {
            put(path, value, origin.apply(value));
          }
        });
  }

  private void addEnvironment(Map<String, String> environment) {
    String prefix = "DUAL_" + root.toUpperCase(Locale.ROOT) + "_";
    Map<String, String> pathByName =
        known.keySet().stream().collect(Collectors.toMap(p -> prefix + variable(p), p -> p));
    known.keySet().stream()
        .filter(path -> path.endsWith(SECTION_SWITCH))
        .map(path -> path.substring(0, path.length() - SECTION_SWITCH.length()))
        .forEach(section -> pathByName.put(prefix + variable(section), section));
    // In order, so that a section's own key wins over its short form.
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              String path = pathByName.get(name);
              if (path != null) {
                put(path, ConfigValueFactory.fromAnyRef(value), "the environment, " + name);
              } else if (name.startsWith(prefix) && !isServiceLink(name, value)) {
                throw new SettingException(
                    "unknown key "
                        + name
                        + " = "
                        + value
                        + " (from the environment): known are "
                        + String.join(", ", new TreeMap<>(pathByName).keySet()));
              }
            });
  }

  /** Also of a Service whose name only begins like ours, as {@code dual-server-udp}. */
  private static boolean isServiceLink(String name, String value) {
    return name.matches(SERVICE_LINK) || name.endsWith("_PORT") && value.matches(SERVICE_ADDRESS);
  }

  private static String variable(String path) {
    return path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /**
   * {@code guard = off} is short for {@code guard.enabled = off}; so for any section with that key.
   */
  private void put(String path, ConfigValue value, String origin) {
    String full = known.containsKey(path + SECTION_SWITCH) ? path + SECTION_SWITCH : path;
    Setting<?> setting = known.get(full);
    if (setting == null) {
      throw new SettingException(
          "unknown key "
              + root
              + "."
              + path
              + " = "
              + show(value)
              + " (from "
              + origin
              + "): known are "
              + String.join(", ", known.keySet()));
    }
    Layered layered = new Layered(value, origin);
    read(setting, layered);
    values.put(full, layered);
  }

  private <T> T read(Setting<T> setting, Layered layered) {
    try {
      if (layered.value.valueType() == ConfigValueType.NULL) {
        throw new IllegalArgumentException("null");
      }
      return setting.reader().apply(layered.value);
    } catch (IllegalArgumentException e) {
      String hint =
          show(layered.value).matches(SERVICE_ADDRESS)
              ? ". Kubernetes set this variable for a Service of that name; set enableServiceLinks:"
                  + " false in the Pod"
              : "";
      throw new SettingException(
          root
              + "."
              + setting.path()
              + " = "
              + show(layered.value)
              + " (from "
              + layered.origin
              + "): "
              + (e instanceof RefusedValueException
                  ? e.getMessage()
                  : "must be " + setting.allowed())
              + hint);
    }
  }

  private static String origin(ConfigValue value) {
    return value.origin().description();
  }

  private static String show(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING
        ? (String) value.unwrapped()
        : value.render(ConfigRenderOptions.concise());
  }
}
