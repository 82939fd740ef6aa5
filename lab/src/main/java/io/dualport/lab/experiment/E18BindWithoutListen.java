package io.dualport.lab.experiment;

import static io.dualport.kernel.Errno.EOPNOTSUPP;
import static io.dualport.lab.story.Claim.Article.TCP_AND_UDP;

import io.dualport.lab.process.Sock;

/** Is a UDP socket "listening"? */
public final class E18BindWithoutListen implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int BACKLOG = 2;

  private int port;
  private Sock datagrams;

  @Override
  public Script script() {
    return Script.of("18", "bind without listen")
        .question("Is a UDP socket \"listening\"?")
        .filter("udp.port == PORT")
        .part("UDP does not listen")
        .expect(
            "udp-listen",
            EOPNOTSUPP,
            "UDP has no listen.",
            "listen(2) EOPNOTSUPP; sock_no_listen in inet_dgram_ops, net/ipv4/af_inet.c",
            lab -> {
              port = lab.freePort();
              datagrams = lab.program("server").datagrams("datagrams", LOOPBACK, port);
              return datagrams.listen(BACKLOG);
            })
        .expect(
            "udp-queued-from-bind-on",
            "early",
            "It needs none: from bind on, datagrams are queued, whether anybody reads or not.",
            "udp_queue_rcv_skb in net/ipv4/udp.c; bind(2)",
            lab -> {
              lab.program("client").udp("sender").sendTo("early", LOOPBACK, port).must();
              return datagrams.receive(Sock.PATIENCE_MILLIS).value();
            })
        .answer(
            "No: UDP has no listen; its socket receives from bind on, and what comes waits in its"
                + " queue until somebody reads.")
        .confirms(
            TCP_AND_UDP,
            "Listening exists only in TCP; a UDP server only binds.",
            "listen on a UDP socket is EOPNOTSUPP, and it hears from its bind on.");
  }
}
