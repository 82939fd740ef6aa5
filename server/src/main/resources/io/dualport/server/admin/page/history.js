/** The last ten minutes, a row a second, for the charts. */

import { droppedByKernel } from './port.js';

export const SPAN_SECONDS = 600;
const MOST_ROWS = 2 * SPAN_SECONDS;

/** What a chart can show; each is a column. */
const COLUMNS = {
  tcpMessages: (rates) => rates.tcp.messagesIn,
  udpMessages: (rates) => rates.udp.messagesIn,
  tcpBytes: (rates) => rates.tcp.bytesIn,
  udpBytes: (rates) => rates.udp.bytesIn,
  udpDropped: (rates) => rates.udp.dropped,
  udpKernelDropped: (_, kernelDropRate) => kernelDropRate,
};

/** null where the kernel does not tell, or a socket went. */
function rateOf(last, answer) {
  const seconds = (Date.parse(answer?.time) - Date.parse(last?.time)) / 1000;
  const before = droppedByKernel(last);
  const more = droppedByKernel(answer) - before;
  return before !== null && seconds > 0 && more >= 0 ? more / seconds : null;
}

export class History {
  #seconds = [];
  #columns = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, []]));
  #instance = null;
  #frame = 0;
  #kernel = null;

  /** Seconds since 1970 at which a new server began. */
  restarts = [];

  /** The server's time of the newest row; null before the first. */
  get newestSeconds() {
    return this.#seconds.at(-1) ?? null;
  }

  /** Datagrams a second that the kernel dropped at our sockets; null where that is not known. */
  kernelDropRate = null;

  /** @param {object | null} answer of /api/kernel; the rate is over the time since the one before */
  hearKernel(answer) {
    const last = this.#kernel;
    this.#kernel = answer;
    this.kernelDropRate = last?.instance === answer?.instance ? rateOf(last, answer) : null;
  }

  /** Adds a frame that is newer than all before. Frames that are missing in between leave a row of nothing. */
  add(frame) {
    const seconds = Date.parse(frame.time) / 1000;
    const last = this.newestSeconds;
    // A clock that was set back: a chart cannot go left.
    if (last !== null && seconds <= last) this.#clear();
    else if (last !== null && (frame.instance !== this.#instance || frame.frame !== this.#frame + 1)) {
      this.#push((last + seconds) / 2, () => null);
      if (frame.instance !== this.#instance) this.restarts.push(seconds);
    }
    this.#push(seconds, (name) => COLUMNS[name](frame.rates, this.kernelDropRate));
    this.#instance = frame.instance;
    this.#frame = frame.frame;
    this.#trim(seconds - SPAN_SECONDS);
  }

  /** Columns as uPlot wants them: seconds first. */
  columns(names) {
    return [this.#seconds, ...names.map((name) => this.#columns[name])];
  }

  #push(seconds, value) {
    this.#seconds.push(seconds);
    for (const name in this.#columns) this.#columns[name].push(value(name));
  }

  #trim(oldest) {
    let gone = 0;
    while (this.#seconds[gone] < oldest || this.#seconds.length - gone > MOST_ROWS) gone++;
    if (gone > 0) {
      this.#seconds.splice(0, gone);
      for (const name in this.#columns) this.#columns[name].splice(0, gone);
    }
    this.restarts = this.restarts.filter((at) => at >= oldest);
  }

  #clear() {
    this.#seconds.length = 0;
    for (const name in this.#columns) this.#columns[name].length = 0;
    this.restarts = [];
  }
}
