package io.dualport.lab.process;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Runs another program's main class, tied to the lab: when standard input ends, it is stopped as by
 * SIGTERM. So a server that the lab started cannot outlive it, even if the lab is killed.
 */
public final class TiedMain {
  private TiedMain() {}

  /**
   * @param args the main class, then its arguments
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    Thread tie = new Thread(TiedMain::exitAtEndOfInput, "tie");
    tie.setDaemon(true);
    tie.start();
    String[] rest = Arrays.copyOfRange(args, 1, args.length);
    try {
      Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    } catch (InvocationTargetException e) {
      e.getCause().printStackTrace(); // as java itself would
      System.exit(1);
    }
  }

  private static void exitAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever sent; only the end counts.
      }
    } catch (IOException ended) {
      // So did this.
    }
    System.exit(0);
  }
}
