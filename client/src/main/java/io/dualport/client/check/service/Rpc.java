package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * ONC RPC (RFC 5531): procedure 0, which does nothing, of the port mapper (RFC 1833) or NFS (RFC
 * 1813). Over TCP a record mark comes first (RFC 5531 section 11).
 */
final class Rpc implements Service {
  private static final int LAST_FRAGMENT = 0x80000000;
  private static final int CALL_BYTES = 40;
  private static final int VERSION = 2;
  private static final int REPLY = 1;
  private static final int LARGEST_REPLY = 1024;

  /** Of a reply: xid, that it is one, and whether it was accepted. */
  private static final int HEADER_BYTES = 12;

  /** RFC 5531 section 9, accept_stat. */
  private static final List<String> ACCEPTED =
      List.of(
          "success",
          "program unavailable",
          "version mismatch",
          "procedure unavailable",
          "garbage arguments",
          "system error");

  private final String name;
  private final String title;
  private final String server;
  private final int port;
  private final int program;
  private final int programVersion;

  private Rpc(String name, String title, int port, int program, int programVersion) {
    this.name = name;
    this.title = title;
    this.server = title + " server";
    this.port = port;
    this.program = program;
    this.programVersion = programVersion;
  }

  static Rpc portMapper() {
    return new Rpc("rpc", "RPC port mapper", 111, 100_000, 2);
  }

  static Rpc nfs() {
    return new Rpc("nfs", "NFS", 2049, 100_003, 3);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String title(Protocol protocol) {
    return title + " over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of(port);
  }

  @Override
  public String asked(Protocol protocol) {
    return "NULL call";
  }

  @Override
  public String proof() {
    return "our xid in a reply (RFC 5531)";
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new Null(protocol, ThreadLocalRandom.current().nextInt());
  }

  private final class Null implements ServiceQuestion {
    private final Protocol protocol;
    private final int xid;

    Null(Protocol protocol, int xid) {
      this.protocol = protocol;
      this.xid = xid;
    }

    @Override
    public byte[] ask(int sizeBytes) {
      ByteBuffer call = ByteBuffer.allocate(CALL_BYTES + Integer.BYTES);
      if (protocol == Protocol.TCP) {
        call.putInt(LAST_FRAGMENT | CALL_BYTES);
      }
      call.putInt(xid).putInt(0).putInt(VERSION).putInt(program).putInt(programVersion).putInt(0);
      return Bytes.of(call.putLong(0).putLong(0)); // no credentials, no verifier
    }

    @Override
    public Recognition recognise(byte[] answer) {
      if (protocol == Protocol.UDP) {
        return answer.length < HEADER_BYTES ? Recognition.OTHER : reply(answer);
      }
      if (answer.length < Integer.BYTES) {
        return Recognition.INCOMPLETE;
      }
      int mark = Bytes.integer(answer, 0);
      int length = mark & ~LAST_FRAGMENT;
      if (mark >= 0 || length < HEADER_BYTES || length > LARGEST_REPLY) {
        return Recognition.OTHER;
      }
      byte[] reply = Bytes.from(answer, Integer.BYTES);
      if (reply.length < HEADER_BYTES) {
        return Recognition.INCOMPLETE;
      }
      Recognition recognised = reply(Arrays.copyOf(reply, Math.min(reply.length, length)));
      return recognised.isProven() && reply.length < length ? Recognition.INCOMPLETE : recognised;
    }

    private Recognition reply(byte[] reply) {
      int state = Bytes.integer(reply, 8);
      if (Bytes.integer(reply, 0) != xid || Bytes.integer(reply, 4) != REPLY || state >>> 1 != 0) {
        return Recognition.OTHER;
      }
      if (reply.length < HEADER_BYTES + 2 * Integer.BYTES) {
        return Recognition.INCOMPLETE;
      }
      if (state == 1) {
        return Recognition.proven(server + " (denied)");
      }
      int verifier = Bytes.integer(reply, 16);
      if (verifier < 0 || verifier > 400) {
        return Recognition.OTHER; // opaque_auth has no more than 400 bytes (section 8.2)
      }
      int at = 20 + (verifier + 3 & ~3);
      if (reply.length < at + Integer.BYTES) {
        return Recognition.INCOMPLETE;
      }
      int accepted = Bytes.integer(reply, at);
      // The procedure has no result, so that nothing follows its success.
      boolean isOne =
          accepted > 0 && accepted < ACCEPTED.size()
              || accepted == 0 && reply.length == at + Integer.BYTES;
      return !isOne
          ? Recognition.OTHER
          : Recognition.proven(
              accepted == 0 ? server : server + " (" + ACCEPTED.get(accepted) + ")");
    }
  }
}
