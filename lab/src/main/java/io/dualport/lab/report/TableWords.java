package io.dualport.lab.report;

import io.dualport.lab.story.Language;
import io.dualport.report.Cell;
import io.dualport.report.Column;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The headers and words of observed tables in Chinese. Names of programs, calls, states, errnos and
 * counters are the same in every language; what is not listed here stays as it is.
 */
final class TableWords {
  private static final Map<String, String> CHINESE =
      Map.ofEntries(
          Map.entry("proto", "协议"),
          Map.entry("local", "本地地址"),
          Map.entry("remote", "对端地址"),
          Map.entry("state", "状态"),
          Map.entry("recv-q", "接收队列"),
          Map.entry("send-q", "发送队列"),
          Map.entry("program", "程序"),
          Map.entry("client", "客户端"),
          Map.entry("server", "服务器"),
          Map.entry("after", "此步之后"),
          Map.entry("before", "之前"),
          Map.entry("now A", "现在 A"),
          Map.entry("now B", "现在 B"),
          Map.entry("now C", "现在 C"),
          Map.entry("now D", "现在 D"),
          Map.entry("are", "用途"),
          Map.entry("says", "依据"),
          Map.entry("port", "端口"),
          Map.entry("ports", "端口数"),
          Map.entry("range", "范围"),
          Map.entry("named", "有名字的协议"),
          Map.entry("lowest", "最小"),
          Map.entry("highest", "最大"),
          Map.entry("call", "调用"),
          Map.entry("counter", "计数器"),
          Map.entry("by TCP", "由 TCP 引起"),
          Map.entry("by UDP", "由 UDP 引起"),
          Map.entry("TCP connections", "TCP 连接"),
          Map.entry("UDP flows", "UDP 流"),
          Map.entry("TIME_WAIT client", "客户端的 TIME_WAIT"),
          Map.entry("TIME_WAIT server", "服务器的 TIME_WAIT"),
          Map.entry("connections", "连接数"),
          Map.entry("datagrams", "数据报"),
          Map.entry("destination", "目的地"),
          Map.entry("toward", "目的地"),
          Map.entry("from", "来自"),
          Map.entry("then", "之后返回"),
          Map.entry("socket", "套接字"),
          Map.entry("sockets", "套接字"),
          Map.entry("newcomer binds", "后来者绑定"),
          Map.entry("no option", "不设选项"),
          Map.entry("SO_REUSEADDR", "SO_REUSEADDR"),
          Map.entry("SO_REUSEPORT", "SO_REUSEPORT"),
          Map.entry("both", "两者都设"),
          Map.entry("inodes", "inode 数"),
          Map.entry("in", "收到"),
          Map.entry("out", "发出"),
          Map.entry("dropped: own port", "丢弃：自身端口"),
          Map.entry("dropped: loop", "丢弃：循环"),
          Map.entry("sent", "已发送"),
          Map.entry("read", "已读取"),
          Map.entry("drops", "丢弃"),
          Map.entry("read before FIN", "FIN 之前读到"),
          Map.entry("read in all", "共读到"),
          Map.entry("taken by send", "send 收下"),
          Map.entry("in the kernel's queues", "在内核队列中"),
          Map.entry("in the server's memory", "在服务器内存中"));

  /** StoryWords in cells; a header's word may be a program's name there. */
  private static final Map<String, String> CHINESE_CELLS =
      Map.of(
          "system (well-known)", "系统端口（知名端口）",
          "user (registered)", "用户端口（注册端口）",
          "dynamic (private)", "动态端口（私有端口）",
          "tcp only", "仅 tcp",
          "udp only", "仅 udp",
          "nobody", "无");

  private TableWords() {}

  /** Whether a header has a Chinese form or needs none: it is empty, a name or a number. */
  static boolean knows(String header) {
    return CHINESE.containsKey(header) || header.matches("|tcp|udp|inode|[0-9].*");
  }

  /** The table as readers of this language see it. */
  static Table in(Table table, Language language) {
    if (language == Language.EN) {
      return table;
    }
    List<Column> columns =
        table.columns().stream()
            .map(
                column ->
                    new Column(
                        CHINESE.getOrDefault(column.header(), column.header()),
                        column.key(),
                        column.alignment()))
            .toList();
    List<List<Cell>> rows = new ArrayList<>();
    for (List<Cell> row : table.rows()) {
      rows.add(row.stream().map(TableWords::translated).toList());
    }
    return new Table(table.title(), columns, rows, table.notes());
  }

  private static Cell translated(Cell cell) {
    return cell instanceof Cell.Text text
        ? Cell.text(CHINESE_CELLS.getOrDefault(text.text(), text.text()))
        : cell;
  }
}
