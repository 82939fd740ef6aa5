package io.dualport.flow;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Words that a five-tuple must match, all of them, as a person types them: {@code udp 127 :40001}.
 * A word is a part of the protocol's name or of the text of an end, {@code PREFIX/LENGTH} that an
 * end lies in, or {@code twins}, for five-tuples that have a twin. Not for several threads.
 */
public final class FlowFilter {
  /** The word that asks for five-tuples with a twin. */
  public static final String TWINS = "twins";

  private final List<String> texts = new ArrayList<>();
  private final List<AddressPrefix> prefixes = new ArrayList<>();
  private boolean wantsTwins;

  /** Most flows share their destination, and to write an address is the dearest part. */
  private final Map<InetSocketAddress, String> destinations = new HashMap<>();

  private FlowFilter() {}

  /**
   * Reads what was typed; no text is refused, but some match nothing.
   *
   * @param typed blanks between words; case does not matter
   */
  public static FlowFilter of(String typed) {
    FlowFilter filter = new FlowFilter();
    Arrays.stream(typed.toLowerCase(Locale.ROOT).trim().split("\\s+"))
        .filter(word -> !word.isEmpty())
        .forEach(filter::add);
    return filter;
  }

  private void add(String word) {
    if (word.equals(TWINS)) {
      wantsTwins = true;
    } else if (word.indexOf('/') < 0) {
      texts.add(word);
    } else {
      try {
        prefixes.add(AddressPrefix.parse(word));
      } catch (IllegalArgumentException notYetWhole) {
        texts.add(word); // no end has a slash
      }
    }
  }

  public boolean wantsTwins() {
    return wantsTwins;
  }

  /** Whether it lets everything through. */
  public boolean isEmpty() {
    return texts.isEmpty() && prefixes.isEmpty() && !wantsTwins;
  }

  /**
   * Whether a five-tuple is wanted.
   *
   * @param all among which its twin may be
   */
  public Predicate<FiveTuple> among(Iterable<FiveTuple> all) {
    if (!wantsTwins) {
      return this::matches;
    }
    Set<FiveTuple> known = new HashSet<>();
    all.forEach(known::add);
    return tuple -> matches(tuple) && known.contains(tuple.twin());
  }

  private boolean matches(FiveTuple tuple) {
    for (String text : texts) {
      if (!tuple.protocol().label().contains(text)
          && !Endpoint.text(tuple.source()).contains(text)
          && !destination(tuple).contains(text)) {
        return false;
      }
    }
    for (AddressPrefix prefix : prefixes) {
      if (!prefix.matches(tuple.source().getAddress())
          && !prefix.matches(tuple.destination().getAddress())) {
        return false;
      }
    }
    return true;
  }

  private String destination(FiveTuple tuple) {
    return destinations.computeIfAbsent(tuple.destination(), Endpoint::text);
  }
}
