package io.dualport.client.verdict;

import io.dualport.kernel.Errno;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What one protocol of a port turned out to be, the same word in every command, from the best to
 * the least known.
 */
public enum Verdict {
  OPEN("everything came back whole, from the address that was dialled"),
  LOSSY("some messages came back whole, some did not come in time"),
  LARGE_LOST("small messages come back, large ones do not"),
  TRUNCATED("less came back than was sent"),
  CORRUPTED("other bytes came back than were sent, or what no echo would say"),
  OTHER_SERVICE("another service answers than was asked for"),
  WRONG_SOURCE("the answer came from another address or port than was dialled (UDP)"),
  CLOSED_EARLY("the server's side closed before everything was back (TCP)"),
  RESET("the connection opened and was then reset (TCP)"),
  REFUSED("nobody is there: RST to a SYN, ICMP port or protocol unreachable"),
  SILENT("nothing came back within the timeout, not even a no"),
  UNREACHABLE("no way there: this machine has no route, or a router or firewall said so"),
  UNRESOLVED("the name has no address"),
  NOT_SENT("this machine refused: a port in use, TIME_WAIT, its own firewall, a size"),
  UNTRIED("interrupted before anything could be said"),
  FAILED("an error that has no name here");

  private final String meaning;

  Verdict(String meaning) {
    this.meaning = meaning;
  }

  /** A clause without a full stop. */
  public String meaning() {
    return meaning;
  }

  /** As {@link Finding} tells it, of what the kernel said nothing about. */
  public Finding because(String evidence, String advice) {
    return because(Errno.UNKNOWN, evidence, advice);
  }

  /** As {@link Finding} tells it. */
  public Finding because(Errno errno, String evidence, String advice) {
    return new Finding(this, errno, evidence, advice);
  }

  /** Whether it says something about the port; the last four do not. */
  public boolean judgesThePort() {
    return compareTo(UNRESOLVED) < 0;
  }

  /** As reports show it: {@code closed-early}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Each with its meaning, a line each, as {@code --help} shows them. */
  public static List<String> listing() {
    return Stream.of(values())
        .map(verdict -> String.format(Locale.ROOT, "  %-13s %s", verdict.label(), verdict.meaning))
        .toList();
  }
}
