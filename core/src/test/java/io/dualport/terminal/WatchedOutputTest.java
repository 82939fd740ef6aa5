package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchedOutputTest {
  /** Fails as long as it has words for it. */
  private static final class Broken extends OutputStream {
    private String words;

    Broken(String words) {
      this.words = words;
    }

    @Override
    public void write(int octet) throws IOException {
      if (words != null) {
        throw new IOException(words);
      }
    }
  }

  private final List<String> heard = new ArrayList<>();

  private WatchedOutput watch(OutputStream out, boolean isTerminal) {
    return new WatchedOutput(out, isTerminal, () -> heard.add("unread"), heard::add);
  }

  @ParameterizedTest
  @CsvSource({
    "Broken pipe,             false, unread",
    "Connection reset,        false, unread",
    "Input/output error,      true,  unread",
    "Input/output error,      false, Input/output error (EIO)",
    "No space left on device, false, No space left on device (ENOSPC)",
    "Disk quota exceeded,     false, Disk quota exceeded"
  })
  void shouldTellAReaderThatIsGoneFromADiskThatIsFull(
      String words, boolean isTerminal, String said) {
    WatchedOutput watched = watch(new Broken(words), isTerminal);
    for (int times = 0; times < 3; times++) {
      watched.printer().println("line");
    }
    assertThat(heard).containsExactly(said); // once
    assertThat(watched.isFailing()).isEqualTo(!said.equals("unread"));
  }

  @Test
  void shouldFailNoMoreWhenThereIsRoomAgain() {
    Broken disk = new Broken("No space left on device");
    WatchedOutput watched = watch(disk, false);
    watched.printer().println("lost");
    disk.words = null;
    watched.printer().println("written");
    assertThat(watched.isFailing()).isFalse();
  }

  @Test
  void shouldTellHowLongAWriteWaits() throws Exception {
    CountDownLatch mayGo = new CountDownLatch(1);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int octet) throws IOException {
            try {
              assertThat(mayGo.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    WatchedOutput watched = watch(stuck, false);
    assertThat(watched.waitingNanos()).isZero();

    CompletableFuture<Void> written =
        CompletableFuture.runAsync(() -> watched.printer().print("line"));
    await().until(() -> watched.waitingNanos() > TimeUnit.MILLISECONDS.toNanos(20));
    mayGo.countDown();
    written.get(20, TimeUnit.SECONDS);
    assertThat(watched.waitingNanos()).isZero();
  }
}
