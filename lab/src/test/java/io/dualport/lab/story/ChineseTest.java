package io.dualport.lab.story;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.VariableElement;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every English sentence of the lab's sources has Chinese, and no Chinese is left without one. */
class ChineseTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Path FOLDER = Path.of("src/main/resources/io/dualport/lab/chinese");
  private static final Pattern CONVERSION = Pattern.compile("%(?:(\\d+)\\$)?([a-z%])");

  /** Sentence to where it stands. */
  private static final Map<String, String> SENTENCES = new TreeMap<>();

  /** Where something is passed as a sentence that does not stand in the source. */
  private static final List<String> UNREADABLE = new ArrayList<>();

  /** The compiler itself reads the sources: it knows which parameters are {@link English}. */
  @BeforeAll
  static void readTheSources() throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.walk(SOURCES)) {
      List<Path> java = sources.filter(path -> path.toString().endsWith(".java")).toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none", "-classpath", System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjectsFromPaths(java));
      Iterable<? extends CompilationUnitTree> units = task.parse();
      task.analyze();
      Trees trees = Trees.instance(task);
      for (CompilationUnitTree unit : units) {
        new Sentences(trees).scan(unit, null);
      }
    }
    assertThat(SENTENCES).hasSizeGreaterThan(500);
  }

  @Test
  void shouldReadEverySentence() {
    assertThat(UNREADABLE).isEmpty();
  }

  @Test
  void shouldHaveChineseForEverySentence() {
    Map<String, String> missing = new TreeMap<>(SENTENCES);
    missing.keySet().removeAll(chinese().keySet());

    assertThat(missing).as("sentence without Chinese = where it stands").isEmpty();
  }

  @Test
  void shouldHaveNoChineseWithoutItsSentence() {
    Set<String> left = new HashSet<>(chinese().keySet());
    left.removeAll(SENTENCES.keySet());

    assertThat(left).as("Chinese whose English sentence is gone or was changed").isEmpty();
  }

  @Test
  void shouldSayTheSameWithTheSameValues() {
    chinese()
        .forEach(
            (english, chinese) -> {
              assertThat(english).doesNotContainPattern("\\p{IsHan}").isNotBlank();
              assertThat(chinese).as(english).isNotBlank();
              assertThat(conversions(chinese)).as(english).isEqualTo(conversions(english));
            });
  }

  @Test
  void shouldReadEveryFileOnce() throws Exception {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<String> names =
          files.map(file -> file.getFileName().toString().replace(".txt", "")).toList();
      assertThat(Chinese.FILES).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  /** All files together; a sentence in two of them would have two translations. */
  private static Map<String, String> chinese() {
    Map<String, String> all = new HashMap<>();
    for (String file : Chinese.FILES) {
      Chinese.read(file)
          .forEach(
              (english, chinese) ->
                  assertThat(all.put(english, chinese)).as("%s: %s", file, english).isNull());
    }
    return all;
  }

  /** What is put in: position to kind of value. */
  private static Map<Integer, String> conversions(String sentence) {
    Map<Integer, String> found = new TreeMap<>();
    var matcher = CONVERSION.matcher(sentence);
    while (matcher.find()) {
      if (!matcher.group(2).equals("%")) {
        int position =
            matcher.group(1) == null ? found.size() + 1 : Integer.parseInt(matcher.group(1));
        found.put(position, matcher.group(2));
      }
    }
    return found;
  }

  private static final class Sentences extends TreePathScanner<Void, Void> {
    private final Trees trees;

    Sentences(Trees trees) {
      this.trees = trees;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
      read(call.getArguments());
      return super.visitMethodInvocation(call, none);
    }

    @Override
    public Void visitNewClass(NewClassTree call, Void none) {
      read(call.getArguments());
      return super.visitNewClass(call, none);
    }

    private void read(List<? extends ExpressionTree> arguments) {
      Element called = trees.getElement(getCurrentPath());
      if (!(called instanceof ExecutableElement method)) {
        return;
      }
      for (int i = 0; i < Math.min(arguments.size(), method.getParameters().size()); i++) {
        if (isEnglish(method.getParameters().get(i))) {
          sentence(arguments.get(i));
        }
      }
    }

    private static boolean isEnglish(Element parameter) {
      return parameter.getAnnotation(English.class) != null;
    }

    private void sentence(ExpressionTree argument) {
      if (argument instanceof ConditionalExpressionTree either) {
        sentence(either.getTrueExpression());
        sentence(either.getFalseExpression());
        return;
      }
      Element element = element(argument);
      if (element != null && isEnglish(element)) {
        return; // passed on: it is read where it comes from
      }
      String where =
          getCurrentPath().getCompilationUnit().getSourceFile().getName() + ": " + argument;
      String sentence = constant(argument);
      if (sentence == null) {
        UNREADABLE.add(where);
      } else {
        SENTENCES.put(sentence, where);
      }
    }

    /** The text of a literal, of a constant, or of several put together; null if it is neither. */
    private String constant(Tree tree) {
      if (tree instanceof LiteralTree literal) {
        return String.valueOf(literal.getValue());
      }
      if (tree instanceof ParenthesizedTree inner) {
        return constant(inner.getExpression());
      }
      if (tree instanceof BinaryTree sum && sum.getKind() == Tree.Kind.PLUS) {
        String left = constant(sum.getLeftOperand());
        String right = constant(sum.getRightOperand());
        return left == null || right == null ? null : left + right;
      }
      return element(tree) instanceof VariableElement variable
              && variable.getConstantValue() != null
          ? variable.getConstantValue().toString()
          : null;
    }

    private Element element(Tree tree) {
      return trees.getElement(new TreePath(getCurrentPath(), tree));
    }
  }
}
