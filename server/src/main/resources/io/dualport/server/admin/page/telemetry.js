/** What the page knows of the server: its newest numbers, whether it is heard, and whether it began again. */

import { Poll, Refusal } from './api.js';
import { History } from './history.js';
import { Stream } from './stream.js';

const SNAPSHOT_MILLIS = 10_000;
const POLLED_MILLIS = 1_000;

export class Telemetry {
  /** The newest /api/snapshot: settings, and numbers until the first frame. */
  snapshot = null;
  /** The newest frame. */
  frame = null;
  /** null before the first word, then whether the server is heard. */
  connected = null;
  /** When a new instance answered in the place of the one before; null while it is the first. */
  restarted = null;
  /** Whether the numbers are asked for every second, as the server refused a stream. */
  polled = false;
  history = new History();

  #onChange;
  #scheduled = false;
  #snapshots = new Poll(
    SNAPSHOT_MILLIS,
    (snapshot) => this.#take(snapshot),
    () => this.#changed(),
  );
  /** Snapshots in the place of frames: a snapshot has all that a frame has. */
  #frames = new Poll(
    POLLED_MILLIS,
    (snapshot) => {
      this.#hear(true);
      this.#take(snapshot);
      this.#add(snapshot);
    },
    (fault) => this.#hear(fault instanceof Refusal),
  );

  /** @param {() => void} onChange called at most once a picture */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  start() {
    this.#snapshots.ask('api/snapshot');
    new Stream(
      (frame) => {
        this.#poll(false);
        this.#add(frame);
      },
      (connected) => {
        if (!this.polled) this.#hear(connected);
      },
      () => this.#poll(true),
    ).start();
  }

  /** Counters and state of now; null before the first answer. */
  get now() {
    return this.frame ?? this.snapshot;
  }

  /** serving, draining, stopped, disconnected or connecting. */
  get state() {
    if (this.connected === null) return 'connecting';
    if (this.connected) return this.frame?.state ?? 'connecting';
    return this.frame?.state === 'stopped' ? 'stopped' : 'disconnected';
  }

  forgetRestart() {
    this.restarted = null;
    this.#changed();
  }

  #take(snapshot) {
    this.snapshot = snapshot;
    this.#changed();
  }

  #add(frame) {
    const same = frame.instance === this.frame?.instance;
    if (same && frame.frame <= this.frame.frame) return; // replayed after a reconnect
    if (!same && this.frame !== null) {
      this.restarted = frame.time;
      if (!this.polled) this.#askSnapshot();
    }
    this.frame = frame;
    this.history.add(frame);
    this.#changed();
  }

  #poll(polled) {
    if (polled === this.polled) return;
    this.polled = polled;
    if (polled) {
      this.#snapshots.stop();
      this.#frames.ask('api/snapshot');
    } else {
      this.#frames.stop();
      this.#askSnapshot();
      this.#hear(true);
    }
    this.#changed();
  }

  #askSnapshot() {
    this.#snapshots.stop();
    this.#snapshots.ask('api/snapshot');
  }

  #hear(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    this.#changed();
  }

  /** The replay brings 120 frames at once: one picture is enough for them. */
  #changed() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#onChange();
    });
  }
}
