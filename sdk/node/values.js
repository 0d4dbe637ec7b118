'use strict';

/**
 * The classes of values that JavaScript itself lacks. Everything else is what it
 * is in JavaScript: null, boolean, number (an integral one is an integer), bigint
 * for integers beyond 53 bits, string, Buffer, Array, Date, and a plain object for
 * a map whose keys are all text, else a Map.
 */

/** A symbol (an atom): a name that is not just text. */
class Symbol {
  /** @param {string} name */
  constructor(name) {
    this.name = String(name);
  }

  toString() {
    return this.name;
  }
}

/** A tuple: an array of fixed length. Make one with Tuple.of(1, 'a') or Tuple.from(array). */
class Tuple extends Array {}

/** The words of the options of a regular expression, with the flags of JavaScript. */
const OPTIONS = { caseless: 'i', extended: '', multiline: 'm', dotall: 's' };

/** A regular expression as data: its source and the options all languages share. */
class Regex {
  /**
   * @param {string} source
   * @param {{caseless?: boolean, extended?: boolean, multiline?: boolean, dotall?: boolean}} [options]
   */
  constructor(source, options = {}) {
    this.source = source;
    for (const option of Object.keys(OPTIONS)) this[option] = Boolean(options[option]);
  }

  /** @returns {RegExp} the expression compiled; JavaScript has no extended syntax. */
  compile() {
    if (this.extended) throw new SyntaxError('JavaScript has no extended regular expressions');
    return new RegExp(this.source, Object.keys(OPTIONS).map((o) => (this[o] ? OPTIONS[o] : '')).join(''));
  }

  /** @returns {string[]} the words of the options that are set. */
  get options() {
    return Object.keys(OPTIONS).filter((option) => this[option]);
  }

  /** @param {RegExp} regexp @returns {Regex} the same as data. */
  static of(regexp) {
    return new Regex(regexp.source, { caseless: regexp.ignoreCase, multiline: regexp.multiline, dotall: regexp.dotAll });
  }
}

/** A client connection, known by its id. */
class Channel {
  /** @param {number} id */
  constructor(id) {
    this.id = id;
  }
}

module.exports = { Symbol, Tuple, Regex, Channel };
