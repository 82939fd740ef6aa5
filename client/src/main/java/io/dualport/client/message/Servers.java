package io.dualport.client.message;

import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which servers answered on each protocol, by the instance ids of their stamps. One address and
 * port can lead to different servers: a load balancer has rules and a table of flows for each
 * protocol on its own.
 *
 * @param instances the ids of each protocol, every one once; empty where no stamp came
 */
public record Servers(Map<Protocol, List<Long>> instances) {
  /** So many of one protocol are named. */
  private static final int NAMED = 3;

  /** From the ids of all stamps that came; a protocol may be absent. */
  public static Servers of(Map<Protocol, ? extends Collection<Long>> stamped) {
    Map<Protocol, List<Long>> instances = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      Collection<Long> ids = stamped.get(protocol);
      instances.put(protocol, ids == null ? List.of() : List.copyOf(new TreeSet<>(ids)));
    }
    return new Servers(instances);
  }

  /** An instance id as the server and all reports write it: 16 hexadecimal digits. */
  public static String idText(long instance) {
    return Words.format("%016x", instance);
  }

  /** Whether more than one server is known to have answered, on one protocol or on both. */
  public boolean areSeveral() {
    return distinct() > 1;
  }

  /** Whether it is proven that one and the same server answered on both protocols. */
  public boolean areOne() {
    return distinct() == 1 && unknown().isEmpty();
  }

  /**
   * A sentence on several servers; empty where one answered, or nobody knows.
   *
   * @param proofAsked whether it is to be said as well that one server is not proven
   * @param whyNoStamp why this run can have none; empty if it asked for them
   */
  public String text(boolean proofAsked, String whyNoStamp) {
    if (areSeveral()) {
      return (areDisjoint() ? "TCP and UDP reach different servers: " : "Several servers answer: ")
          + Stream.of(Protocol.values())
              .filter(protocol -> !instances.get(protocol).isEmpty())
              .map(protocol -> protocol + " " + named(instances.get(protocol)))
              .collect(Collectors.joining(", "))
          + ".";
    }
    return !proofAsked || areOne()
        ? ""
        : "That TCP and UDP reach the same server is not proven: no stamp came over "
            + Words.and(unknown())
            + (whyNoStamp.isEmpty() ? "" : ", since " + whyNoStamp)
            + ".";
  }

  /**
   * Why messages ask no server for its stamp.
   *
   * @param wanted whether the user wants them to
   * @param bytes of a message, the smallest that can ask first
   * @return empty if they ask
   */
  public static String whyNoStamp(boolean wanted, int bytes) {
    if (!wanted) {
      return "--stamp off asks for none";
    }
    return bytes >= Probe.HEADER_BYTES
        ? ""
        : Words.format(
            "%s have no room for one (--size %d has)",
            Words.count(bytes, "byte"), Probe.HEADER_BYTES);
  }

  private long distinct() {
    return instances.values().stream().flatMap(List::stream).distinct().count();
  }

  private boolean areDisjoint() {
    return unknown().isEmpty()
        && distinct() == instances.values().stream().mapToInt(List::size).sum();
  }

  private List<String> unknown() {
    return Stream.of(Protocol.values())
        .filter(protocol -> instances.get(protocol).isEmpty())
        .map(Protocol::name)
        .toList();
  }

  private static String named(List<Long> ids) {
    List<String> named = ids.stream().limit(NAMED).map(Servers::idText).toList();
    if (ids.size() == 1) {
      return "instance " + named.get(0);
    }
    List<String> all = new ArrayList<>(named);
    if (ids.size() > NAMED) {
      all.add(ids.size() - NAMED + " more");
    }
    return Words.count(ids.size(), "instance") + " (" + Words.and(all) + ")";
  }
}
