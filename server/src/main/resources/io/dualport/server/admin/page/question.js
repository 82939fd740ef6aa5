/** What the five-tuple table asks /api/flows. */

export const PAGE_SIZES = [25, 50, 100];
/** The server's own bound on offset. */
const MOST_OFFSET = 10_000_000;

export const FIRST_QUESTION = {
  protocol: '',
  peer: '',
  state: 'live',
  twins: false,
  sort: 'bytesIn',
  order: 'desc',
  offset: 0,
  limit: PAGE_SIZES[0],
};

/** A filter or an order that changes starts on the first page. */
export function ask(question, change) {
  return { ...question, offset: 0, ...change };
}

/** The same column again turns the order around; another starts with its most telling end. */
export function sortBy(question, sort) {
  const natural = sort === 'tuple' ? 'asc' : 'desc';
  const turned = question.order === 'desc' ? 'asc' : 'desc';
  return ask(question, { sort, order: sort === question.sort ? turned : natural });
}

/** Twins alone are put side by side. */
export function onlyTwins(question, twins) {
  return ask(question, twins ? { twins, sort: 'tuple', order: 'asc' } : { twins });
}

/** One five-tuple and its twin, though one of them may have ended. */
export function besideTwin(question, source) {
  return ask(question, { protocol: '', peer: source, state: 'all', twins: true, sort: 'tuple', order: 'asc' });
}

/** Moves to the page that has this row; total may have shrunk meanwhile. */
export function turnTo(question, offset, total) {
  const last = Math.max(0, Math.ceil(total / question.limit) - 1) * question.limit;
  return { ...question, offset: Math.max(0, Math.min(offset, last, MOST_OFFSET)) };
}

export function url(question) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(question)) {
    if (value !== '' && value !== false) parameters.set(name, String(value));
  }
  return `api/flows?${parameters}`;
}
