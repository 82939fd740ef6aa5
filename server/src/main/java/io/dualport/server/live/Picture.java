package io.dualport.server.live;

import io.dualport.terminal.Line;
import java.util.List;

/**
 * What a screen shows.
 *
 * @param lines as many as the screen has rows, or fewer
 * @param offset where the list of five-tuples is scrolled to, after what there is
 * @param page five-tuples on it
 */
public record Picture(List<Line> lines, int offset, int page) {}
