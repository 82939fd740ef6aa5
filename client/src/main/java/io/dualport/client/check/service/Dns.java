package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * DNS (RFC 1035): who serves the root, the question that every server and forwarder has an answer
 * to, be it a refusal. Over TCP two bytes of length come first (RFC 7766 section 8). The question
 * says how large a datagram may answer it (EDNS, RFC 6891 section 6.2.3): 1232 bytes pass every
 * path, 4096 come in fragments. A server that has more to say sets TC, and is asked over TCP.
 */
final class Dns implements Service {
  private static final int HEADER_BYTES = 12;

  /** The root, NS, IN. */
  private static final byte[] ROOT = {0, 0, 2, 0, 1};

  private static final int RESPONSE = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final int TRUNCATED = 0x0200;
  private static final int RECURSION_DESIRED = 0x0100;
  private static final int OPT = 41;

  /** "DNSSEC OK" (RFC 3225): signed answers are the large ones that people have. */
  private static final int DNSSEC_OK = 0x8000;

  /** What a resource record has behind its name: type, class, TTL, length. */
  private static final int RECORD_BYTES = 10;

  /** RFC 1035 section 4.1.1, RFC 2136 section 2.2. */
  private static final List<String> CODES =
      List.of(
          "NOERROR",
          "FORMERR",
          "SERVFAIL",
          "NXDOMAIN",
          "NOTIMP",
          "REFUSED",
          "YXDOMAIN",
          "YXRRSET",
          "NXRRSET",
          "NOTAUTH",
          "NOTZONE");

  @Override
  public String name() {
    return "dns";
  }

  @Override
  public String title(Protocol protocol) {
    return "DNS over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(53);
  }

  @Override
  public String asked(Protocol protocol) {
    return "NS of the root";
  }

  @Override
  public String asked(Protocol protocol, int sizeBytes) {
    return asked(protocol) + (sizeBytes == 0 ? "" : " with EDNS " + sizeBytes);
  }

  @Override
  public String proof() {
    return "our id in a whole response, whatever its code (RFC 1035, 6891, 7766)";
  }

  @Override
  public List<Integer> datagramSizes() {
    return List.of(1232, 4096);
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Query(protocol, ThreadLocalRandom.current().nextInt(1 << Short.SIZE));
  }

  /** The name of a response code. */
  static String code(int code) {
    return code < CODES.size() ? CODES.get(code) : "RCODE " + code;
  }

  private record Query(Protocol protocol, int id) implements ServiceQuestion {
    @Override
    public byte[] ask(int sizeBytes) {
      ByteBuffer query = ByteBuffer.allocate(64);
      if (protocol == Protocol.TCP) {
        query.putShort((short) 0);
      }
      int start = query.position();
      query.putShort((short) id).putShort((short) RECURSION_DESIRED);
      query.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 1);
      query.put(ROOT);
      query.put((byte) 0).putShort((short) OPT).putShort((short) Math.max(1232, sizeBytes));
      query.putShort((short) 0).putShort((short) DNSSEC_OK).putShort((short) 0);
      if (protocol == Protocol.TCP) {
        query.putShort(0, (short) (query.position() - start));
      }
      return Bytes.of(query);
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (protocol == Protocol.UDP) {
        return answer.length < HEADER_BYTES ? Recognition.OTHER : message(answer, answer.length);
      }
      if (answer.length < Short.BYTES) {
        return Recognition.INCOMPLETE;
      }
      int length = Bytes.unsignedShort(answer, 0);
      if (length < HEADER_BYTES) {
        return Recognition.OTHER;
      }
      byte[] rest = Arrays.copyOfRange(answer, 2, Math.min(answer.length, 2 + length));
      return rest.length < HEADER_BYTES ? Recognition.INCOMPLETE : message(rest, length);
    }

    /**
     * Walks all records, for a message that is cut proves nothing.
     *
     * @param length of the whole message, of which {@code bytes} can be the beginning
     */
    private Recognition message(byte[] bytes, int length) {
      int flags = Bytes.unsignedShort(bytes, 2);
      int code = flags & 0xf;
      int questions = Bytes.unsignedShort(bytes, 4);
      boolean ours =
          Bytes.unsignedShort(bytes, 0) == id
              && (flags & RESPONSE) != 0
              && (flags & OPCODE) == 0
              && (questions == 1 || questions == 0 && code != 0); // an error may leave it out
      if (!ours) {
        return Recognition.OTHER;
      }
      int at = HEADER_BYTES;
      if (questions == 1) {
        Recognition.Kind echoed = Bytes.begins(Bytes.from(bytes, at), ROOT);
        if (echoed != Recognition.Kind.PROVEN) {
          return echoed == Recognition.Kind.OTHER ? Recognition.OTHER : Recognition.INCOMPLETE;
        }
        at += ROOT.length;
      }
      int records = 0;
      for (int section = 6; section < HEADER_BYTES; section += Short.BYTES) {
        records += Bytes.unsignedShort(bytes, section);
      }
      for (int i = 0; i < records && at <= bytes.length; i++) {
        at = afterRecord(bytes, at);
      }
      if (at > bytes.length) {
        return Recognition.INCOMPLETE;
      }
      if (at < length) {
        return bytes.length < length ? Recognition.INCOMPLETE : Recognition.OTHER;
      }
      boolean cut = (flags & TRUNCATED) != 0 && protocol == Protocol.UDP;
      return Recognition.proven(
          "DNS server (" + code(code) + (cut ? ", truncated: the rest comes over TCP" : "") + ")");
    }

    /** Where the next record begins; beyond the end if this one is cut. */
    private static int afterRecord(byte[] bytes, int start) {
      int at = start;
      while (at < bytes.length && bytes[at] != 0) {
        int label = bytes[at] & 0xff;
        if (label >= 0xc0) {
          at++; // a pointer (RFC 1035 section 4.1.4) has two bytes and ends the name
          break;
        }
        at += 1 + label;
      }
      at++;
      int end = at + RECORD_BYTES;
      return end > bytes.length ? end : end + Bytes.unsignedShort(bytes, end - Short.BYTES);
    }
  }
}
