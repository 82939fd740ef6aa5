package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * STUN and TURN (RFC 8489, 8656): a binding request, the same bytes on both protocols. The answer
 * carries the client's address and port as seen from there (XOR-MAPPED-ADDRESS, section 14.2).
 */
final class Stun implements Service {
  private static final int HEADER_BYTES = 20;
  private static final int COOKIE = 0x2112A442;
  private static final int ID_BYTES = 12;
  private static final int REQUEST = 0x0001;
  private static final int SUCCESS = 0x0101;
  private static final int ERROR = 0x0111;
  private static final int MAPPED_ADDRESS = 0x0001;
  private static final int ERROR_CODE = 0x0009;
  private static final int XOR_MAPPED_ADDRESS = 0x0020;
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  @Override
  public String name() {
    return "stun";
  }

  @Override
  public String title(Protocol protocol) {
    return "STUN over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(3478);
  }

  @Override
  public String asked(Protocol protocol) {
    return "Binding request";
  }

  @Override
  public String proof() {
    return "our transaction id; it tells the five-tuple as seen from there (RFC 8489)";
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    byte[] id = new byte[ID_BYTES];
    ThreadLocalRandom.current().nextBytes(id);
    return new Binding(protocol, id);
  }

  private record Binding(Protocol protocol, byte[] id) implements ServiceQuestion {
    @Override
    public byte[] ask(int sizeBytes) {
      ByteBuffer request = ByteBuffer.allocate(HEADER_BYTES);
      request.putShort((short) REQUEST).putShort((short) 0).putInt(COOKIE).put(id);
      return Bytes.of(request);
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (answer.length > 0 && (answer[0] & 0xc0) != 0) {
        return Recognition.OTHER; // the first two bits are zero (section 5)
      }
      if (answer.length < HEADER_BYTES) {
        return protocol == Protocol.TCP ? Recognition.INCOMPLETE : Recognition.OTHER;
      }
      int type = Bytes.unsignedShort(answer, 0);
      int length = Bytes.unsignedShort(answer, 2);
      boolean ours =
          (type == SUCCESS || type == ERROR)
              && Bytes.integer(answer, 4) == COOKIE
              && length % Integer.BYTES == 0
              && Arrays.equals(answer, 8, HEADER_BYTES, id, 0, ID_BYTES);
      if (!ours) {
        return Recognition.OTHER;
      }
      if (answer.length < HEADER_BYTES + length) {
        return Recognition.INCOMPLETE;
      }
      if (answer.length > HEADER_BYTES + length) {
        return Recognition.OTHER;
      }
      return type == SUCCESS ? success(answer, length) : error(answer, length);
    }

    private static Recognition error(byte[] answer, int length) {
      byte[] value = attribute(answer, length, ERROR_CODE);
      String code = value.length < 4 ? "" : " " + ((value[2] & 7) * 100 + (value[3] & 0xff));
      return Recognition.proven("STUN server (error" + code + ")");
    }

    private static Recognition success(byte[] answer, int length) {
      byte[] masked = attribute(answer, length, XOR_MAPPED_ADDRESS);
      InetSocketAddress mapped =
          masked.length > 0
              ? address(masked, Arrays.copyOfRange(answer, 4, HEADER_BYTES))
              : address(attribute(answer, length, MAPPED_ADDRESS), new byte[16]);
      return new Recognition(Recognition.Kind.PROVEN, "STUN server", mapped, null);
    }

    /** Null for one that cannot be read. */
    private static InetSocketAddress address(byte[] value, byte[] mask) {
      int bytes = value.length < 4 ? 0 : value[1] == IPV4 ? 4 : value[1] == IPV6 ? 16 : 0;
      if (bytes == 0 || value.length < 4 + bytes) {
        return null;
      }
      int port = Bytes.unsignedShort(value, 2) ^ Bytes.unsignedShort(mask, 0);
      byte[] address = Arrays.copyOfRange(value, 4, 4 + bytes);
      for (int i = 0; i < bytes; i++) {
        address[i] ^= mask[i];
      }
      try {
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
      } catch (UnknownHostException e) {
        throw new IllegalStateException("4 or 16 bytes are always an address", e);
      }
    }

    /** The first of a type; empty if there is none. Each is padded to four bytes. */
    private static byte[] attribute(byte[] answer, int length, int type) {
      int end = HEADER_BYTES + length;
      for (int at = HEADER_BYTES; at + 4 <= end; ) {
        int size = Bytes.unsignedShort(answer, at + 2);
        if (Bytes.unsignedShort(answer, at) == type && at + 4 + size <= end) {
          return Arrays.copyOfRange(answer, at + 4, at + 4 + size);
        }
        at += 4 + (size + 3 & ~3);
      }
      return new byte[0];
    }
  }
}
