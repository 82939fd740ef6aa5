package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A Kerberos KDC (RFC 4120): an AS-REQ for a realm that nobody has, which every KDC answers with
 * KRB-ERROR. Over TCP four bytes of length come first (section 7.2.2). Nothing is logged in.
 */
final class Kerberos implements Service {
  private static final String REALM = "CHECK.INVALID";
  private static final int AS_REQ = 0x6a;
  private static final int AS_REP = 0x6b;
  private static final int KRB_ERROR = 0x7e;
  private static final int VERSION = 5;
  private static final int ERROR_TYPE = 30;
  private static final int REP_TYPE = 11;
  private static final int GENERAL_STRING = 0x1b;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int BIT_STRING = 0x03;
  private static final int AES256 = 18;
  private static final int AES128 = 17;

  /** RFC 4120 section 7.5.9, those that such a request can meet. */
  private static final Map<Integer, String> ERRORS =
      Map.of(
          6, "client unknown",
          7, "server unknown",
          12, "policy",
          14, "encryption type not supported",
          25, "pre-authentication required",
          52, "response too big for UDP",
          60, "generic error",
          68, "wrong realm");

  @Override
  public String name() {
    return "kerberos";
  }

  @Override
  public String title(Protocol protocol) {
    return "Kerberos over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(88);
  }

  @Override
  public String asked(Protocol protocol) {
    return "AS-REQ for a realm that nobody has";
  }

  @Override
  public String proof() {
    return "KRB-ERROR or AS-REP (RFC 4120)";
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Request(protocol, ThreadLocalRandom.current().nextInt(1, 1 << 30));
  }

  /** Whether a datagram is a KDC's: it has no id that an answer would share with a question. */
  static boolean isSpoken(byte[] answer) {
    return new Request(Protocol.UDP, 0).recognise(answer).isProven();
  }

  private record Request(Protocol protocol, int nonce) implements ServiceQuestion {
    @Override
    public byte[] ask(int sizeBytes) {
      byte[] body =
          Der.of(
              Der.SEQUENCE,
              Der.of(0xa0, Der.of(BIT_STRING, new byte[5])),
              Der.of(0xa1, name(1, "check")),
              Der.of(0xa2, Der.of(GENERAL_STRING, Bytes.of(REALM))),
              Der.of(0xa3, name(2, "krbtgt", REALM)),
              Der.of(0xa5, Der.of(GENERALIZED_TIME, Bytes.of("19700101000000Z"))),
              Der.of(0xa7, Der.number(Der.INTEGER, nonce)),
              Der.of(
                  0xa8,
                  Der.of(
                      Der.SEQUENCE,
                      Der.number(Der.INTEGER, AES256),
                      Der.number(Der.INTEGER, AES128))));
      byte[] request =
          Der.of(
              AS_REQ,
              Der.of(
                  Der.SEQUENCE,
                  Der.of(0xa1, Der.number(Der.INTEGER, VERSION)),
                  Der.of(0xa2, Der.number(Der.INTEGER, AS_REQ & 0x1f)),
                  Der.of(0xa4, body)));
      if (protocol == Protocol.UDP) {
        return request;
      }
      ByteBuffer framed = ByteBuffer.allocate(Integer.BYTES + request.length);
      return Bytes.of(framed.putInt(request.length).put(request));
    }

    private static byte[] name(int type, String... parts) {
      byte[][] strings = new byte[parts.length][];
      for (int i = 0; i < parts.length; i++) {
        strings[i] = Der.of(GENERAL_STRING, Bytes.of(parts[i]));
      }
      return Der.of(
          Der.SEQUENCE,
          Der.of(0xa0, Der.number(Der.INTEGER, type)),
          Der.of(0xa1, Der.of(Der.SEQUENCE, strings)));
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (protocol == Protocol.UDP) {
        return message(answer);
      }
      if (answer.length < Integer.BYTES) {
        return Recognition.INCOMPLETE;
      }
      int length = Bytes.integer(answer, 0);
      byte[] rest = Bytes.from(answer, Integer.BYTES);
      boolean can =
          length > 0
              && length <= 1 << 16
              && (rest.length == 0 || rest[0] == KRB_ERROR || rest[0] == AS_REP);
      if (!can) {
        return Recognition.OTHER;
      }
      return rest.length < length ? Recognition.INCOMPLETE : message(Arrays.copyOf(rest, length));
    }

    private static Recognition message(byte[] bytes) {
      boolean canBe = bytes.length > 0 && (bytes[0] == KRB_ERROR || bytes[0] == AS_REP);
      if (canBe && (Der.length(bytes, 0) == Der.UNKNOWN || Der.length(bytes, 0) > bytes.length)) {
        return Recognition.INCOMPLETE;
      }
      Der outer = Der.at(bytes, 0);
      Der inner = outer == null ? null : Der.at(outer.content(), 0);
      if (inner == null || inner.tag() != Der.SEQUENCE || outer.end() != bytes.length) {
        return Recognition.OTHER;
      }
      if (outer.tag() == AS_REP && field(inner, 0xa0) == VERSION) {
        return field(inner, 0xa1) == REP_TYPE
            ? Recognition.proven("Kerberos KDC (AS-REP)")
            : Recognition.OTHER;
      }
      boolean error =
          outer.tag() == KRB_ERROR
              && field(inner, 0xa0) == VERSION
              && field(inner, 0xa1) == ERROR_TYPE;
      int code = field(inner, 0xa6);
      return error && code >= 0
          ? Recognition.proven("Kerberos KDC (KRB-ERROR " + code + named(ERRORS.get(code)) + ")")
          : Recognition.OTHER;
    }

    private static String named(String error) {
      return error == null ? "" : ", " + error;
    }

    private static int field(Der sequence, int tag) {
      Der field = sequence.part(tag);
      Der number = field == null ? null : Der.at(field.content(), 0);
      return number == null || number.tag() != Der.INTEGER ? -1 : number.number();
    }
  }
}
