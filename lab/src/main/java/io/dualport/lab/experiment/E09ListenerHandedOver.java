package io.dualport.lab.experiment;

import static io.dualport.lab.socket.Option.SO_LINGER;
import static io.dualport.lab.socket.Option.SO_REUSEADDR;
import static io.dualport.lab.story.Claim.Article.COMMON_BELIEF;
import static io.dualport.lab.story.Claim.Article.TWO_PROCESSES;
import static io.dualport.lab.story.Claim.Effect.CONFIRMS;
import static io.dualport.lab.story.Claim.Effect.CORRECTS;
import static io.dualport.lab.story.Claim.Effect.REFINES;

import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Experiment;
import io.dualport.lab.story.Notebook;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One listening socket in several processes: who gets the connections, and when is it gone? */
public final class E09ListenerHandedOver implements Experiment {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECTIONS = 4;
  private static final String SHARED =
      "fork(2) (\"the same open file description\"); unix(7) SCM_RIGHTS (\"a reference to an"
          + " open file description\")";
  private static final String LAST_CLOSE =
      "close(2) (\"the last file descriptor\"); __fput in fs/file_table.c";

  private static final Prediction HOLDERS =
      Prediction.exactly(
          "holders-after-handover",
          "tcp LISTEN A, B; inodes: 1",
          Text.of(
              "The kernel's table still has one listener; two processes have it open.",
              "内核的表里仍只有一个监听套接字，被两个进程打开着。"),
          SHARED);

  private static final Prediction OPTION_SHARED =
      Prediction.exactly(
          "option-set-by-b-seen-by-a",
          1,
          Text.of(
              "What B sets on it, A finds set: it is the same socket.",
              "B 在它上面设置的选项，A 也看得到：这就是同一个套接字。"),
          SHARED);

  private static final Prediction OWN_BIND =
      Prediction.exactly(
          "b-binds-a-socket-of-its-own",
          "EADDRINUSE",
          Text.of(
              "A second bind is refused as ever, even to B. To share a listener is not to bind"
                  + " twice.",
              "再来一次 bind 照样被拒绝，哪怕是 B。共享监听套接字并不是绑定两次。"),
          "bind(2) EADDRINUSE; inet_csk_get_port in net/ipv4/inet_connection_sock.c");

  private static final Prediction ONE_QUEUE =
      Prediction.exactly(
          "who-accepted-which",
          "B 1, A 2, A 3, B 4, nothing left",
          Text.of(
              "There is one queue. Whoever calls accept gets the connection that has waited longest,"
                  + " and nobody gets it again.",
              "队列只有一个。谁调用 accept，谁就拿到等得最久的那条连接，而且别人不会再拿到它。"),
          "accept(2) (\"the first connection request on the queue\"); reqsk_queue_remove in"
              + " include/net/request_sock.h");

  private static final Prediction FIRST_OWNER_CLOSES =
      Prediction.exactly(
          "first-owner-closes",
          "tcp LISTEN B",
          Text.of(
              "A's close removes a descriptor, not the socket: the port stays in LISTEN.",
              "A 的 close 去掉的是一个描述符，不是套接字：端口仍处于 LISTEN。"),
          LAST_CLOSE);

  private static final Prediction OTHER_GOES_ON =
      Prediction.exactly(
          "the-other-goes-on",
          "hello",
          Text.of("New connections reach B.", "新连接到达 B。"),
          LAST_CLOSE);

  private static final Prediction STILL_TAKEN =
      Prediction.exactly(
          "bind-by-the-first-owner",
          "EADDRINUSE",
          Text.of("To A, who opened it, the port is now taken.", "对最初打开它的 A 来说，端口现在被占用了。"),
          LAST_CLOSE);

  private static final Prediction IN_FLIGHT =
      Prediction.exactly(
          "descriptor-on-its-way",
          "tcp LISTEN nobody",
          Text.of(
              "B sends it to C and closes before C has received it. The message holds the socket,"
                  + " and the port listens without any process.",
              "B 把它发给 C，并在 C 收到之前关闭。消息本身持有套接字，端口在不属于任何进程的情况下继续监听。"),
          "unix(7) SCM_RIGHTS; scm_fp_copy in net/core/scm.c");

  private static final Prediction NO_GAP =
      Prediction.exactly(
          "connection-made-meanwhile",
          "sent meanwhile",
          Text.of(
              "A connection made in that moment is complete and waits in the queue; C accepts it.",
              "在那一刻建立的连接是完整的，在队列中等待；C 接受了它。"),
          "listen(2); tcp_v4_syn_recv_sock in net/ipv4/tcp_ipv4.c");

  private static final Prediction LAST_CLOSES =
      Prediction.exactly(
          "bind-after-the-last-close",
          "OK",
          Text.of(
              "Only when the last descriptor is closed the port is free.", "只有最后一个描述符关闭后，端口才空闲。"),
          LAST_CLOSE);

  private static final Prediction SHUTDOWN =
      Prediction.exactly(
          "accept-after-the-others-shutdown",
          "EINVAL",
          Text.of(
              "shutdown, unlike close, is done to the socket: B's accept fails too.",
              "shutdown 与 close 不同，它作用于套接字本身：B 的 accept 也会失败。"),
          "accept(2) EINVAL; TCP_LISTEN in inet_shutdown, net/ipv4/af_inet.c");

  @Override
  public Page page() {
    return new Page(
        "9",
        Text.of("A listener handed from process to process", "监听套接字在进程间移交"),
        Text.of(
            "A child inherits its parent's listener, or a server hands it to its successor. Are two"
                + " processes bound to the port then? Who gets the connections, and when is the port"
                + " free?",
            "子进程继承父进程的监听套接字，或者服务器把它交给继任者。这算两个进程绑定了同一端口吗？连接归谁？端口何时空闲？"),
        "tcp.port == PORT",
        List.of(
            new Claim(
                TWO_PROCESSES,
                CORRECTS,
                Text.of(
                    "The kernel gives every socket a file descriptor that is unique.",
                    "每个套接字都有唯一的文件描述符。"),
                Text.of(
                    "A descriptor's number is unique within one process only, and one socket may have several: here two, in"
                        + " two processes; and for a moment none.",
                    "描述符的编号只在一个进程内唯一，一个套接字也可以有多个描述符：这里是两个进程里各一个，" + "中途还有一刻一个也没有。")),
            new Claim(
                TWO_PROCESSES,
                CONFIRMS,
                Text.of(
                    "After bind and fork, several processes have one port.",
                    "先 bind 再 fork，多个进程就共有一个端口。"),
                Text.of(
                    "They do, and all of them accept. Descriptor passing, used here because Java"
                        + " cannot fork, shares the open socket in the same way.",
                    "确实如此，而且都能 accept。Java 不能 fork，这里用描述符传递，两者以同样的方式共享打开的套接字。")),
            new Claim(
                TWO_PROCESSES,
                REFINES,
                Text.of(
                    "That makes it possible for several processes to bind one port.",
                    "这样就实现了多个进程绑定同一个端口。"),
                Text.of(
                    "Nothing is bound a second time: one socket, one inode, one queue, two"
                        + " descriptors.",
                    "没有任何东西被绑定第二次：一个套接字、一个 inode、一个队列、两个描述符。")),
            new Claim(
                COMMON_BELIEF,
                CORRECTS,
                Text.of(
                    "When the process that bound the port ends, the port is free.",
                    "绑定端口的进程结束，端口就空闲了。"),
                Text.of(
                    "A forgotten child that inherited the descriptor keeps it: a usual reason for"
                        + " \"address already in use\" with no server in sight.",
                    "继承了描述符而被遗忘的子进程仍占着它：看不到服务器却报“地址已被占用”，这是常见原因。"))),
        List.of(
            HOLDERS,
            OPTION_SHARED,
            OWN_BIND,
            ONE_QUEUE,
            FIRST_OWNER_CLOSES,
            OTHER_GOES_ON,
            STILL_TAKEN,
            IN_FLIGHT,
            NO_GAP,
            LAST_CLOSES,
            SHUTDOWN));
  }

  /** The two ends of a unix(7) connection, over which descriptors can be sent. */
  private record Channel(Sock from, Sock to) {
    static Channel open(Program from, Program to, String name) throws Exception {
      Sock door = to.quiet().unix("door");
      door.bindUnix(name).must();
      door.listen(1).must();
      Sock near = from.unix("channel");
      near.connectUnix(name).must();
      Sock far = new Sock(to, "channel", door.accept("channel").descriptor());
      door.close();
      return new Channel(near, far);
    }

    Sock hand(Sock socket) throws Exception {
      from.sendDescriptor(socket).must();
      return to.receiveDescriptor(socket.label());
    }
  }

  @Override
  public void run(Lab lab, Notebook notes) throws Exception {
    Lab.requireNative();
    Program a = lab.program("A");
    Program b = lab.program("B");
    Program client = lab.program("client");
    int port = lab.freePort();
    // Abstract names are the machine's; a process id makes this one ours alone.
    String name = "dualport-lab-" + client.pid();
    notes.say(
        "A listens, and sends a descriptor of its listener over a UNIX socket to B.",
        "A 开始监听，并通过 UNIX 套接字把监听套接字的描述符发给 B。");
    Sock ofA = a.listener("listener", LOOPBACK, port);
    Channel toB = Channel.open(a, b, name);
    Sock ofB = toB.hand(ofA);

    notes.part(
        "A's listener is now in B, too",
        "A 的监听套接字现在也在 B 里",
        () -> {
          lab.show(a, "The kernel's table", "内核的表", port);
          long inodes = Stream.of(ofA.inode(), ofB.inode()).distinct().count();
          notes.check(HOLDERS, lab.summary(a, port) + "; inodes: " + inodes);
          ofB.set(SO_REUSEADDR, 1).must();
          notes.check(OPTION_SHARED, ofA.get(SO_REUSEADDR).value());
          notes.check(OWN_BIND, b.tcp("own").bind(LOOPBACK, port));
        });
    notes.part(
        "Both accept from one queue",
        "两者从同一个队列 accept",
        () -> oneQueue(lab, notes, client, port, ofA, ofB));
    notes.part(
        "The first owner closes",
        "最初的持有者关闭",
        () -> {
          ofA.close().must();
          notes.check(FIRST_OWNER_CLOSES, lab.summary(a, port));
          Sock connection = dial(client, "connection", port);
          connection.send("hello").must();
          notes.check(OTHER_GOES_ON, readAndClose(ofB, connection));
          awaitOnlyListener(lab, a, port);
          notes.check(STILL_TAKEN, a.tcp("again").bind(LOOPBACK, port));
        });
    notes.part(
        "B hands it on to C and closes before C has it",
        "B 把它转交给 C，并在 C 收到之前关闭",
        () -> handOn(lab, notes, client, port, ofB, Channel.open(b, lab.program("C"), name)));
    notes.part(
        "shutdown is another matter",
        "shutdown 是另一回事",
        () -> {
          Sock shared = a.listener("listener", LOOPBACK, lab.freePort());
          Sock inherited = toB.hand(shared);
          shared.shutdownBoth().must();
          notes.check(SHUTDOWN, inherited.call("accept(" + inherited + ")", "accept", 0));
        });
  }

  /** Four connections wait; B, A, A and B call accept, and then A once more. */
  private static void oneQueue(
      Lab lab, Notebook notes, Program client, int port, Sock ofA, Sock ofB) throws Exception {
    notes.say(
        "The client connects %d times; each connection says which one it is.",
        "客户端连接 %d 次，每条连接发送自己的编号。", CONNECTIONS);
    List<Sock> connections = new ArrayList<>();
    for (int number = 1; number <= CONNECTIONS; number++) {
      Sock connection = dial(client.quiet(), "connection", port);
      connections.add(connection);
      connection.send(String.valueOf(number)).must();
      int waiting = number;
      lab.await(
          "the connection waits in the queue",
          "连接在队列中等待",
          () -> listener(lab, client, port).receiveQueueBytes() == waiting);
    }
    notes.observe(
        "The listener; Recv-Q counts the connections that wait",
        "监听套接字；Recv-Q 是等待中的连接数",
        lab.table(List.of(listener(lab, client, port))));
    List<String> took = new ArrayList<>();
    for (Sock listener : List.of(ofB, ofA, ofA, ofB)) {
      Sock accepted = listener.accept("accepted");
      String number = accepted.receive(Sock.PATIENCE_MILLIS).value();
      took.add((listener == ofA ? "A " : "B ") + number);
      connections.add(accepted);
    }
    took.add(ofA.accept("accepted", 0).isPresent() ? "A once more" : "nothing left");
    notes.check(ONE_QUEUE, String.join(", ", took));
    for (Sock connection : connections) {
      connection.close();
    }
    awaitOnlyListener(lab, client, port);
  }

  private static void handOn(
      Lab lab, Notebook notes, Program client, int port, Sock ofB, Channel toC) throws Exception {
    toC.from().sendDescriptor(ofB).must();
    ofB.close().must();
    lab.show(client, "The kernel's table", "内核的表", port);
    notes.check(IN_FLIGHT, lab.summary(client, port));
    Sock connection = dial(client, "connection", port);
    connection.send("sent meanwhile").must();
    Sock ofC = toC.to().receiveDescriptor(ofB.label());
    notes.check(NO_GAP, readAndClose(ofC, connection));
    ofC.close().must();
    lab.await("the port is unused", "端口不再使用", () -> lab.rows(client, port).isEmpty());
    notes.check(LAST_CLOSES, client.tcp("next").bind(LOOPBACK, port));
  }

  /** A connection that leaves nothing behind when it is closed. */
  private static Sock dial(Program client, String label, int port) throws Exception {
    Sock connection = client.tcp(label);
    connection.set(SO_LINGER, 0).must();
    connection.connect(LOOPBACK, port).must();
    return connection;
  }

  /** What a listener's program reads from a connection that waits; both ends are closed after. */
  private static String readAndClose(Sock listener, Sock connection) throws Exception {
    Sock accepted = listener.accept("accepted");
    String text = accepted.receive(Sock.PATIENCE_MILLIS).value();
    connection.close();
    accepted.close();
    return text;
  }

  private static SocketRow listener(Lab lab, Program program, int port) throws Exception {
    return lab.rows(program, port).stream()
        .filter(row -> row.state() == SocketState.LISTEN)
        .findFirst()
        .orElseThrow();
  }

  private static void awaitOnlyListener(Lab lab, Program program, int port) throws Exception {
    lab.await(
        "only the listener is left",
        "只剩监听套接字",
        () -> lab.rows(program, port).stream().allMatch(row -> row.state() == SocketState.LISTEN));
  }
}
