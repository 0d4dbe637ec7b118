'use strict';

const MAX_FRAMES = 100;
const MAX_TEXT = 65536;

/** A call that a plugin made and that failed. */
class FondacoError extends Error {
  /**
   * @param {string} kind the word of docs/protocol.md, such as "timeout" or "user"
   * @param {string} [className] of the exception in the other plugin
   * @param {string} [message]
   * @param {string[]} [backtrace] innermost frame first
   */
  constructor(kind, className = '', message = '', backtrace = []) {
    super(message);
    this.kind = kind;
    this.class_name = className;
    this.backtrace = backtrace;
  }
}

/** Nobody waits any more for the call that the plugin works on. */
class Canceled extends FondacoError {
  constructor() {
    super('canceled', '', 'nobody waits for this call any more');
  }
}

/** Returns the exception that an error message of the host carries. */
function ofMessage(message) {
  const [, kind, name = '', text = '', lines = []] = message;
  if (![kind, name, text].every((s) => typeof s === 'string') || !Array.isArray(lines)) {
    return new FondacoError('protocol', '', 'the host sent an error that cannot be read');
  }
  return new FondacoError(kind, name, text, lines.map(String));
}

/** Returns class, message and backtrace of what was thrown, as the wire takes them. */
function describe(error) {
  if (!(error instanceof Error)) return [typeof error, printable(error), []];
  const lines = frames(error);
  if (error instanceof FondacoError) {
    const name = error.kind === 'user' ? error.class_name : camel(error.kind);
    return [String(name), printable(error.message), [...error.backtrace, ...lines].slice(0, MAX_FRAMES)];
  }
  const own = error.constructor && error.constructor.name;
  const name = typeof own === 'string' && own !== 'Error' ? own : error.name || 'Error';
  return [printable(name), printable(error.message), lines];
}

/** Returns a value as text that is not too long, whatever it does when it is asked for that. */
function printable(value) {
  try {
    return String(value).slice(0, MAX_TEXT);
  } catch {
    return '(it cannot be shown)';
  }
}

/** Returns the plugin's frames of an error, innermost first, as "file:line:in function". */
function frames(error) {
  const lines = [];
  for (const line of String(error.stack).split('\n')) {
    const m = /^ {4}at (?:(?:async )?(.*?) \()?([^()]+):(\d+):\d+\)?$/.exec(line);
    if (m && m[2] !== __filename && !m[2].startsWith('node:')) {
      lines.push(`${m[2].replace('file://', '')}:${m[3]}:in ${m[1] || 'main'}`);
    }
  }
  return lines.slice(0, MAX_FRAMES);
}

/** Returns a kind in camel case: no_function as NoFunction. */
function camel(kind) {
  return kind.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

module.exports = { FondacoError, Canceled, ofMessage, describe };
