package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder k8s/ as the kubectl on the PATH renders it.
 *
 * <p>kubectl before 1.21, as Debian 12 has it, has kustomize 2.0.3 inside, which calls two things
 * differently: {@code resources} that are folders are {@code bases}, and {@code patches} by
 * position are {@code patchesJson6902}. For it the copy is renamed so; the content is the same.
 */
final class Kustomize {
  /** Each folder that a user may apply. */
  static final List<String> FOLDERS =
      List.of(
          "base",
          "load",
          "network-policy",
          "overlays/load-balancer",
          "overlays/node-port",
          "overlays/gateway",
          "overlays/eks",
          "overlays/gke",
          "overlays/metallb",
          "overlays/cilium");

  private static final Pattern FOLDER = Pattern.compile("(?m)^  - \\.\\./.*\n");

  private final Path folder;

  private Kustomize(Path folder) {
    this.folder = folder;
  }

  /** A copy of k8s/ below {@code into}, in the words of this kubectl. */
  static Kustomize copiedInto(Path into) throws Exception {
    Path source = ServerProcess.HOME.resolve("k8s");
    Path copy = into.resolve("k8s");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(source.relativize(file)));
      }
    }
    if (minorVersion() < 21) {
      System.out.println("kubectl before 1.21: k8s/overlays rendered with kustomize 2.0.3's names");
      for (String overlay : FOLDERS.subList(3, FOLDERS.size())) {
        rename(copy.resolve(overlay).resolve("kustomization.yaml"));
      }
    }
    return new Kustomize(copy);
  }

  private static int minorVersion() throws Exception {
    JsonNode version =
        new ObjectMapper().readTree(Shell.succeed("kubectl version --client -o json"));
    return Integer.parseInt(version.at("/clientVersion/minor").asText().replaceAll("\\D", ""));
  }

  private static void rename(Path kustomization) throws IOException {
    String text = Files.readString(kustomization);
    String folders =
        FOLDER.matcher(text).results().map(MatchResult::group).collect(Collectors.joining());
    String renamed =
        FOLDER
                .matcher(text)
                .replaceAll("")
                .replaceAll("(?m)^resources:\n(?!  - )", "")
                .replaceAll("(?m)^patches:", "patchesJson6902:")
            + "bases:\n"
            + folders;
    Files.writeString(kustomization, renamed);
  }

  /** The objects of one of {@link #FOLDERS}. */
  List<JsonNode> render(String name) throws Exception {
    List<JsonNode> objects =
        ApiTypes.documents(Shell.succeed("kubectl kustomize " + folder.resolve(name)));
    assertThat(objects).as(name).isNotEmpty();
    return objects;
  }

  /** The one object of that kind. */
  JsonNode render(String name, String kind) throws Exception {
    List<JsonNode> found =
        render(name).stream().filter(o -> o.get("kind").asText().equals(kind)).toList();
    assertThat(found).as("%s in %s", kind, name).hasSize(1);
    return found.get(0);
  }
}
