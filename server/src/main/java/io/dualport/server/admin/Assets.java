package io.dualport.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dualport.flow.Counter;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The dashboard's files, from the jar. For the admin side's one thread. */
final class Assets {
  /** No dot at the start of a part: neither hidden files nor the way up. */
  private static final String ALLOWED_PATH =
      "/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "json", "application/json");

  /** The one that is no file. */
  private static final String COUNTERS = "/counters.js";

  /** Only files that exist are kept, so this is no longer than the folder. */
  private final Map<String, HttpAnswer> read = new HashMap<>();

  /** The file of a path, whole, or 304 to a client that has it; empty if there is none. */
  Optional<HttpAnswer> get(String path, String ifNoneMatch) {
    String file = path.equals("/") ? "/index.html" : path;
    String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
    if (type == null || !file.matches(ALLOWED_PATH)) {
      return Optional.empty();
    }
    HttpAnswer known = read.get(file);
    if (known == null) {
      known = load(file, type);
      if (known == null) {
        return Optional.empty();
      }
      read.put(file, known);
    }
    return Optional.of(
        known.headers().get("ETag").equals(ifNoneMatch)
            ? new HttpAnswer(HttpResponseStatus.NOT_MODIFIED, type, new byte[0], known.headers())
            : known);
  }

  private static HttpAnswer load(String file, String type) {
    return file.equals(COUNTERS) ? answer(counters().getBytes(UTF_8), type) : read(file, type);
  }

  /** The page names the counters that there are, in their order; each is in one of its lists. */
  private static String counters() {
    List<Counter> others = new ArrayList<>(List.of(Counter.values()));
    others.removeAll(Frame.RATED);
    others.removeAll(Counter.drops());
    others.removeAll(Counter.closes());
    return list("RATED", Frame.RATED)
        + list("DROPS", Counter.drops())
        + list("CLOSES", Counter.closes())
        + list("OTHERS", others);
  }

  private static String list(String name, List<Counter> counters) {
    return counters.stream()
        .map(counter -> "'" + counter.key() + "'")
        .collect(Collectors.joining(", ", "export const " + name + " = [", "];\n"));
  }

  private static HttpAnswer read(String file, String type) {
    try (InputStream in = Assets.class.getResourceAsStream("page" + file)) {
      if (in == null) {
        return null;
      }
      return answer(in.readAllBytes(), type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asked for again each time: the page of another version must not stay. */
  private static HttpAnswer answer(byte[] bytes, String type) {
    return new HttpAnswer(
        HttpResponseStatus.OK,
        type,
        bytes,
        Map.of("Cache-Control", "no-cache", "ETag", '"' + digest(bytes) + '"'));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
