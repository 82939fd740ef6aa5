package io.dualport.client.check.service;

/** A question to a service over one protocol. */
public interface ServiceQuestion {
  /**
   * The bytes that ask.
   *
   * @param sizeBytes one of {@link Service#datagramSizes}; 0 for as few as will do
   */
  byte[] ask(int sizeBytes);

  /**
   * What an answer is. Never throws, whatever the bytes are.
   *
   * @param answer a datagram, or all that came of a stream so far
   */
  Recognition recognise(byte[] answer);
}
