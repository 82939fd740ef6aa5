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

const PROTOCOLS = ['', 'tcp', 'udp'];
export const STATES = ['live', 'ended', 'all'];
const SORTS = ['bytesIn', 'bytesOut', 'messagesIn', 'messagesOut', 'reads', 'writes', 'dropped', 'firstSeen', 'lastSeen', 'rtt', 'tuple'];
const ORDERS = ['asc', 'desc'];
export const MOST_PEER_LENGTH = 64;

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
    peer: (told.get('peer') ?? '').trim().slice(0, MOST_PEER_LENGTH),
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
  for (const name of ['protocol', 'peer', 'state', 'twins', 'sort', 'order']) {
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
