package io.dualport.lab.process;

import io.dualport.lab.socket.JdkCalls;
import io.dualport.lab.socket.LinuxCalls;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SystemCalls;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A child of the lab: makes one socket call for each line on its standard input and answers with
 * one line. It ends, and the kernel closes all it had, when its input ends; so it cannot outlive
 * the lab even if that is killed.
 */
public final class ChildMain {
  /** What it says once it listens to its input. */
  static final String READY = "ready";

  private ChildMain() {}

  public static void main(String[] args) throws IOException {
    Locale.setDefault(Locale.ROOT); // digits that the lab can read
    PrintStream answers =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    SystemCalls calls = local();
    answers.println(READY);
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(answer(calls, line));
    }
    System.exit(0);
  }

  /** The calls of this process: the system's own, or what Java has of them. */
  static SystemCalls local() {
    return LinuxCalls.available() ? new LinuxCalls() : new JdkCalls();
  }

  private static String answer(SystemCalls calls, String line) {
    try {
      Reply reply = calls.call(List.of(line.split(" ")));
      return reply.isOk() ? "= " + reply.value() : "! " + reply.errno() + " " + reply.value();
    } catch (IOException | RuntimeException e) {
      return "? " + e;
    }
  }
}
