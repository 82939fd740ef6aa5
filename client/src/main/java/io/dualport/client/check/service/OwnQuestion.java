package io.dualport.client.check.service;

import io.dualport.client.message.Preview;
import io.dualport.flow.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What the user sends and expects, for every service that has no class of its own.
 *
 * @param sent by protocol
 * @param expected the beginning of a right answer; empty for anything at all
 */
public record OwnQuestion(Map<Protocol, byte[]> sent, byte[] expected) implements Service {
  @Override
  public String name() {
    return "send";
  }

  @Override
  public String title(Protocol protocol) {
    return "an answer over " + protocol;
  }

  @Override
  public String absent(Protocol protocol) {
    return "this server may not answer this over " + protocol;
  }

  @Override
  public List<Integer> ports() {
    return List.of();
  }

  @Override
  public String asked(Protocol protocol) {
    return Preview.of(sent.get(protocol));
  }

  @Override
  public String proof() {
    return expected.length == 0 ? "any answer" : "an answer that begins " + Preview.of(expected);
  }

  @Override
  public String missed() {
    return "not " + proof();
  }

  @Override
  public boolean isKnownAs(String known) {
    return KnownAnswers.of(new byte[0], expected).filter(known::equals).isPresent();
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return new ServiceQuestion() {
      @Override
      public byte[] ask(int sizeBytes) {
        return sent.get(protocol).clone();
      }

      @Override
      public Recognition recognise(byte[] answer) {
        Recognition.Kind kind = Bytes.begins(answer, expected);
        if (answer.length == 0 || kind == Recognition.Kind.INCOMPLETE) {
          return protocol == Protocol.TCP ? Recognition.INCOMPLETE : Recognition.OTHER;
        }
        return kind == Recognition.Kind.OTHER
            ? Recognition.OTHER
            : Recognition.proven(Preview.of(answer) + ", as expected");
      }
    };
  }

  @Override
  public boolean equals(Object other) {
    return this == other; // arrays have no other equality
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(expected);
  }
}
