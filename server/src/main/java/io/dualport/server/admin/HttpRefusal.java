package io.dualport.server.admin;

import io.netty.handler.codec.http.HttpResponseStatus;

/** Why a request got no answer, or a connection no request; each is counted. */
enum HttpRefusal {
  CONNECTIONS("connections", null, "more connections than admin-max-connections"),
  PIPELINED("pipelined", null, "too many requests behind an event stream"),
  SLOW("slow", null, "no whole request within the time a request may take"),
  MALFORMED("malformed", HttpResponseStatus.BAD_REQUEST, "not a request of HTTP/1.0 or 1.1"),
  TOO_LARGE("tooLarge", HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head too large"),
  URI_TOO_LONG("uriTooLong", HttpResponseStatus.REQUEST_URI_TOO_LONG, "request line too long"),
  BODY("body", HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "a request here has no body"),
  METHOD(
      "method",
      HttpResponseStatus.METHOD_NOT_ALLOWED,
      "GET, HEAD and OPTIONS are the only methods"),
  TARGET(
      "target",
      HttpResponseStatus.BAD_REQUEST,
      "a request here names a path, as in /healthz; this is no proxy"),
  ONE_HOST(
      "oneHost",
      HttpResponseStatus.BAD_REQUEST,
      "HTTP/1.1 asks for one Host header, and no version allows two"),
  HOST(
      "host",
      HttpResponseStatus.MISDIRECTED_REQUEST,
      "the Host header must name this machine's loopback: localhost, 127.0.0.1 or [::1]"),
  CROSS_SITE("crossSite", HttpResponseStatus.FORBIDDEN, "asked by a page of another site"),
  TOKEN("token", HttpResponseStatus.UNAUTHORIZED, "the token is missing or wrong"),
  RATE("rate", HttpResponseStatus.TOO_MANY_REQUESTS, "more work asked for than the echo can spare"),
  STREAMS("streams", HttpResponseStatus.SERVICE_UNAVAILABLE, "too many event streams at once"),
  PARAMETER("parameter", HttpResponseStatus.BAD_REQUEST, "a parameter that is not allowed"),
  PATH("path", HttpResponseStatus.NOT_FOUND, "nothing here"),
  FAULT(
      "fault",
      HttpResponseStatus.INTERNAL_SERVER_ERROR,
      "a fault of the admin side itself, see the server's log; the echo goes on");

  private final String key;
  private final HttpResponseStatus status;
  private final String meaning;

  HttpRefusal(String key, HttpResponseStatus status, String meaning) {
    this.key = key;
    this.status = status;
    this.meaning = meaning;
  }

  /** The key in JSON and the label in the metrics. */
  String key() {
    return key;
  }

  /** What the client is told; null where it is told nothing but the end of the connection. */
  HttpResponseStatus status() {
    return status;
  }

  String meaning() {
    return meaning;
  }

  /** Whether the connection ends with it: what follows on it cannot be trusted to be a request. */
  boolean endsConnection() {
    return this == MALFORMED
        || this == TOO_LARGE
        || this == URI_TOO_LONG
        || this == BODY
        || this == METHOD
        || this == TARGET
        || this == ONE_HOST;
  }
}
