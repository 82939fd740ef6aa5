/** What the five-tuple table asks /api/flows. */

export const PAGE_SIZES = [25, 50, 100];
/** The server's own bound on offset. */
const MOST_OFFSET = 10_000_000;

export const FIRST_QUESTION = {
  protocol: '',
  peer: '',
  match: '',
  state: 'live',
  twins: false,
  sort: 'bytesIn',
  order: 'desc',
  offset: 0,
  limit: PAGE_SIZES[0],
};

const PROTOCOLS = ['', 'tcp', 'udp'];
export const STATES = ['live', 'ended', 'all'];
const SORTS = ['bytesIn', 'bytesOut', 'messagesIn', 'messagesOut', 'reads', 'writes', 'dropped', 'firstSeen', 'lastSeen', 'rtt', 'tuple'];
const ORDERS = ['asc', 'desc'];
export const MOST_FILTER_LENGTH = 80;

/**
 * The question that an address of the page holds, as in ?protocol=udp&sort=rtt; what it does not tell, or tells
 * wrongly, is as at first.
 * @param {string} search
 */
export function fromAddress(search) {
  const told = new URLSearchParams(search);
  const one = (name, allowed, first) => (allowed.includes(told.get(name)) ? told.get(name) : first);
  const sort = one('sort', SORTS, FIRST_QUESTION.sort);
  return {
    ...FIRST_QUESTION,
    protocol: one('protocol', PROTOCOLS, FIRST_QUESTION.protocol),
    peer: (told.get('peer') ?? '').trim().slice(0, MOST_FILTER_LENGTH),
    match: (told.get('match') ?? '').trim().slice(0, MOST_FILTER_LENGTH),
    state: one('state', STATES, FIRST_QUESTION.state),
    twins: told.get('twins') === 'true',
    sort,
    order: one('order', ORDERS, naturalOrder(sort)),
  };
}

/**
 * The address of the page with this question in it; what is as at first is left out, and other parameters stay.
 * @param {string} address
 */
export function toAddress(address, question) {
  const to = new URL(address);
  const first = { ...FIRST_QUESTION, order: naturalOrder(question.sort) };
  for (const name of ['protocol', 'peer', 'match', 'state', 'twins', 'sort', 'order']) {
    to.searchParams.delete(name); // so that one question has one address, in whatever order it was asked
    if (question[name] !== first[name]) to.searchParams.set(name, String(question[name]));
  }
  return to.href;
}

function naturalOrder(sort) {
  return sort === 'tuple' ? 'asc' : 'desc';
}

/** A filter or an order that changes starts on the first page. */
export function ask(question, change) {
  return { ...question, offset: 0, ...change };
}

/** The same column again turns the order around; another starts with its most telling end. */
export function sortBy(question, sort) {
  const turned = question.order === 'desc' ? 'asc' : 'desc';
  return ask(question, { sort, order: sort === question.sort ? turned : naturalOrder(sort) });
}

/** Twins alone are put side by side, though one of them may have ended. */
export function onlyTwins(question, twins) {
  return ask(question, twins ? { twins, state: 'all', sort: 'tuple', order: 'asc' } : { twins, state: FIRST_QUESTION.state });
}

/** One five-tuple and its twin. */
export function besideTwin(question, source) {
  return onlyTwins({ ...question, protocol: '', match: '', peer: source }, true);
}

/** What was typed; a peer that was chosen by its exact address is shown in its place. */
export function typed(question) {
  return question.match || question.peer;
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
