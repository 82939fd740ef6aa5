/** One frame a second, as the server sends them. */

const SILENCE_MILLIS = 5_000;
const WATCH_MILLIS = 1_000;
/** After the first refusal; doubled after each that follows. */
const REOPEN_MILLIS = 2_000;
const MOST_REOPEN_MILLIS = 32_000;

/**
 * Keeps one EventSource open while the page is visible. The browser reconnects by itself and asks for what it
 * missed; where it gives up (an answer that is no stream) or hears nothing, a new one is opened.
 */
export class Stream {
  #onFrame;
  #onConnection;
  #onRefusal;
  #source = null;
  #heardAt = 0;
  #reopen = 0;
  #refusals = 0;

  /**
   * @param {(frame: object) => void} onFrame
   * @param {(connected: boolean) => void} onConnection
   * @param {() => void} onRefusal the answer was no stream; the page is told no more than that
   */
  constructor(onFrame, onConnection, onRefusal) {
    this.#onFrame = onFrame;
    this.#onConnection = onConnection;
    this.#onRefusal = onRefusal;
  }

  start() {
    document.addEventListener('visibilitychange', this.#visibility);
    setInterval(this.#watch, WATCH_MILLIS);
    this.#visibility();
  }

  /** A hidden page reads nothing; what it misses within the server's memory comes when it is back. */
  #visibility = () => {
    if (document.hidden) this.#close();
    else this.#open();
  };

  #open = () => {
    this.#close();
    this.#heardAt = performance.now();
    const source = (this.#source = new EventSource('api/events'));
    source.addEventListener('frame', (event) => {
      this.#heardAt = performance.now();
      this.#refusals = 0;
      this.#onConnection(true);
      this.#onFrame(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.#refused();
      else this.#onConnection(false);
    });
  };

  #refused() {
    this.#openLater(Math.min(REOPEN_MILLIS * 2 ** this.#refusals, MOST_REOPEN_MILLIS));
    this.#refusals++;
    this.#onRefusal();
  }

  #openLater(millis) {
    this.#close();
    this.#reopen = setTimeout(this.#visibility, millis);
  }

  #close() {
    clearTimeout(this.#reopen);
    this.#source?.close();
    this.#source = null;
  }

  #watch = () => {
    if (this.#source === null || performance.now() - this.#heardAt < SILENCE_MILLIS) return;
    this.#onConnection(false);
    // A connection that the browser is trying to make again is left to it.
    if (this.#source.readyState === EventSource.OPEN) this.#openLater(REOPEN_MILLIS);
  };
}
