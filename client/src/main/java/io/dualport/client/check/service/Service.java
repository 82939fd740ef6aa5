package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.util.List;

/** A service that people have on both protocols of a port. */
public interface Service {
  /** As users type it: {@code dns}. */
  String name();

  /** What it is called on a protocol: {@code DNS over UDP}, {@code HTTP/3}. */
  String title(Protocol protocol);

  /** The numbers that belong to it, the most common first. */
  List<Integer> ports();

  /** What is asked over a protocol, a noun. */
  String asked(Protocol protocol);

  /**
   * What is asked in one of several sizes.
   *
   * @param sizeBytes as of {@link #datagramSizes}
   */
  default String asked(Protocol protocol, int sizeBytes) {
    return sizeBytes == 0
        ? asked(protocol)
        : asked(protocol) + " of " + Words.count(sizeBytes, "byte");
  }

  /** What a server without an answer on a protocol may be, where it answers on the other one. */
  default String absent(Protocol protocol) {
    return "this server may not offer " + title(protocol);
  }

  /** What proves that it answers, in words, with the source. */
  String proof();

  /** What is to be said of an answer that does not. */
  default String missed() {
    return "not the answer to our question";
  }

  /**
   * Whether an answer is its own, though it does not prove that.
   *
   * @param known as {@link KnownAnswers} names it
   */
  default boolean isKnownAs(String known) {
    return known.split(" ")[0].equalsIgnoreCase(name());
  }

  /** A new question, with an id of its own where the service has one. */
  ServiceQuestion over(Protocol protocol);

  /** Sizes that matter to it over UDP, ascending; 0 for as few bytes as will do. */
  default List<Integer> datagramSizes() {
    return List.of(0);
  }

  /** Whether its datagrams never come in fragments, so that what fits no packet is not tried. */
  default boolean isNeverFragmented() {
    return false;
  }

  /**
   * What is offered by ALPN (RFC 7301) where TCP carries TLS (RFC 8446), the best first; empty for
   * a service without TLS.
   */
  default List<String> insideTls() {
    return List.of();
  }

  /**
   * A new question inside of TLS.
   *
   * @param agreed one of {@link #insideTls}; null if the server chose none
   */
  default ServiceQuestion insideTls(String agreed) {
    return over(Protocol.TCP);
  }
}
