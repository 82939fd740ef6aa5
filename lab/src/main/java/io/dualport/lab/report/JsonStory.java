package io.dualport.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Part;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Step;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import io.dualport.report.Format;
import java.util.List;
import java.util.Locale;

/** Stories for programs: the same content, in the chosen language. */
final class JsonStory {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Language language;

  private JsonStory(Language language) {
    this.language = language;
  }

  /** Every experiment of a run, and where it ran. */
  static String render(List<Story> stories, Machine machine, Language language) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("system", machine.system());
    document.put("kernel", machine.kernel());
    document.put("java", machine.java());
    document.put("language", language.label());
    ArrayNode experiments = document.putArray("experiments");
    JsonStory json = new JsonStory(language);
    stories.forEach(story -> json.story(story, experiments.addObject()));
    return text(document);
  }

  static String text(JsonNode document) {
    try {
      return JSON.writeValueAsString(document) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void story(Story story, ObjectNode json) {
    Page page = story.page();
    json.put("id", page.id());
    json.put("title", page.title().in(language));
    json.put("question", page.question().in(language));
    ArrayNode predictions = json.putArray("predictions");
    for (Prediction prediction : page.predictions()) {
      ObjectNode node = predictions.addObject();
      node.put("name", prediction.name());
      node.put("predicted", prediction.expected().toString());
      node.put("rule", prediction.meaning().in(language));
      node.put("source", prediction.source());
    }
    ArrayNode parts = json.putArray("parts");
    story.parts().forEach(part -> part(part, parts.addObject()));
    ArrayNode claims = json.putArray("claims");
    for (Claim claim : page.claims()) {
      ObjectNode node = claims.addObject();
      node.put("article", claim.article().title().in(language));
      node.put("said", claim.said().in(language));
      // What was not tested, or surprised, says nothing about a claim.
      boolean tested = story.verdict() == StoryVerdict.AS_PREDICTED;
      node.put("effect", tested ? claim.effect().name().toLowerCase(Locale.ROOT) : null);
      node.put("testedInFull", tested && story.unchecked().isEmpty());
      node.put("found", claim.found().in(language));
    }
    json.put("answer", story.answer().map(answer -> answer.in(language)).orElse(null));
    json.put("filter", story.filter());
    json.put("verdict", story.verdict().name());
  }

  private void part(Part part, ObjectNode json) {
    json.put("heading", part.heading().in(language));
    ArrayNode steps = json.putArray("steps");
    part.steps().forEach(step -> step(step, steps.addObject()));
    json.put("skipped", part.skip().map(reason -> reason.in(language)).orElse(null));
    json.put("verdict", part.verdict().name());
  }

  private void step(Step step, ObjectNode json) {
    if (step instanceof Step.Remark remark) {
      json.put("kind", "remark");
      json.put("text", remark.text().in(language));
    } else if (step instanceof Step.Call call) {
      json.put("kind", "call");
      json.put("program", call.program());
      json.put("call", call.call());
      json.put("result", call.result());
      json.put("errno", call.errno() == null ? null : call.errno().name());
    } else if (step instanceof Step.Observation observation) {
      json.put("kind", "table");
      json.put("caption", observation.caption().in(language));
      json.set("rows", rows(observation));
    } else if (step instanceof Step.Exhibit exhibit) {
      json.put("kind", "exhibit");
      json.put("caption", exhibit.caption().in(language));
      json.put("lines", exhibit.lines());
    } else if (step instanceof Step.Check check) {
      json.put("kind", "check");
      json.put("name", check.prediction().name());
      json.put("predicted", check.prediction().expected().toString());
      json.put("observed", check.observed());
      json.put("verdict", check.verdict().name());
    } else if (step instanceof Step.Failure failure) {
      json.put("kind", "failure");
      json.put("text", failure.what().in(language));
    }
  }

  private static JsonNode rows(Step.Observation observation) {
    try {
      return JSON.readTree(Format.JSON.render(observation.table())).get("rows");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
