package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that shows its live view, as typed into a shell. */
final class LiveView {
  static final String SERVER =
      "-jar " + ServerProcess.SERVER_JAR + " --port 0 --report-every 100ms ";
  static final String START = "java " + SERVER;

  static final Pattern PORT = Pattern.compile("port (\\d+) on TCP and UDP");

  private LiveView() {}

  /** Waits for the first picture; returns the port in its title. */
  static int awaitPicture(Tmux terminal) throws Exception {
    String shown =
        terminal.await(screen -> screen.contains("Dualport  port ") && screen.contains("q quit"));
    Matcher port = PORT.matcher(shown);
    assertThat(port.find()).isTrue();
    return Integer.parseInt(port.group(1));
  }
}
