package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * LDAP (RFC 4511): a search of the root DSE alone, which anybody may read (RFC 4512 section 5.1);
 * over UDP the same message is CLDAP (RFC 1798), as Active Directory has it.
 */
final class Ldap implements Service {
  private static final int SEARCH = 0x63;
  private static final int ENTRY = 0x64;
  private static final int DONE = 0x65;
  private static final int EXTENDED_RESPONSE = 0x78;
  private static final int BOOLEAN = 0x01;
  private static final int PRESENT = 0x87;
  private static final int RESPONSE_NAME = 0x8a;

  /** Of the notice of disconnection (section 4.4.1). */
  private static final String DISCONNECTION = "1.3.6.1.4.1.1466.20036";

  /** RFC 4511 appendix A.1, those that a search of the root can meet. */
  private static final Map<Integer, String> CODES =
      Map.of(
          0, "success",
          1, "operations error",
          2, "protocol error",
          8, "stronger authentication required",
          13, "confidentiality required",
          32, "no such object",
          48, "inappropriate authentication",
          50, "insufficient access rights",
          51, "busy",
          53, "unwilling to perform");

  @Override
  public String name() {
    return "ldap";
  }

  @Override
  public String title(Protocol protocol) {
    return protocol == Protocol.TCP ? "LDAP" : "CLDAP";
  }

  @Override
  public List<Integer> ports() {
    return List.of(389);
  }

  @Override
  public String asked(Protocol protocol) {
    return "search of the root DSE";
  }

  @Override
  public String proof() {
    return "a search result with our id, or a notice of disconnection (RFC 4511)";
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Search(protocol, ThreadLocalRandom.current().nextInt(1, 1 << 30));
  }

  /** Whether it is what a server says unasked, such as that it ends a connection (section 4.4). */
  static boolean isNotice(Der message) {
    return notice(message) != null;
  }

  /** Null for another message. */
  private static Der notice(Der message) {
    Der id = message.tag() == Der.SEQUENCE ? Der.at(message.content(), 0) : null;
    Der operation = id == null ? null : Der.at(message.content(), id.end());
    return operation != null
            && id.tag() == Der.INTEGER
            && id.number() == 0
            && operation.tag() == EXTENDED_RESPONSE
        ? operation
        : null;
  }

  private static boolean isDisconnection(Der notice) {
    Der name = notice == null ? null : notice.part(RESPONSE_NAME);
    return name != null && Bytes.text(name.content()).equals(DISCONNECTION);
  }

  private record Search(Protocol protocol, int id) implements ServiceQuestion {
    @Override
    public byte[] ask(int sizeBytes) {
      return Der.of(
          Der.SEQUENCE,
          Der.number(Der.INTEGER, id),
          Der.of(
              SEARCH,
              Der.of(Der.OCTETS),
              Der.number(Der.ENUMERATED, 0),
              Der.number(Der.ENUMERATED, 0),
              Der.number(Der.INTEGER, 0),
              Der.number(Der.INTEGER, 0),
              Der.of(BOOLEAN, new byte[1]),
              Der.of(PRESENT, Bytes.of("objectClass")),
              Der.of(Der.SEQUENCE, Der.of(Der.OCTETS, Bytes.of("supportedLDAPVersion")))));
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (answer.length > 0 && answer[0] != Der.SEQUENCE) {
        return Recognition.OTHER;
      }
      int length = Der.length(answer, 0);
      if (length == Der.NONE || length == Der.UNKNOWN && protocol == Protocol.UDP) {
        return Recognition.OTHER;
      }
      if (length == Der.UNKNOWN || answer.length < length) {
        return Recognition.INCOMPLETE;
      }
      Der message = Der.at(answer, 0);
      if (protocol == Protocol.TCP && isDisconnection(notice(message))) {
        return done(notice(message), "notice of disconnection, ");
      }
      Der number = Der.at(message.content(), 0);
      boolean ours = number != null && number.tag() == Der.INTEGER && number.number() == id;
      Der operation = ours ? Der.at(message.content(), number.end()) : null;
      if (operation == null || operation.tag() != ENTRY && operation.tag() != DONE) {
        return Recognition.OTHER;
      }
      return operation.tag() == ENTRY ? Recognition.proven("LDAP server") : done(operation, "");
    }

    private static Recognition done(Der operation, String what) {
      Der code = Der.at(operation.content(), 0);
      if (code == null || code.tag() != Der.ENUMERATED || code.number() < 0) {
        return Recognition.OTHER;
      }
      String name = CODES.getOrDefault(code.number(), "result " + code.number());
      return Recognition.proven("LDAP server (" + what + name + ")");
    }
  }
}
