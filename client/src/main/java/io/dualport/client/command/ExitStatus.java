package io.dualport.client.command;

import io.dualport.terminal.WatchedOutput;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the program ends; the shell sees {@link #code}. */
public enum ExitStatus {
  OPEN(0, "every message of every asked protocol came back whole"),
  NOT_OPEN(
      1,
      "at least one did not, or could not be sent, or --same-server is not met; the result says"
          + " why"),
  REFUSED_INPUT(2, "bad command line or configuration"),
  UNREAD(WatchedOutput.UNREAD_EXIT_CODE, "nobody reads its output any more, as after head");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  public int code() {
    return code;
  }

  public String meaning() {
    return meaning;
  }

  /** Code to meaning, as {@code --help} lists them. */
  public static Map<String, String> listing() {
    Map<String, String> listing = new LinkedHashMap<>();
    for (ExitStatus status : values()) {
      listing.put(String.valueOf(status.code), status.meaning);
    }
    return listing;
  }
}
