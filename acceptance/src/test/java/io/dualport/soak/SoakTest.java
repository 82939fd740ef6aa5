package io.dualport.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.kernel.SocketTable;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That a soak finds what it is there for: servers of which one line was changed. */
@Tag("kernel")
class SoakTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Path JAR = HOME.resolve("server/target/dual-server.jar");
  private static final long SEED = 7;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @TempDir private Path folder;

  @BeforeEach
  void needsProc() {
    Assumptions.assumeTrue(SocketTable.available(), "a soak reads /proc");
  }

  @Test
  void shouldFindNothingWrongWithTheServerAsItIs() throws Exception {
    assertThat(soak(Duration.ofSeconds(15), Duration.ofSeconds(15), "-jar", JAR.toString()))
        .as(said())
        .isZero();
    assertThat(said()).startsWith("soak: seed 7\n").contains("soak: nothing was violated in");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "server/src/main/java/io/dualport/server/echo/EpollConnection.java| int sent ="
            + " socket.sendAddress(buffer.address, 0, length);| if (length > 1000)"
            + " buffer.bytes.setByte(500, ~buffer.bytes.getByte(500)); int sent ="
            + " socket.sendAddress(buffer.address, 0, length);| came back as another",
        "server/src/main/java/io/dualport/server/echo/EpollConnection.java"
            + "| socket.close();"
            + "| socket.close(); FileDescriptor.from(\"/proc/self/status\");"
            + "| descriptors: ",
        "server/src/main/java/io/dualport/server/echo/UdpEchoHandler.java"
            + "| replies.add(ctx,"
            + "| if (bytes.readableBytes() % 50 > 0) replies.add(ctx,"
            + "| datagrams read, but",
        "server/src/main/java/io/dualport/server/echo/UdpEchoHandler.java"
            + "| if (readNanos == 0) {"
            + "| if (datagram.content().readableBytes() % 50 == 9) return; if (readNanos == 0) {"
            + "| datagrams sent, but",
        "core/src/main/java/io/dualport/flow/FlowTable.java"
            + "| flow.end(reason, ended.get(protocol));"
            + "| flow.end(reason, new Counters());"
            + "| the books do not balance"
      })
  void shouldFindOneWrongLine(String source, String line, String wrong, String found)
      throws Exception {
    compile(HOME.resolve(source), line, wrong);

    int code =
        soak(
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            "-cp",
            folder.resolve("classes") + File.pathSeparator + JAR,
            "io.dualport.server.DualServerMain");

    assertThat(code).as(said()).isEqualTo(1);
    assertThat(said())
        .contains("soak: VIOLATED after ", found, "again: ./dual soak --seed 7 --minutes 1");
  }

  @Test
  void shouldSayWhatRises() {
    Level level = new Level("descriptors", 2, 8);
    level.add(50);
    level.add(52);
    level.add(60);

    assertThat(level.excess(60)).isNull();
    assertThat(level.excess(61))
        .isEqualTo("descriptors: 61, after 52 at first; 8 more are allowed");
  }

  private int soak(Duration length, Duration patience, String... program) throws Exception {
    Soak.Plan plan = new Soak.Plan(SEED, length, patience, "epoll", SoakMain.command(program));
    return new Soak(plan, new PrintStream(said, true, StandardCharsets.UTF_8)).run();
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  /** That class anew, to be found before the one in the jar. */
  private void compile(Path source, String line, String wrong) throws Exception {
    String text = Files.readString(source);
    assertThat(text.split(Pattern.quote(line), -1)).as(line).hasSize(2);
    Path changed =
        Files.writeString(folder.resolve(source.getFileName()), text.replace(line, wrong));
    List<String> options =
        List.of(
            "-proc:none",
            "-cp",
            JAR.toString(),
            "-d",
            Files.createDirectory(folder.resolve("classes")).toString(),
            changed.toString());
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, options.toArray(String[]::new)))
        .isZero();
  }
}
