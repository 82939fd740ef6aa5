package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The commands of docker/README.md, step by step, typed by an ordinary user in a checkout of their
 * own; in a project, on ports and with image names of their own, so that they meet nothing that a
 * user has running.
 */
final class DockerWalk implements AutoCloseable {
  /** What a build is made of, and docker/ itself. */
  private static final String CHECKOUT =
      ".dockerignore docker LICENSE packaging/modules core/src/main/resources/META-INF/licenses"
          + " server/target/dual-server.jar client/target/dual-client.jar lab/target/dual-lab.jar";

  private static final long BOUND_SECONDS = 300; // the tools' image installs packages
  private static final long HEALTHY_SECONDS = 60;
  private static final int PRINTED_LINES = 200;

  /**
   * Where neither the kernel nor the lab picks ports: some are bound minutes after they are chosen.
   */
  private static final int FIRST_PORT = 10_000;

  private static final int PORTS = 10_000;

  /** What a user may have set for the test too: which images are there. */
  private static final Set<String> INHERITED =
      Set.of("DUALPORT_BASE_IMAGE", "DUALPORT_TOOLS_BASE_IMAGE", "DUALPORT_PROMETHEUS_IMAGE");

  private final String project = "dualport-test-" + ProcessHandle.current().pid();
  private final OrdinaryUser user = OrdinaryUser.ofDocker(CHECKOUT);
  private final Map<String, List<String>> steps = read();
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> words = new LinkedHashMap<>();

  DockerWalk() throws Exception {
    int echo = portFreeOnBoth();
    int admin = portFreeOnBoth();
    int prometheus = portFreeOnBoth();
    environment.put("COMPOSE_PROJECT_NAME", project);
    environment.put("DUALPORT_PORT", String.valueOf(echo));
    environment.put("DUALPORT_ADMIN_PORT", String.valueOf(admin));
    environment.put("DUALPORT_PROMETHEUS_PORT", String.valueOf(prometheus));
    environment.put("DUALPORT_HEALTH_INTERVAL", "3s");
    environment.put("DUALPORT_IMAGE", image());
    environment.put("DUALPORT_TOOLS_IMAGE", "dualport-tools:test");
    words.put("127.0.0.1:8888", "127.0.0.1:" + echo);
    words.put("127.0.0.1:8889", "127.0.0.1:" + admin);
    words.put("127.0.0.1:9090", "127.0.0.1:" + prometheus);
    words.put("--name dualport", "--name " + project);
    words.put("container:dualport", "container:" + project);
    words.put("rm -f dualport", "rm -f " + project);
    words.put("dualport:0.1.0", image());
    words.put("java -jar", "'" + ServerProcess.java() + "' -jar");
    if (Shell.run("docker compose version").exitCode() != 0) {
      Tool.require(Tool.DOCKER_COMPOSE);
      words.put("docker compose", "docker-compose");
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::removeWhatIsLeft));
  }

  /** For a walk that is interrupted: Ctrl-C runs no method after the tests. */
  private void removeWhatIsLeft() {
    String ofTheLab = "--filter label=com.docker.compose.project=" + project;
    try {
      Shell.run("docker ps -aq " + ofTheLab + " | xargs -r docker rm -fv");
      Shell.run("docker network ls -q " + ofTheLab + " | xargs -r docker network rm");
      Shell.run("docker rm -f " + project);
    } catch (IOException e) {
      System.err.println("docker: something of " + project + " stays: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static String image() {
    return "dualport:test";
  }

  String project() {
    return project;
  }

  /** Where the commands are typed. */
  Path folder() {
    return user.own().resolve("docker");
  }

  /** Who types them. */
  String owner() {
    return user.name();
  }

  @Override
  public void close() throws Exception {
    user.close();
  }

  /** The commands of each step, by its heading. */
  private static Map<String, List<String>> read() throws IOException {
    Map<String, List<String>> steps = new LinkedHashMap<>();
    List<String> step = new ArrayList<>();
    boolean console = false;
    for (String line : Files.readAllLines(ServerProcess.HOME.resolve("docker/README.md"))) {
      if (line.startsWith("```")) {
        console = line.equals("```console");
      } else if (!console && line.startsWith("## ")) {
        step = new ArrayList<>();
        steps.put(line.substring(3), step);
      } else if (console && line.startsWith("$ ")) {
        step.add(line.substring(2));
      }
    }
    return steps;
  }

  /** The headings in their order. */
  List<String> headings() {
    return List.copyOf(steps.keySet());
  }

  /**
   * Runs all commands of a step; an {@code export} holds for what follows it.
   *
   * @return the result of each command that is none
   */
  List<Shell> take(String heading) throws Exception {
    assertThat(steps).containsKey(heading);
    List<Shell> results = new ArrayList<>();
    for (String command : steps.get(heading)) {
      if (command.startsWith("export ")) {
        export(command);
      } else {
        Shell done = run(command);
        System.out.printf("%n$ %s%n", command);
        done.out().lines().limit(PRINTED_LINES).forEach(System.out::println);
        if (done.exitCode() != 0) {
          System.out.printf("(exit code %d)%n%s", done.exitCode(), done.err());
        }
        results.add(done);
        awaitHealth(command);
      }
    }
    return results;
  }

  /**
   * As a user who waits until {@code ps} says healthy, or without the lab until the server says how
   * to stop it; a service without a check is running.
   */
  private void awaitHealth(String command) throws Exception {
    if (command.startsWith("docker run -d ")) {
      Awaitility.await(command)
          .atMost(HEALTHY_SECONDS, TimeUnit.SECONDS)
          .until(() -> Shell.succeed("docker logs " + project).contains("\nstop "));
    }
    if (!command.contains(" up -d ")) {
      return;
    }
    String service = command.substring(command.lastIndexOf(' ') + 1);
    String container =
        Shell.succeed(
            "docker ps -q --filter label=com.docker.compose.project=%s --filter label=com.docker.compose.service=%s"
                .formatted(project, service));
    String state = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}";
    Awaitility.await(service)
        .atMost(HEALTHY_SECONDS, TimeUnit.SECONDS)
        .until(
            () -> Shell.succeed("docker inspect -f '" + state + "' " + container),
            status -> status.equals("healthy") || status.equals("running"));
  }

  private void export(String command) throws Exception {
    Shell done = run(command + "; env | grep -e ^DUALPORT_ -e ^COMPOSE_FILE=");
    done.out()
        .lines()
        .map(line -> line.split("=", 2))
        .forEach(pair -> environment.put(pair[0], pair[1]));
  }

  /** Runs a line as it stands in the README, but for the ports, the Java and the compose in use. */
  Shell run(String command) throws Exception {
    String line = command;
    for (Map.Entry<String, String> word : words.entrySet()) {
      line = line.replace(word.getKey(), word.getValue());
    }
    Path out = Files.createTempFile("docker", ".out");
    Path err = Files.createTempFile("docker", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(user.command(folder(), line))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("DUALPORT_") && !INHERITED.contains(name));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    // Some versions of compose clear each line of a log even where there is no terminal.
    String plain = Files.readString(out).replaceAll("\\x1b\\[[0-9;]*[A-Za-z]", "");
    Shell done = new Shell(process.exitValue(), plain, Files.readString(err));
    Files.delete(out);
    Files.delete(err);
    assertThat(ended).as("%s within %d s: %s", line, BOUND_SECONDS, done).isTrue();
    return done;
  }

  private static int portFreeOnBoth() throws IOException {
    for (int attempt = 0; attempt < 32; attempt++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket tcp = new ServerSocket(port);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort())) {
        return udp.getLocalPort();
      } catch (java.net.BindException e) {
        // Taken: another number.
      }
    }
    throw new IllegalStateException("no port is free on both protocols");
  }
}
