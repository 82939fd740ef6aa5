package io.dualport.client.check;

import io.dualport.client.verdict.Verdict;
import io.dualport.kernel.Errno;
import io.dualport.report.ControlCharacters;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * TLS (RFC 8446) on a connection. The certificate is shown and not judged: a check asks whether the
 * port works, and not whom one may trust.
 */
final class Tls {
  /** How the JDK tells of one. */
  private static final String ALERT = "Received fatal alert: ";

  /** How the JDK ends what it says of a hello where it waits for the server's. */
  private static final String CLIENT_HELLO = ": client_hello";

  /** What a server says that speaks TLS, and none of the protocols offered (RFC 7301). */
  private static final String NO_PROTOCOL = "no_application_protocol";

  /** How long the goodbye may take; the verdict is told by then. */
  private static final long CLOSE_MILLIS = 200;

  private final SslHandler handler;
  private long beganNanos;
  private long tookNanos;

  private Tls(SslHandler handler) {
    this.handler = handler;
  }

  /** Puts it before a connection that does not stand yet, so that no byte passes it by. */
  static Tls before(SocketChannel connection, Question question, List<String> offered) {
    // With half a connection a handshake would wait for the other half in vain.
    connection.config().setAllowHalfClosure(false);
    SslHandler handler =
        context(offered)
            .newHandler(connection.alloc(), question.hostName(), question.remote().getPort());
    name(handler, question.hostName());
    handler.setHandshakeTimeout(question.timeoutNanos(), TimeUnit.NANOSECONDS);
    handler.setCloseNotifyFlushTimeoutMillis(CLOSE_MILLIS);
    connection.pipeline().addFirst(handler);
    return new Tls(handler);
  }

  private static SslContext context(List<String> offered) {
    try {
      return SslContextBuilder.forClient()
          .sslProvider(SslProvider.JDK)
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  ApplicationProtocolConfig.Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  offered))
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /** Writes a hello to nobody, so that its classes and keys are there when the first one counts. */
  static void rehearse(List<String> offered) {
    SSLEngine engine = context(offered).newEngine(UnpooledByteBufAllocator.DEFAULT);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    try {
      engine.beginHandshake();
      engine.wrap(ByteBuffer.allocate(0), hello);
    } catch (SSLException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /** Java leaves out a name without a dot, such as localhost (RFC 6066 section 3 does not). */
  private static void name(SslHandler handler, String host) {
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      return;
    }
    try {
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
      handler.engine().setSSLParameters(parameters);
    } catch (IllegalArgumentException e) {
      // A resolver may know names that TLS cannot say, with an underscore, say: then without one.
    }
  }

  /** Waits for the handshake, which begins by itself. Blocks, no longer than the timeout. */
  void await() {
    beganNanos = System.nanoTime();
    handler.handshakeFuture().awaitUninterruptibly();
    tookNanos = System.nanoTime() - beganNanos;
  }

  long tookNanos() {
    return tookNanos;
  }

  /** Why it did not come to stand; null if it did. */
  Throwable failure() {
    return handler.handshakeFuture().cause();
  }

  /** The protocol that the server chose of those offered; null if none. */
  String agreed() {
    return handler.applicationProtocol();
  }

  /** The alert by which a TLS server refused; empty if it sent none. */
  Optional<String> alert() {
    return alert(failure());
  }

  /** The alert that an error tells of. */
  static Optional<String> alert(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String said = String.valueOf(cause.getMessage());
      int at = said.indexOf(ALERT);
      if (cause instanceof SSLException && at >= 0) {
        return Optional.of(ControlCharacters.escaped(said.substring(at + ALERT.length())));
      }
    }
    return Optional.empty();
  }

  /** Whether the server speaks TLS, and something else inside of it. */
  boolean isOtherProtocol() {
    return alert().filter(NO_PROTOCOL::equals).isPresent();
  }

  /** Whether our own hello came back, which no TLS server sends. */
  boolean isEcho() {
    return failure() instanceof SSLException
        && String.valueOf(failure().getMessage()).endsWith(CLIENT_HELLO);
  }

  /** Version, protocol and certificate; or what became of the handshake. */
  String text() {
    Throwable failure = failure();
    if (failure != null) {
      return verdict() == Verdict.SILENT
          ? "got no answer"
          : "failed: " + ControlCharacters.escaped(String.valueOf(failure.getMessage()));
    }
    SSLSession session = handler.engine().getSession();
    return session.getProtocol() + (agreed() == null ? "" : ", " + agreed()) + certificate(session);
  }

  private static String certificate(SSLSession session) {
    try {
      X509Certificate first = (X509Certificate) session.getPeerCertificates()[0];
      return ", certificate of "
          + ControlCharacters.escaped(named(first))
          + " until "
          + first.getNotAfter().toInstant().atZone(ZoneOffset.UTC).toLocalDate();
    } catch (SSLPeerUnverifiedException e) {
      return ", no certificate";
    }
  }

  /** Its first name (RFC 5280 section 4.2.1.6), else its subject. */
  private static String named(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) {
          if (name.get(1) instanceof String text) {
            return text;
          }
        }
      }
    } catch (CertificateParsingException e) {
      // then the subject
    }
    return certificate.getSubjectX500Principal().getName();
  }

  /** What a failed handshake makes of the port. */
  Verdict verdict() {
    Throwable failure = failure();
    if (failure instanceof SslHandshakeTimeoutException) {
      return Verdict.SILENT;
    }
    if (Errno.of(failure) == Errno.ECONNRESET) {
      return Verdict.RESET;
    }
    boolean isClosed =
        failure instanceof ClosedChannelException
            || String.valueOf(failure.getMessage()).contains("closed");
    if (isClosed) {
      return Verdict.CLOSED_EARLY;
    }
    return isEcho() || alert().isPresent() ? Verdict.OTHER_SERVICE : Verdict.FAILED;
  }

  /** What came instead of TLS; empty if nothing did. */
  byte[] strangeBytes() {
    for (Throwable cause = failure(); cause != null; cause = cause.getCause()) {
      if (cause instanceof NotSslRecordException) {
        String hex = cause.getMessage().replaceAll("^.*: ", "");
        return hex.matches("([0-9a-f]{2})+") ? HexFormat.of().parseHex(hex) : new byte[0];
      }
    }
    return new byte[0];
  }
}
