package io.dualport.client.check.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What may come back for every question of check's services: recognised or not, and told
 * harmlessly. Each input is taken as it is, and as what it changes of the question, which is how an
 * answer gets the right id.
 */
public final class ServicesFuzz {
  private static final Target TARGET = new Target("example.org", 8443);
  private static final List<ServiceQuestion> QUESTIONS = questions();

  private ServicesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    for (ServiceQuestion question : QUESTIONS) {
      byte[] asked = question.ask(0);
      byte[] changed = input.clone();
      for (int i = 0; i < Math.min(asked.length, changed.length); i++) {
        changed[i] ^= asked[i];
      }
      take(question, asked, input);
      take(question, asked, changed);
      take(question, asked, Arrays.copyOf(changed, changed.length / 2));
    }
  }

  private static void take(ServiceQuestion question, byte[] asked, byte[] answer) {
    Recognition recognised = question.recognise(answer);
    assertThat(recognised.what().isEmpty()).isNotEqualTo(recognised.isProven());
    assertHarmless(recognised.what());
    KnownAnswers.of(asked, answer).ifPresent(ServicesFuzz::assertHarmless);
    if (answer.length == 0) {
      assertThat(recognised.isProven()).isFalse();
    }
  }

  /** Nothing that a terminal would obey. */
  private static void assertHarmless(String text) {
    assertThat(text.chars().filter(Character::isISOControl).findFirst()).isEmpty();
  }

  private static List<ServiceQuestion> questions() {
    List<ServiceQuestion> questions = new ArrayList<>();
    for (Service service : Services.all(TARGET)) {
      for (Protocol protocol : Protocol.values()) {
        questions.add(service.over(protocol));
      }
      service.insideTls().forEach(agreed -> questions.add(service.insideTls(agreed)));
    }
    return questions;
  }
}
