package io.dualport.lab.process;

import io.dualport.kernel.Errno;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SystemCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The lab's end of the pipe to a {@link ChildMain}. */
final class ChildCalls implements SystemCalls, AutoCloseable {
  private static final long END_SECONDS = 5;

  private final Process process;
  private final PrintStream requests;
  private final BufferedReader answers;

  /**
   * @throws IOException with what the child said, if it did not come up
   */
  ChildCalls(Process process) throws IOException {
    this.process = process;
    this.requests = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    if (!ChildMain.READY.equals(answers.readLine())) {
      // The end of its input ends it; killed first, it could not be read any more.
      requests.close();
      String said = lastWords();
      close();
      throw new IOException(said);
    }
  }

  @Override
  public synchronized Reply call(List<String> words) throws IOException {
    requests.println(String.join(" ", words));
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the child process ended: " + lastWords());
    }
    String value = answer.substring(2);
    return switch (answer.charAt(0)) {
      case '=' -> Reply.of(value);
      case '!' -> {
        String[] parts = value.split(" ", 2);
        yield new Reply(parts[1], Errno.valueOf(parts[0]));
      }
      default -> throw new IOException(words.get(0) + ": " + value);
    };
  }

  private String lastWords() throws IOException {
    String said =
        new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return said.isEmpty() ? "it said nothing" : said.lines().findFirst().orElseThrow();
  }

  /** Ends its input, waits until it is gone; then its sockets are closed. */
  @Override
  public void close() {
    // Not through the stream: another thread may hold it, waiting for an answer.
    // And not through the process, which would close its last words with it.
    process.toHandle().destroyForcibly();
    try {
      process.waitFor(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
