package io.dualport.lab;

import io.dualport.lab.experiment.E01TwoProtocolsOnePort;
import io.dualport.lab.experiment.E02FiveTuple;
import io.dualport.lab.experiment.E03TwoBytes;
import io.dualport.lab.experiment.E04PortRanges;
import io.dualport.lab.experiment.E05ManyPortsManyAddresses;
import io.dualport.lab.experiment.E06WildcardAndSpecific;
import io.dualport.lab.experiment.E07TwoServersOnePort;
import io.dualport.lab.experiment.E08OneLeaves;
import io.dualport.lab.experiment.E08ReusePortSpreads;
import io.dualport.lab.experiment.E08SharedByRule;
import io.dualport.lab.experiment.E09ListenerHandedOver;
import io.dualport.lab.experiment.E10AddressInUse;
import io.dualport.lab.experiment.E10LongTimeWait;
import io.dualport.lab.experiment.E11FourWayClose;
import io.dualport.lab.experiment.E12ClientPortReuse;
import io.dualport.lab.experiment.E13OutOfPorts;
import io.dualport.lab.experiment.E13PortHolders;
import io.dualport.lab.experiment.E13SocketRange;
import io.dualport.lab.experiment.E14TimeWaitExhaustion;
import io.dualport.lab.experiment.E14TimeWaitReuse;
import io.dualport.lab.experiment.E15DatagramHijack;
import io.dualport.lab.experiment.E16ConnectedDatagrams;
import io.dualport.lab.experiment.E17ReplyFromTheWrongAddress;
import io.dualport.lab.experiment.E18AbortOnOverflow;
import io.dualport.lab.experiment.E18BindWithoutListen;
import io.dualport.lab.experiment.E18FullAcceptQueue;
import io.dualport.lab.experiment.E18FullReceiveBuffer;
import io.dualport.lab.experiment.E19LoopStorm;
import io.dualport.lab.experiment.E20TextbookEcho;
import io.dualport.lab.experiment.E21SpreadAndClosed;
import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every experiment, in reading order. */
final class Experiments {
  /** The word for all but the long ones. */
  static final String ALL_SHORT = "all";

  private Experiments() {}

  static List<Experiment> all() {
    return List.of(
        new E01TwoProtocolsOnePort(),
        new E02FiveTuple(),
        new E03TwoBytes(),
        new E04PortRanges(),
        new E05ManyPortsManyAddresses(),
        new E06WildcardAndSpecific(),
        new E07TwoServersOnePort(),
        new E08ReusePortSpreads(),
        new E08OneLeaves(),
        new E08SharedByRule(),
        new E09ListenerHandedOver(),
        new E10AddressInUse(),
        new E10LongTimeWait(),
        new E11FourWayClose(),
        new E12ClientPortReuse(),
        new E13OutOfPorts(),
        new E13PortHolders(),
        new E13SocketRange(),
        new E14TimeWaitExhaustion(),
        new E14TimeWaitReuse(),
        new E15DatagramHijack(),
        new E16ConnectedDatagrams(),
        new E17ReplyFromTheWrongAddress(),
        new E18BindWithoutListen(),
        new E18FullReceiveBuffer(),
        new E18FullAcceptQueue(),
        new E18AbortOnOverflow(),
        new E19LoopStorm(),
        new E20TextbookEcho(),
        new E21SpreadAndClosed());
  }

  /** What is known of each before it runs, in reading order. */
  static List<Page> pages() {
    return all().stream().map(Experiment::page).toList();
  }

  /**
   * The experiments that were named, each once, in the order they were named; or the one that
   * speaks of what was typed.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static List<Experiment> named(List<String> typed) {
    if (typed.stream().noneMatch(word -> word.matches("(?i)" + ALL_SHORT + "|\\d.*"))) {
      return List.of(speakingOf(String.join(" ", typed)));
    }
    List<Experiment> chosen = new ArrayList<>();
    for (String id : typed) {
      List<Experiment> meant =
          all().stream()
              .filter(
                  experiment ->
                      id.equalsIgnoreCase(ALL_SHORT)
                          ? !experiment.page().isLong()
                          : experiment.page().id().equalsIgnoreCase(id.replaceFirst("^0+", "")))
              .toList();
      if (meant.isEmpty()) {
        throw new IllegalArgumentException(
            "no experiment '" + id + "': use " + "all, or one of " + String.join(", ", ids()));
      }
      meant.stream()
          .filter(one -> chosen.stream().noneMatch(has -> has.getClass() == one.getClass()))
          .forEach(chosen::add);
    }
    return chosen;
  }

  /** The one whose title has these words; else whose question has them; else one of its claims. */
  private static Experiment speakingOf(String words) {
    List<Function<Page, Stream<Bilingual>>> places =
        List.of(
            page -> Stream.of(page.title()),
            page -> Stream.of(page.question()),
            page -> page.claims().stream().map(Claim::said));
    for (Function<Page, Stream<Bilingual>> place : places) {
      List<Experiment> meant =
          all().stream()
              .filter(experiment -> place.apply(experiment.page()).anyMatch(has(words)))
              .toList();
      if (meant.size() == 1) {
        return meant.get(0);
      }
      if (!meant.isEmpty()) {
        throw new IllegalArgumentException(
            "several experiments speak of '"
                + words
                + "': use one of "
                + meant.stream().map(one -> one.page().id()).collect(Collectors.joining(", ")));
      }
    }
    throw new IllegalArgumentException(
        "no experiment '"
            + words
            + "', and none speaks of it: use "
            + "all, or one of "
            + String.join(", ", ids()));
  }

  private static Predicate<Bilingual> has(String words) {
    String wanted = words.toLowerCase(Locale.ROOT);
    return text ->
        Stream.of(Language.values())
            .anyMatch(language -> text.in(language).toLowerCase(Locale.ROOT).contains(wanted));
  }

  private static List<String> ids() {
    return all().stream().map(experiment -> experiment.page().id()).toList();
  }

  /** What a shell offers where one is to be named. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(Stream.of(ALL_SHORT), ids().stream()).iterator();
    }
  }
}
