package io.dualport.server.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.server.kernel.KernelShare;
import java.util.List;
import java.util.OptionalLong;

/** What of the kernel's counts is ours, as JSON; the same on standard output and the admin side. */
public final class ShareJson {
  private ShareJson() {}

  /** Null where the kernel does not tell whose it was. */
  public static ArrayNode of(List<KernelShare> shares) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (KernelShare share : shares) {
      ObjectNode node = array.addObject();
      node.put("key", share.key());
      ArrayNode counters = node.putArray("counters");
      share.counters().forEach(counters::add);
      node.put("all", share.all());
      put(node, "ours", share.ours());
      put(node, "others", share.others());
    }
    return array;
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    node.put(key, value.isPresent() ? value.getAsLong() : null);
  }
}
