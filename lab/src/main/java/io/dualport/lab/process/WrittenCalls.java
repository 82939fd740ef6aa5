package io.dualport.lab.process;

import io.dualport.flow.Endpoint;
import io.dualport.lab.socket.Reply;
import io.dualport.lab.socket.SystemCalls;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.SkippedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The calls of one program: each is made, and written down with what came of it. */
final class WrittenCalls {
  private static final int LONGEST_QUOTE = 40;

  private final String program;
  private final SystemCalls calls;
  private final Notebook notes;

  /**
   * @param program its name in the story
   * @param calls who makes them
   * @param notes where they are written down; null for nowhere
   */
  WrittenCalls(String program, SystemCalls calls, Notebook notes) {
    this.program = program;
    this.calls = calls;
    this.notes = notes;
  }

  /** The same, written down nowhere. */
  WrittenCalls quiet() {
    return new WrittenCalls(program, calls, null);
  }

  /** As {@link Program#call}. */
  Outcome call(String text, String result, String name, Object... arguments)
      throws IOException, SkippedException {
    List<String> words = new ArrayList<>();
    words.add(name);
    // A value may itself be several words, as that of a sysctl.
    Arrays.stream(arguments).forEach(word -> words.addAll(List.of(word.toString().split(" "))));
    Reply reply = calls.call(words);
    if (!reply.isHere()) {
      throw new SkippedException(
          Bilingual.of("%s cannot be called here: it needs Linux and its native library", text));
    }
    if (notes != null) {
      notes.call(program, text, shown(name, result, reply), reply.errno());
    }
    return new Outcome(text, reply);
  }

  private static String shown(String name, String result, Reply reply) {
    if (!reply.isOk()) {
      return reply.word();
    }
    if (result != null) {
      return result;
    }
    String value = reply.value();
    return switch (name) {
      case "recv" -> value.equals("EOF") ? "EOF" : payload(value);
      case "recvfrom" -> datagram(value);
      case "getsockname", "getpeername" -> endpoint(value);
      default -> value.isEmpty() ? Reply.OK : value;
    };
  }

  /** {@code "hello"}, or the number of bytes where they are many or no text. */
  private static String payload(String hex) {
    if (hex.equals(SystemCalls.NO_BYTES)) {
      return "0 bytes";
    }
    byte[] bytes = HexFormat.of().parseHex(hex);
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean plain =
        text.length() <= LONGEST_QUOTE && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    return plain ? '"' + text + '"' : bytes.length + " bytes";
  }

  /** {@code "hello" from 127.0.0.1:40000}. */
  private static String datagram(String value) {
    String[] words = value.split(" ", 2);
    return payload(words[0]) + " from " + endpoint(words[1]);
  }

  /** {@code 127.0.0.1:40000}. */
  private static String endpoint(String value) {
    String[] words = value.split(" ");
    try {
      return Endpoint.text(
          new InetSocketAddress(InetAddress.getByName(words[0]), Integer.parseInt(words[1])));
    } catch (UnknownHostException e) {
      return value;
    }
  }
}
