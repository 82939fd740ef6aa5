package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * SIP (RFC 3261): OPTIONS, the same text on both protocols. From 1300 bytes on a client has to use
 * TCP (section 18.1.1), so that is the largest datagram that matters.
 */
final class Sip implements Service {
  private static final byte[] STATUS = Bytes.of("SIP/2.0 ");
  private static final int LARGEST_DATAGRAM = 1300;
  private static final String BLANK_LINE = "\r\n\r\n";
  private static final int LARGEST_ANSWER = 64 << 10;

  @Override
  public String name() {
    return "sip";
  }

  @Override
  public String title(Protocol protocol) {
    return "SIP over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(5060);
  }

  @Override
  public String asked(Protocol protocol) {
    return "OPTIONS";
  }

  @Override
  public String proof() {
    return "SIP/2.0 and our Call-ID (RFC 3261)";
  }

  @Override
  public List<Integer> datagramSizes() {
    return List.of(0, LARGEST_DATAGRAM);
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Options(protocol, Words.format("%016x", ThreadLocalRandom.current().nextLong()));
  }

  private record Options(Protocol protocol, String id) implements ServiceQuestion {
    private static final String TEXT =
        """
        OPTIONS sip:check@invalid SIP/2.0
        Via: SIP/2.0/%1$s check.invalid;branch=z9hG4bK%2$s;rport
        Max-Forwards: 0
        From: <sip:check@check.invalid>;tag=%2$s
        To: <sip:check@invalid>
        Call-ID: %2$s
        CSeq: 1 OPTIONS
        Contact: <sip:check@check.invalid>
        Accept: application/sdp
        %3$sContent-Length: 0

        """;

    @Override
    public byte[] ask(int sizeBytes) {
      byte[] plain = text("");
      int padding = sizeBytes - plain.length - "Subject: \r\n".length();
      return padding < 0 ? plain : text("Subject: " + "x".repeat(padding) + "\n");
    }

    private byte[] text(String padding) {
      return Bytes.of(Words.format(TEXT, protocol.name(), id, padding).replace("\n", "\r\n"));
    }

    @Override
    public Recognition recognise(byte[] answer) {
      Recognition.Kind start = Bytes.begins(answer, STATUS);
      if (start == Recognition.Kind.OTHER || answer.length > LARGEST_ANSWER) {
        return Recognition.OTHER;
      }
      String text = Bytes.text(answer);
      int end = text.indexOf(BLANK_LINE);
      if (start == Recognition.Kind.INCOMPLETE || end < 0) {
        return protocol == Protocol.TCP || text.contains(id)
            ? Recognition.INCOMPLETE
            : Recognition.OTHER;
      }
      List<String> head = text.substring(0, end).lines().toList();
      String status = head.get(0).substring(STATUS.length);
      boolean ours = value(head, "call-id", "i").equals(id) && status.matches("[1-6]\\d\\d .*");
      String body = value(head, "content-length", "l");
      if (!ours || !body.matches("\\d{0,5}")) {
        return Recognition.OTHER;
      }
      int length = end + BLANK_LINE.length() + (body.isEmpty() ? 0 : Integer.parseInt(body));
      return answer.length < length
          ? Recognition.INCOMPLETE
          : Recognition.proven("SIP server (" + ControlCharacters.escaped(status) + ")");
    }

    /** Of a header by its long or its short name (section 7.3.3); empty if there is none. */
    private static String value(List<String> head, String name, String compact) {
      return head.stream()
          .skip(1)
          .map(line -> line.split(":", 2))
          .filter(
              parts ->
                  parts.length == 2
                      && List.of(name, compact).contains(parts[0].strip().toLowerCase(Locale.ROOT)))
          .map(parts -> parts[1].strip())
          .findFirst()
          .orElse("");
    }
  }
}
