package io.dualport.client.verify;

/** Bits of the TCP header (RFC 9293, section 3.1). */
final class TcpFlags {
  static final long FIN = 0x01;
  static final long SYN = 0x02;
  static final long ACK = 0x10;

  private TcpFlags() {}
}
