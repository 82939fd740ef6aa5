/** Answers of the admin side, read over HTTP. */

const PATIENCE_MILLIS = 10_000;
const MOST_REST_MILLIS = 5_000;
/** After the first refusal because the server is busy; doubled after each that follows. */
const BACK_OFF_MILLIS = 1_000;
const MOST_BACK_OFF_MILLIS = 16_000;

/** An answer that is not 200: what the server says about the parameter, if it does. */
export class Refusal extends Error {
  constructor(status, error) {
    super(`HTTP ${status}`);
    this.status = status;
    this.parameter = error?.parameter ?? null;
    this.allowed = error?.allowed ?? null;
  }

  /** Too many requests, or too many at once: the same question may be answered later. */
  get isBusy() {
    return this.status === 429 || this.status === 503;
  }
}

/**
 * Reads one JSON answer; gives up after PATIENCE_MILLIS.
 * @param {string} url
 * @param {AbortSignal} [signal] ends it sooner
 */
export async function getJson(url, signal) {
  const bound = AbortSignal.timeout(PATIENCE_MILLIS);
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, bound]) : bound, cache: 'no-store' });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer?.error);
  if (answer === null) throw new TypeError(`${url}: not JSON`);
  return answer;
}

/**
 * Asks the same question again and again while the page is visible. The next question waits for the answer,
 * so a slow server is never asked twice at once, and it then rests as long as it took. A busy one is given time.
 */
export class Poll {
  #everyMillis;
  #onAnswer;
  #onFault;
  #url = null;
  #answered = null;
  #paused = false;
  #refusals = 0;
  #timer = 0;
  #pending = null;

  /**
   * @param {number} everyMillis
   * @param {(answer: object, url: string) => void} onAnswer
   * @param {(fault: Error) => void} onFault
   */
  constructor(everyMillis, onAnswer, onFault) {
    this.#everyMillis = everyMillis;
    this.#onAnswer = onAnswer;
    this.#onFault = onFault;
  }

  /** Asks this from now on, at once; what was on its way is forgotten. */
  ask(url) {
    if (url === this.#url) return;
    if (this.#url === null) document.addEventListener('visibilitychange', this.#visibility);
    this.#url = url;
    this.#cancel();
    this.#turn();
  }

  /** While paused, a question is asked until it is answered once; resumed, at once and again and again. */
  pause(paused) {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused && !this.#rests) return;
    this.#cancel();
    this.#turn();
  }

  stop() {
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#url = null;
    this.#answered = null;
    this.#cancel();
  }

  #visibility = () => {
    this.#cancel();
    this.#turn();
  };

  #cancel() {
    clearTimeout(this.#timer);
    this.#pending?.abort();
    this.#pending = null;
  }

  /** Nothing is to be asked: there is no question, or it was answered and a pause keeps the answer. */
  get #rests() {
    return this.#url === null || (this.#paused && this.#answered === this.#url);
  }

  #turn = async () => {
    if (document.hidden || this.#rests) return;
    const pending = (this.#pending = new AbortController());
    const url = this.#url;
    const began = performance.now();
    let report;
    let busy = false;
    try {
      const answer = await getJson(url, pending.signal);
      if (this.#pending === pending) this.#answered = url;
      report = () => this.#onAnswer(answer, url);
    } catch (fault) {
      busy = fault instanceof Refusal && fault.isBusy;
      report = () => this.#onFault(fault);
    }
    if (this.#pending !== pending) return;
    this.#pending = null;
    const took = performance.now() - began;
    this.#timer = setTimeout(this.#turn, this.#rest(took, busy));
    report();
  };

  /** Milliseconds until the next question. Pages that were refused together do not ask again together. */
  #rest(took, busy) {
    this.#refusals = busy ? this.#refusals + 1 : 0;
    if (!busy) return Math.max(this.#everyMillis - took, Math.min(took, MOST_REST_MILLIS));
    const most = Math.min(BACK_OFF_MILLIS * 2 ** (this.#refusals - 1), MOST_BACK_OFF_MILLIS);
    return most * (1 + Math.random()) / 2;
  }
}
