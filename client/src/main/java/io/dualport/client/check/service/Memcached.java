package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import io.dualport.report.ControlCharacters;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * memcached (protocol.txt in its sources): {@code version}; a datagram has a frame of eight bytes,
 * request id, number, count and zero, before the same text.
 */
final class Memcached implements Service {
  private static final int FRAME_BYTES = 8;
  private static final int LARGEST_ANSWER = 128;
  private static final String VERSION = "VERSION ";

  /** How it says no, such as to who has not logged in. */
  private static final List<String> ERRORS = List.of("CLIENT_ERROR ", "SERVER_ERROR ");

  @Override
  public String name() {
    return "memcached";
  }

  @Override
  public String title(Protocol protocol) {
    return "memcached over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(11211);
  }

  @Override
  public String asked(Protocol protocol) {
    return "version";
  }

  @Override
  public String proof() {
    return "VERSION or an error, over UDP in a frame with our id (memcached's protocol.txt)";
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Version(protocol, ThreadLocalRandom.current().nextInt(1 << Short.SIZE));
  }

  private record Version(Protocol protocol, int id) implements ServiceQuestion {
    @Override
    public byte[] ask(int sizeBytes) {
      ByteBuffer request = ByteBuffer.allocate(32);
      if (protocol == Protocol.UDP) {
        request.putShort((short) id).putShort((short) 0).putShort((short) 1).putShort((short) 0);
      }
      return Bytes.of(request.put(Bytes.of("version\r\n")));
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (protocol == Protocol.TCP) {
        return text(answer);
      }
      boolean framed =
          answer.length > FRAME_BYTES
              && Bytes.unsignedShort(answer, 0) == id
              && Bytes.unsignedShort(answer, 2) == 0
              && Bytes.unsignedShort(answer, 6) == 0;
      return framed ? text(Bytes.from(answer, FRAME_BYTES)) : Recognition.OTHER;
    }

    private static Recognition text(byte[] answer) {
      String text = Bytes.text(answer);
      boolean isVersion = begins(text, VERSION);
      if (!isVersion && ERRORS.stream().noneMatch(error -> begins(text, error))) {
        return Recognition.OTHER;
      }
      int end = text.indexOf("\r\n");
      if (end < 0) {
        return answer.length < LARGEST_ANSWER ? Recognition.INCOMPLETE : Recognition.OTHER;
      }
      if (end + 2 < answer.length) {
        return Recognition.OTHER; // one line is the answer
      }
      String said = ControlCharacters.escaped(text.substring(0, end));
      return Recognition.proven(
          isVersion ? "memcached " + said.substring(VERSION.length()) : "memcached (" + said + ")");
    }

    /** Or would, if more had come. */
    private static boolean begins(String text, String start) {
      return text.startsWith(start) || text.length() < start.length() && start.startsWith(text);
    }
  }
}
