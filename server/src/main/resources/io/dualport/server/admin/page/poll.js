/** A question that a part of the page asks again and again. */

import { useEffect, useRef, useState } from './vendor/htm-preact.js';
import { Poll } from './api.js';

/**
 * @param {string} url
 * @param {number} everyMillis
 * @param {boolean} [paused] asks a question that is new once, and keeps its answer
 * @returns {{answer: object | null, before: object | null, fault: Error | null}} before: the answer to the same
 *     question before the newest
 */
export function usePoll(url, everyMillis, paused = false) {
  const [heard, setHeard] = useState({ answer: null, before: null, url: null, fault: null });
  const poll = useRef(null);
  useEffect(() => {
    poll.current = new Poll(
      everyMillis,
      (answer, asked) =>
        setHeard((last) => ({ answer, before: last.url === asked ? last.answer : null, url: asked, fault: null })),
      (fault) => setHeard((last) => ({ ...last, fault })),
    );
    return () => poll.current.stop();
  }, []);
  useEffect(() => poll.current.pause(paused), [paused]);
  useEffect(() => poll.current.ask(url), [url]);
  return heard;
}
