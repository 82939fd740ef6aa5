package io.dualport.server.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the admin side: one request after the other, each checked from the outside in,
 * answered whole before the next is read. What takes too long, in either direction, ends it.
 */
final class RequestHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);

  /** Time for a whole request to come, from the connection's start or the answer before. */
  private static final long REQUEST_SECONDS = 10;

  /** Time for an answer to be taken. */
  private static final long ANSWER_SECONDS = 30;

  /** Time for a client to close once it was told that its connection ends. */
  private static final long LINGER_SECONDS = 2;

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private static final Set<HttpMethod> METHODS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final AdminServer.Parts parts;
  private ScheduledFuture<?> deadline;
  private boolean streaming;
  private boolean closing;
  private boolean answered;

  RequestHandler(AdminServer.Parts parts) {
    this.parts = parts;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    parts.counters().connectionOpened();
    ctx.channel()
        .closeFuture()
        .addListener(
            closed -> {
              parts.counters().connectionClosed();
              parts.spare().connectionClosed();
            });
    awaitRequest(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    parts.waiting().remove(ctx.channel());
    deadline.cancel(false);
  }

  private void awaitRequest(ChannelHandlerContext ctx) {
    parts.waiting().add(ctx.channel());
    deadline =
        ctx.executor()
            .schedule(
                () -> {
                  if (!answered) { // else it was kept for a next request, and there is none
                    parts.counters().refused(HttpRefusal.SLOW);
                  }
                  ctx.close();
                },
                REQUEST_SECONDS,
                TimeUnit.SECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
    if (part instanceof HttpRequest request && !streaming && !closing) {
      deadline.cancel(false);
      parts.waiting().remove(ctx.channel());
      parts.counters().requested();
      handle(ctx, request);
    } else if (part.decoderResult().isFailure() && !closing) {
      refuse(ctx, HttpRefusal.MALFORMED, false); // in a body, which nobody asked for
    }
  }

  private void handle(ChannelHandlerContext ctx, HttpRequest request) {
    HttpRefusal refusal = refusal(request);
    if (refusal != null) {
      refuse(ctx, refusal, HttpUtil.isKeepAlive(request));
      return;
    }
    String path = path(request);
    if (isAboutMethods(request)) {
      send(ctx, parts.router().methods(path), HttpUtil.isKeepAlive(request));
      return;
    }
    if (path.equals("/api/events")) {
      stream(ctx, request);
      return;
    }
    long begunNanos = WorkBudget.spendingNanos();
    HttpAnswer answer = answer(path, request);
    parts.budget().spent(begunNanos, WorkBudget.spendingNanos());
    boolean isOptions = request.method().equals(HttpMethod.OPTIONS);
    send(ctx, isOptions ? answer.namingMethods() : answer, HttpUtil.isKeepAlive(request));
  }

  private HttpAnswer answer(String path, HttpRequest request) {
    try {
      return parts.router().answer(path, request.uri(), request.headers(), parts.lastFrame().get());
    } catch (RuntimeException fault) {
      LOG.warn("no answer to {}", path, fault);
      parts.counters().refused(HttpRefusal.FAULT);
      return HttpAnswer.refusal(HttpRefusal.FAULT);
    }
  }

  private HttpRefusal refusal(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      Throwable cause = request.decoderResult().cause();
      if (cause instanceof TooLongHttpLineException) {
        return HttpRefusal.URI_TOO_LONG;
      }
      return cause instanceof TooLongHttpHeaderException
          ? HttpRefusal.TOO_LARGE
          : HttpRefusal.MALFORMED;
    }
    HttpHeaders headers = request.headers();
    if (!METHODS.contains(request.method())) {
      return HttpRefusal.METHOD;
    }
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || !headers.get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0")) {
      return HttpRefusal.BODY;
    }
    HttpVersion version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return HttpRefusal.MALFORMED;
    }
    if (isAboutMethods(request)) {
      return null;
    }
    if (!request.uri().startsWith("/") || request.uri().startsWith("//")) {
      return HttpRefusal.TARGET;
    }
    HttpRefusal access = parts.access().refusal(path(request), version, headers);
    if (access != null) {
      return access;
    }
    return Router.costsNothing(path(request)) || parts.budget().admits(System.nanoTime())
        ? null
        : HttpRefusal.RATE;
  }

  /**
   * Whether it asks for no more than which methods there are (RFC 9110, section 9.3.7), as HAProxy
   * does by default: that is no secret, whatever the Host. Health checks answer it as they do GET.
   */
  private static boolean isAboutMethods(HttpRequest request) {
    return request.method().equals(HttpMethod.OPTIONS) && !Access.isForAll(path(request));
  }

  private static String path(HttpRequest request) {
    int query = request.uri().indexOf('?');
    return query < 0 ? request.uri() : request.uri().substring(0, query);
  }

  private void refuse(ChannelHandlerContext ctx, HttpRefusal refusal, boolean keepAlive) {
    parts.counters().refused(refusal);
    send(ctx, HttpAnswer.refusal(refusal), keepAlive && !refusal.endsConnection());
  }

  private void send(ChannelHandlerContext ctx, HttpAnswer answer, boolean keepAlive) {
    HttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(answer.body()));
    headers(response, answer);
    if (answer.tellsItsLength()) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    }
    closing = !keepAlive || parts.spare().isInUse();
    response
        .headers()
        .set(
            HttpHeaderNames.CONNECTION,
            closing ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
    // The next request, which may be here already, waits until this answer is taken.
    ctx.channel().config().setAutoRead(false);
    deadline =
        ctx.executor()
            .schedule(
                () -> {
                  parts.counters().refused(HttpRefusal.SLOW);
                  ctx.close();
                },
                ANSWER_SECONDS,
                TimeUnit.SECONDS);
    ctx.writeAndFlush(response)
        .addListener(
            (ChannelFutureListener)
                sent -> {
                  deadline.cancel(false);
                  if (!sent.isSuccess()) {
                    ctx.close();
                  } else if (closing) {
                    linger(ctx);
                  } else {
                    answered = true;
                    awaitRequest(ctx);
                    ctx.channel().config().setAutoRead(true);
                  }
                });
  }

  /**
   * Says that this was all and takes what is still coming: closing on unread bytes would reset the
   * connection, and the answer could be lost with it (RFC 9112, section 9.6).
   */
  private void linger(ChannelHandlerContext ctx) {
    ((DuplexChannel) ctx.channel()).shutdownOutput();
    deadline = ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    ctx.channel().config().setAutoRead(true);
  }

  private void stream(ChannelHandlerContext ctx, HttpRequest request) {
    if (parts.streams().isFull() || parts.spare().isInUse()) {
      refuse(ctx, HttpRefusal.STREAMS, HttpUtil.isKeepAlive(request));
      return;
    }
    try {
      new Parameters(request.uri(), Set.of());
    } catch (BadParameterException e) {
      parts.counters().refused(HttpRefusal.PARAMETER);
      send(ctx, HttpAnswer.badParameter(e), HttpUtil.isKeepAlive(request));
      return;
    }
    if (request.method().equals(HttpMethod.HEAD)) {
      send(ctx, HttpAnswer.EVENTS, HttpUtil.isKeepAlive(request));
      return;
    }
    streaming = true;
    HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    headers(response, HttpAnswer.EVENTS);
    if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    ctx.write(response);
    parts.streams().join(ctx.channel(), request.headers().get("Last-Event-ID"), System.nanoTime());
  }

  private static void headers(HttpResponse response, HttpAnswer answer) {
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
    headers.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    answer.headers().forEach(headers::set);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    // What the codec throws at AdminServer.MAX_PIPELINED, and then takes nothing any more. So many
    // come only behind a stream, or behind the last answer, which must reach the client.
    if (fault instanceof DecoderException && fault.getCause() instanceof IllegalStateException) {
      if (closing) {
        return;
      }
      parts.counters().refused(HttpRefusal.PIPELINED);
    }
    ctx.close(); // a reset, as a rule: the connection is of no more use to either side
  }
}
