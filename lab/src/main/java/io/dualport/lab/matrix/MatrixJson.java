package io.dualport.lab.matrix;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Protocol;
import java.util.List;
import java.util.stream.Collectors;

/** The matrix for programs: one array, one object and one line a cell. */
final class MatrixJson {
  private MatrixJson() {}

  static String render(List<BindPair> cells) {
    return cells.stream()
        .map(cell -> "  " + json(cell))
        .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }

  private static ObjectNode json(BindPair cell) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    socket(json.putObject("holder"), cell.holder().socket(), cell.holder().listening());
    // The newcomer asks for all it can have: bind, then on TCP listen.
    socket(json.putObject("newcomer"), cell.newcomer(), cell.newcomer().protocol() == Protocol.TCP);
    answer(json, cell.observed());
    answer(json.putObject("predicted"), cell.predicted());
    json.put("rule", cell.rule().label());
    json.put("verdict", cell.isSurprise() ? "SURPRISE" : "AS_PREDICTED");
    return json;
  }

  private static void socket(ObjectNode json, Binder socket, boolean listening) {
    json.put("protocol", socket.protocol().label());
    json.put("address", socket.address().label());
    json.put("options", socket.options().label());
    json.put("listening", listening);
  }

  private static void answer(ObjectNode json, BindAnswer answer) {
    json.put("bind", answer.bind());
    json.put("listen", answer.listen());
  }
}
