package io.dualport.lab.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The command line of a child: the same Java, the same class path. */
final class Jvm {
  private static final int JEP_472 = 24;

  private Jvm() {}

  /**
   * @param main a class of this jar
   * @param systemProperties as {@code name=value}
   */
  static List<String> command(Class<?> main, List<String> systemProperties, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A child lives for seconds: it should start fast and be small.
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx128m"));
    if (Runtime.version().feature() >= JEP_472) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    systemProperties.forEach(property -> command.add("-D" + property));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Whether a child must do without the native library because this process does, and where that
   * is: one that unpacks it for itself leaves it behind when it is killed meanwhile.
   */
  static List<String> inheritedProperties() {
    return Stream.of("io.netty.transport.noNative", "java.library.path")
        .filter(name -> System.getProperty(name) != null)
        .map(name -> name + "=" + System.getProperty(name))
        .toList();
  }
}
