package io.dualport.client.check.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.check.service.Recognition.Kind;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is no answer to our own question never proves a service: other bytes, another id, an answer
 * that is cut. The right answers are made here from the questions, as the RFCs write them.
 */
class RecognitionTest {
  private static final int RANDOM_ANSWERS = 2000;
  private static final int LARGEST = 64 << 10;
  private static final Target TARGET = new Target("example.org", 8443);

  static Stream<Arguments> everyQuestion() {
    return questions((service, protocol) -> true);
  }

  static Stream<Arguments> everyQuestionWithAnId() {
    return questions(RecognitionTest::hasId);
  }

  /** A datagram has an end. */
  static Stream<Arguments> everyDatagram() {
    return questions((service, protocol) -> protocol == Protocol.UDP);
  }

  private static Stream<Arguments> questions(BiPredicate<Service, Protocol> which) {
    return Services.all(TARGET).stream()
        .flatMap(
            service ->
                Stream.of(Protocol.values())
                    .filter(protocol -> which.test(service, protocol))
                    .map(protocol -> Arguments.of(service, protocol)));
  }

  @ParameterizedTest
  @MethodSource("everyQuestion")
  void shouldKnowTheRightAnswer(Service service, Protocol protocol) {
    ServiceQuestion question = service.over(protocol);

    assertThat(question.recognise(answer(service, protocol, question)).kind())
        .isEqualTo(Kind.PROVEN);
  }

  @ParameterizedTest
  @MethodSource("everyQuestion")
  void shouldNotTakeACutAnswerForOne(Service service, Protocol protocol) {
    ServiceQuestion question = service.over(protocol);
    byte[] answer = answer(service, protocol, question);

    for (int length = 0; length < answer.length; length++) {
      Kind cut = question.recognise(Arrays.copyOf(answer, length)).kind();
      if (protocol == Protocol.TCP) {
        assertThat(cut).as("%d bytes", length).isEqualTo(Kind.INCOMPLETE);
      } else if (!isVersionsAlone(service, length)) {
        assertThat(cut).as("%d bytes", length).isNotEqualTo(Kind.PROVEN);
      }
    }
  }

  /** A no is alive, too. */
  @Test
  void shouldKnowWhoSaysNo() {
    ServiceQuestion memcached = new Memcached().over(Protocol.TCP);
    assertThat(memcached.recognise(Bytes.of("CLIENT_ERROR unauthenticated\r\n")).what())
        .isEqualTo("memcached (CLIENT_ERROR unauthenticated)");
    assertThat(memcached.recognise(Bytes.of("CLIENT_ERROR unauth")).kind())
        .isEqualTo(Kind.INCOMPLETE);

    byte[] code = Der.number(Der.ENUMERATED, 51);
    byte[] name = Der.of(0x8a, Bytes.of("1.3.6.1.4.1.1466.20036"));
    byte[] notice = Der.of(0x78, code, Der.of(Der.OCTETS), Der.of(Der.OCTETS), name);
    byte[] message = Der.of(Der.SEQUENCE, Der.number(Der.INTEGER, 0), notice);
    assertThat(new Ldap().over(Protocol.TCP).recognise(message).what())
        .isEqualTo("LDAP server (notice of disconnection, busy)");
    assertThat(new Ldap().over(Protocol.UDP).recognise(message).kind()).isEqualTo(Kind.OTHER);
  }

  /** Version Negotiation has no length: with one version less it is another right answer. */
  private static boolean isVersionsAlone(Service service, int length) {
    return service.name().equals("https") && length == 27;
  }

  @ParameterizedTest
  @MethodSource("everyQuestionWithAnId")
  void shouldNotTakeTheAnswerToAnotherQuestionForOne(Service service, Protocol protocol) {
    byte[] another = answer(service, protocol, service.over(protocol));

    assertThat(service.over(protocol).recognise(another).kind()).isEqualTo(Kind.OTHER);
  }

  /** Without one a connection of our own has to do, or a connected socket. */
  private static boolean hasId(Service service, Protocol protocol) {
    return switch (service.name()) {
      case "kerberos" -> false;
      case "https", "memcached" -> protocol == Protocol.UDP;
      default -> true;
    };
  }

  @ParameterizedTest
  @MethodSource("everyQuestion")
  void shouldNeverBeProvenByAnythingElse(Service service, Protocol protocol) {
    Random random = new Random(1);
    ServiceQuestion question = service.over(protocol);
    byte[] right = answer(service, protocol, question);
    List<byte[]> others = new ArrayList<>(List.of(new byte[0], new byte[LARGEST]));
    others.add(question.ask(0));
    for (Service other : Services.all(TARGET)) {
      if (!other.name().equals(service.name())) {
        others.add(answer(other, protocol, other.over(protocol)));
        others.add(other.over(protocol).ask(0));
      }
    }
    for (int i = 0; i < RANDOM_ANSWERS; i++) {
      // The right beginning, then anything: lengths and tags that lead astray.
      byte[] bytes = new byte[i % 100 == 0 ? LARGEST : random.nextInt(300)];
      random.nextBytes(bytes);
      System.arraycopy(right, 0, bytes, 0, Math.min(random.nextInt(8), bytes.length));
      others.add(bytes);
    }

    for (byte[] other : others) {
      assertThat(question.recognise(other).kind())
          .as("%s: %s", service.name(), HexFormat.of().formatHex(other))
          .isNotEqualTo(Kind.PROVEN);
    }
  }

  @ParameterizedTest
  @MethodSource("everyDatagram")
  void shouldNotTakeTheRightBeginningOf64KilobytesForAnAnswer(Service service, Protocol protocol) {
    ServiceQuestion question = service.over(protocol);
    byte[] right = answer(service, protocol, question);
    byte[] long64 = Arrays.copyOf(right, LARGEST - 1);
    Arrays.fill(long64, right.length, long64.length, (byte) 'x');

    boolean endsItself = List.of("sip", "ldap").contains(service.name());
    assertThat(question.recognise(long64).isProven()).isEqualTo(endsItself);
  }

  private static byte[] answer(Service service, Protocol protocol, ServiceQuestion question) {
    byte[] asked = question.ask(0);
    boolean tcp = protocol == Protocol.TCP;
    return switch (service.name()) {
      case "dns" -> {
        byte[] answer = asked.clone();
        answer[tcp ? 4 : 2] |= (byte) 0x80;
        answer[tcp ? 5 : 3] = 5;
        yield answer;
      }
      case "stun" ->
          ByteBuffer.allocate(32)
              .putShort((short) 0x0101)
              .putShort((short) 12)
              .put(asked, 4, 16)
              .putShort((short) 0x0020)
              .putShort((short) 8)
              .putShort((short) 1)
              .putShort((short) (8888 ^ 0x2112))
              .putInt(0x7f000001 ^ 0x2112A442)
              .array();
      case "memcached" -> {
        byte[] text = "VERSION 1.6.18\r\n".getBytes(StandardCharsets.US_ASCII);
        yield tcp ? text : ByteBuffer.allocate(8 + text.length).put(asked, 0, 8).put(text).array();
      }
      case "rpc", "nfs" -> {
        ByteBuffer reply = ByteBuffer.allocate(tcp ? 28 : 24);
        if (tcp) {
          reply.putInt(0x80000000 | 24);
        }
        yield reply.put(asked, tcp ? 4 : 0, 4).putInt(1).putInt(0).putLong(0).putInt(0).array();
      }
      case "sip" -> {
        String text = new String(asked, StandardCharsets.US_ASCII);
        String id = text.replaceAll("(?s).*(Call-ID: \\w+\r\n).*", "$1");
        yield ("SIP/2.0 200 OK\r\n" + id + "Content-Length: 0\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
      }
      case "kerberos" -> {
        byte[] error =
            Der.of(
                0x7e,
                Der.of(
                    Der.SEQUENCE,
                    Der.of(0xa0, Der.number(Der.INTEGER, 5)),
                    Der.of(0xa1, Der.number(Der.INTEGER, 30)),
                    Der.of(0xa6, Der.number(Der.INTEGER, 68))));
        yield tcp
            ? ByteBuffer.allocate(4 + error.length).putInt(error.length).put(error).array()
            : error;
      }
      case "ldap" -> {
        Der message = Der.at(asked, 0);
        byte[] id = Der.number(Der.INTEGER, Der.at(message.content(), 0).number());
        byte[] done =
            Der.of(0x65, Der.number(Der.ENUMERATED, 0), Der.of(Der.OCTETS), Der.of(Der.OCTETS));
        yield Der.of(Der.SEQUENCE, id, done);
      }
      case "https" ->
          tcp
              ? "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)
              : ByteBuffer.allocate(31)
                  .put((byte) 0x80)
                  .putInt(0)
                  .put(asked, 14, 9)
                  .put(asked, 5, 9)
                  .putInt(1)
                  .putInt(0x6b3343cf)
                  .array();
      default -> throw new IllegalArgumentException(service.name());
    };
  }
}
