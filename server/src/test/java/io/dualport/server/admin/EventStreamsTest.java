package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Who gets which frame; the bytes themselves are tested on real sockets. */
class EventStreamsTest {
  private static final String INSTANCE = "00000000000000aa";

  private long now = System.nanoTime();
  private final AdminCounters counters = new AdminCounters();
  private final EventStreams streams = new EventStreams(INSTANCE, counters);

  private static List<Long> frames(EmbeddedChannel reader) {
    List<Long> frames = new ArrayList<>();
    for (HttpContent content = reader.readOutbound();
        content != null;
        content = reader.readOutbound()) {
      String text = content.content().toString(StandardCharsets.UTF_8);
      Pattern.compile("^id: " + INSTANCE + "-(\\d+)$", Pattern.MULTILINE)
          .matcher(text)
          .results()
          .forEach(id -> frames.add(Long.parseLong(id.group(1))));
      content.release();
    }
    return frames;
  }

  private void publish(long from, long to) {
    for (long number = from; number <= to; number++) {
      streams.publish(number, () -> "{}", now);
    }
  }

  private List<Long> joining(String lastEventId) {
    EmbeddedChannel reader = new EmbeddedChannel();
    streams.join(reader, lastEventId, now);
    return frames(reader);
  }

  @Test
  void shouldGiveANewReaderTheFramesThatAreRemembered() {
    publish(1, 3);

    assertThat(joining(null)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldWriteAFrameOnceAndOnlyForReaders() {
    AtomicInteger written = new AtomicInteger();
    streams.publish(1, () -> "{\"written\":" + written.incrementAndGet() + "}", now);
    assertThat(written).hasValue(0);

    assertThat(joining(null)).containsExactly(1L);
    assertThat(joining(null)).containsExactly(1L);
    assertThat(written).hasValue(1);
  }

  @Test
  void shouldResumeAfterTheFrameThatWasSeen() {
    publish(1, 5);

    assertThat(joining(INSTANCE + "-3")).containsExactly(4L, 5L);
    assertThat(joining(INSTANCE + "-5")).isEmpty();
  }

  @Test
  void shouldBeginAgainForAReaderOfAnotherInstanceOrWithNonsense() {
    publish(1, 2);

    for (String id :
        List.of("00000000000000bb-1", "", "-", "x", INSTANCE + "-9999999999999999999")) {
      assertThat(joining(id)).as(id).containsExactly(1L, 2L);
    }
  }

  @Test
  void shouldRememberNoMoreThanItsLimit() {
    publish(1, EventStreams.REMEMBERED + 10);

    assertThat(joining(null)).hasSize(EventStreams.REMEMBERED).startsWith(11L);
  }

  @Test
  void shouldLoseFramesOfAReaderThatTakesNothingAndNotItsMemory() {
    EmbeddedChannel slow = new EmbeddedChannel();
    slow.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
    streams.join(slow, null, now);
    EmbeddedChannel quick = new EmbeddedChannel();
    streams.join(quick, null, now);
    slow.unsafe().outboundBuffer().setUserDefinedWritability(1, false);

    publish(1, 10);

    assertThat(frames(slow)).isEmpty();
    assertThat(frames(quick)).hasSize(10);
    assertThat(counters.framesLost()).isEqualTo(10);
    slow.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    publish(11, 11);
    assertThat(frames(slow)).as("the gap shows").containsExactly(11L);
  }

  @Test
  void shouldEndAStreamThatTookNothingForTooLong() {
    EmbeddedChannel stalled = new EmbeddedChannel();
    streams.join(stalled, null, now);
    stalled.unsafe().outboundBuffer().setUserDefinedWritability(1, false);

    now += EventStreams.STALLED_NANOS;
    publish(1, 1);
    assertThat(stalled.isOpen()).isTrue();
    now++;
    publish(2, 2);
    assertThat(stalled.isOpen()).isFalse();
  }

  @Test
  void shouldForgetAReaderThatIsGone() {
    for (int i = 0; i < EventStreams.MAX_STREAMS; i++) {
      EmbeddedChannel reader = new EmbeddedChannel();
      streams.join(reader, null, now);
      assertThat(streams.isFull()).isEqualTo(i == EventStreams.MAX_STREAMS - 1);
      if (i == EventStreams.MAX_STREAMS - 1) {
        reader.close();
      }
    }
    assertThat(streams.isFull()).isFalse();
  }
}
