package io.dualport.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What goes back to a client.
 *
 * @param headers beyond those that every answer has
 */
record HttpAnswer(
    HttpResponseStatus status, String contentType, byte[] body, Map<String, String> headers) {
  private static final Map<String, String> NOT_STORED = Map.of("Cache-Control", "no-store");

  /**
   * What begins an event stream. A proxy on the way shall pass each frame on as it comes: nginx
   * collects a page full of them unless told otherwise, and what compresses collects as well.
   */
  static final HttpAnswer EVENTS =
      new HttpAnswer(
          HttpResponseStatus.OK,
          "text/event-stream",
          new byte[0],
          Map.of("Cache-Control", "no-store, no-transform", "X-Accel-Buffering", "no"));

  private static final String ALLOWED = "GET, HEAD, OPTIONS";

  /** Which methods there are. */
  static final HttpAnswer METHODS =
      new HttpAnswer(
          HttpResponseStatus.OK,
          "text/plain; charset=utf-8",
          new byte[0],
          Map.of("Cache-Control", "no-store", "Allow", ALLOWED));

  static HttpAnswer json(HttpResponseStatus status, JsonNode node) {
    return new HttpAnswer(
        status, "application/json", (node + "\n").getBytes(StandardCharsets.UTF_8), NOT_STORED);
  }

  static HttpAnswer text(HttpResponseStatus status, String text) {
    return new HttpAnswer(
        status,
        "text/plain; charset=utf-8",
        (text + "\n").getBytes(StandardCharsets.UTF_8),
        NOT_STORED);
  }

  /** A refusal in words; the header fields that its status asks for (RFC 9110 and RFC 6585). */
  static HttpAnswer refusal(HttpRefusal refusal) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    HttpAnswer answer =
        json(
            refusal.status(),
            nodes
                .objectNode()
                .set(
                    "error",
                    nodes
                        .objectNode()
                        .put("refused", refusal.key())
                        .put("why", refusal.meaning())));
    return switch (refusal) {
      case METHOD -> answer.namingMethods();
      case TOKEN ->
          answer.with(
              "WWW-Authenticate",
              "Basic realm=\"Dualport admin: any name, the token\", charset=\"UTF-8\"");
      case RATE, STREAMS -> answer.with("Retry-After", "1");
      default -> answer;
    };
  }

  /** A parameter that is not allowed, with what would be. */
  static HttpAnswer badParameter(BadParameterException e) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return json(
        HttpResponseStatus.BAD_REQUEST,
        nodes
            .objectNode()
            .set(
                "error",
                nodes
                    .objectNode()
                    .put("parameter", e.parameter())
                    .put("value", e.value())
                    .put("allowed", e.allowed())));
  }

  /** Whether its length is said; a stream has none, and 304 would speak of another's. */
  boolean tellsItsLength() {
    return this != EVENTS && !status.equals(HttpResponseStatus.NOT_MODIFIED);
  }

  /** The same with what may be asked. */
  HttpAnswer namingMethods() {
    return with("Allow", ALLOWED);
  }

  private HttpAnswer with(String name, String value) {
    return new HttpAnswer(
        status, contentType, body, Map.of("Cache-Control", "no-store", name, value));
  }
}
