package io.dualport.lab.story;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The Chinese of every sentence, by its English: pairs of lines, English first, with an empty line
 * after each. Who changes the English loses the Chinese until somebody has looked at both.
 */
final class Chinese {
  private static final String FOLDER = "/io/dualport/lab/chinese/";

  /** One for each chapter, by its class; what several of them say is in the first. */
  static final List<String> FILES =
      List.of(
          "words",
          "AcceptQueue",
          "BothEnds",
          "E01TwoProtocolsOnePort",
          "E02FiveTuple",
          "E03TwoBytes",
          "E04PortRanges",
          "E05ManyPortsManyAddresses",
          "E06WildcardAndSpecific",
          "E07TwoServersOnePort",
          "E08ReusePortSpreads",
          "E08OneLeaves",
          "E08SharedByRule",
          "E09ListenerHandedOver",
          "E10AddressInUse",
          "E10LongTimeWait",
          "E11FourWayClose",
          "E12ClientPortReuse",
          "E13OutOfPorts",
          "E13PortHolders",
          "E13SocketRange",
          "E14TimeWaitExhaustion",
          "E14TimeWaitReuse",
          "E15DatagramHijack",
          "E16ConnectedDatagrams",
          "E17ReplyFromTheWrongAddress",
          "E18BindWithoutListen",
          "E18FullReceiveBuffer",
          "E18FullAcceptQueue",
          "E18AbortOnOverflow",
          "E19LoopStorm",
          "E20TextbookEcho",
          "E21SpreadAndClosed",
          "GuardedPort",
          "NamedPorts",
          "PacketCapture",
          "Receivers",
          "SharedPort",
          "ShortConnections");

  private static final Map<String, String> SENTENCES = new HashMap<>();

  static {
    FILES.forEach(file -> SENTENCES.putAll(read(file)));
  }

  private Chinese() {}

  /** The Chinese of a sentence; the sentence itself if it has none, which a test does not allow. */
  static String of(String english) {
    return SENTENCES.getOrDefault(english, english);
  }

  /** The pairs of one file, in any order. */
  static Map<String, String> read(String file) {
    Map<String, String> pairs = new HashMap<>();
    try (InputStream bytes = Chinese.class.getResourceAsStream(FOLDER + file + ".txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
      for (String english = lines.readLine(); english != null; english = lines.readLine()) {
        pairs.put(english, lines.readLine());
        lines.readLine();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pairs;
  }
}
