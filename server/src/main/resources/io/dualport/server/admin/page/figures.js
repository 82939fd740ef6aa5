/** Numbers, times and addresses as text. */

/** Shown where there is nothing to show. */
export const NONE = '–';

export class Figures {
  /** @param {string} locale as in en or zh-CN */
  constructor(locale) {
    this.whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.short = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
    this.tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    this.clock = new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  }

  count(number) {
    return number === null || number === undefined ? NONE : this.whole.format(number);
  }

  /** Per second: short, as it changes faster than it is read. Little is never shown as nothing. */
  rate(number) {
    if (number === null || number === undefined) return NONE;
    if (number > 0 && number < 9.95) return number < 0.05 ? `< ${this.tenth.format(0.1)}` : this.tenth.format(number);
    return this.mark(number);
  }

  /** A step of a scale, which is whole. */
  mark(number) {
    return number < 10_000 ? this.whole.format(number) : this.short.format(number);
  }

  /** Bytes in powers of 1024. */
  bytes(number) {
    if (number === null || number === undefined) return NONE;
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let unit = 0;
    let rest = number;
    for (; rest >= 1024 && unit < units.length - 1; unit++) rest /= 1024;
    return `${unit === 0 || rest >= 100 ? this.whole.format(rest) : this.tenth.format(rest)} ${units[unit]}`;
  }

  /** A short time, from microseconds. */
  micros(number) {
    if (number === null || number === undefined) return NONE;
    return number < 1000 ? `${number} µs` : `${this.tenth.format(number / 1000)} ms`;
  }

  /** The time of day here, from what Date understands. */
  time(date) {
    return this.clock.format(new Date(date));
  }
}

/** Days, hours, minutes and seconds of a span, largest first, as in 1:02:03 or 3 d 01:02:03. */
export function span(millis) {
  const seconds = Math.floor(millis / 1000);
  const two = (number) => String(number).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** Splits 127.0.0.1:8888 or [::1]:8888 into its address and its port. */
export function endpoint(text) {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: text.slice(colon + 1) };
}
