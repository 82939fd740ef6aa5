package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The stream of frames, read from the socket. */
@Tag("slow")
class AdminEventsTest {
  private record Event(String id, JsonNode data) {
    long number() {
      return Long.parseLong(id.substring(id.indexOf('-') + 1));
    }
  }

  /** A reader of the stream; null where it has ended. */
  private static final class Stream implements AutoCloseable {
    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    Stream(AdminSide admin, String... headers) throws IOException, InterruptedException {
      HttpRequest.Builder request = HttpRequest.newBuilder(admin.uri("/api/events"));
      if (headers.length > 0) {
        request.headers(headers);
      }
      response = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
      lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    Event next() throws IOException {
      String id = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("data: ")) {
          return new Event(id, AdminSide.JSON.readTree(line.substring(6)));
        }
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      response.body().close();
    }
  }

  @Test
  void shouldSendAFrameASecondWithWhatPassedThrough() throws Exception {
    try (AdminSide admin = AdminSide.start();
        Stream stream = new Stream(admin)) {
      assertThat(stream.response.headers().firstValue("content-type"))
          .hasValue("text/event-stream");
      assertThat(stream.response.headers().firstValue("x-accel-buffering")).hasValue("no");
      assertThat(stream.response.headers().firstValue("cache-control"))
          .hasValue("no-store, no-transform");
      Event first = stream.next();
      admin.datagram(0, 50);
      Event second = stream.next();
      assertThat(second.number()).isEqualTo(first.number() + 1);
      while (second.data().at("/protocols/udp/bytesOut").asInt() == 0) {
        second = stream.next(); // from before the datagram
      }

      JsonSchemas.assertValid("frame", first.data());
      JsonSchemas.assertValid("frame", second.data());
      assertThat(second.data().at("/protocols/udp/bytesOut").asInt()).isEqualTo(50);
      assertThat(second.data().at("/rates/udp/bytesOut").asDouble()).isBetween(5.0, 500.0);
      assertThat(second.id()).startsWith(admin.json("/api/snapshot").get("instance").asText());
    }
  }

  @Test
  void shouldResumeWhereAReaderLeft() throws Exception {
    try (AdminSide admin = AdminSide.start()) {
      Event seen;
      try (Stream stream = new Stream(admin)) {
        stream.next();
        seen = stream.next();
      }
      try (Stream stream = new Stream(admin, "Last-Event-ID", seen.id())) {
        assertThat(stream.next().number()).isEqualTo(seen.number() + 1);
      }
    }
  }

  @Test
  void shouldSayThatItIsOverWhenTheServerStops() throws Exception {
    AdminSide admin = AdminSide.start();
    try (Stream stream = new Stream(admin)) {
      stream.next();
      admin.close();

      List<String> states = new ArrayList<>();
      for (Event event = stream.next(); event != null; event = stream.next()) {
        states.add(event.data().get("state").asText());
      }
      assertThat(states).isNotEmpty().last().isEqualTo("stopped");
    }
  }

  /** A reader that takes nothing: the others get theirs, and the echo goes on. */
  @Test
  void shouldServeOthersBesideAReaderThatTakesNothing() throws Exception {
    try (AdminSide admin = AdminSide.start();
        Socket deaf = admin.open()) {
      deaf.getOutputStream()
          .write(
              "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
      try (Stream stream = new Stream(admin)) {
        long first = stream.next().number();
        admin.datagram(0, 10);
        assertThat(stream.next().number()).isEqualTo(first + 1);
      }
    }
  }

  @Test
  void shouldRefuseMoreStreamsThanItsLimit() throws Exception {
    try (AdminSide admin = AdminSide.start()) {
      List<Stream> streams = new ArrayList<>();
      try {
        for (int i = 0; i < 32; i++) {
          streams.add(new Stream(admin));
        }
        assertThat(admin.get("/api/events").statusCode()).isEqualTo(503);
      } finally {
        for (Stream stream : streams) {
          stream.close();
        }
      }
    }
  }
}
