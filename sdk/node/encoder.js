'use strict';

const { Symbol: Atom, Tuple, Regex, Channel } = require('./values');

const SMALL = 64 << 10; // the buffer's usual size
const LARGE = 1 << 20; // a larger buffer is not kept
const LOOP = 160; // shorter text is copied by a loop, which is faster than a call into C++
const MAX_DEPTH = 256;
const MAX_UINT64 = (1n << 64n) - 1n;

/** Appends CBOR to a buffer: data[0..pos). */
class Encoder {
  constructor() {
    this.reset();
  }

  /** Starts over with an empty buffer. */
  reset() {
    if (this.data === undefined || this.data.length > LARGE) this.data = Buffer.allocUnsafeSlow(SMALL);
    this.pos = 0;
  }

  /** Makes room for n more bytes. */
  reserve(n) {
    if (this.pos + n <= this.data.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.data.length * 2, this.pos + n));
    this.data.copy(larger, 0, 0, this.pos);
    this.data = larger;
  }

  /** Appends the head of an item of a major type (0 to 7) with argument n, a number. */
  head(major, n) {
    this.reserve(9);
    const { data } = this;
    const bits = major << 5;
    if (n < 24) {
      data[this.pos++] = bits | n;
    } else if (n < 0x100) {
      data[this.pos++] = bits | 24;
      data[this.pos++] = n;
    } else if (n < 0x10000) {
      data[this.pos++] = bits | 25;
      data[this.pos++] = n >>> 8;
      data[this.pos++] = n & 0xff;
    } else if (n < 0x100000000) {
      data[this.pos++] = bits | 26;
      this.pos = data.writeUInt32BE(n, this.pos);
    } else {
      data[this.pos++] = bits | 27;
      this.pos = data.writeBigUInt64BE(BigInt(n), this.pos);
    }
  }

  /** Appends a value. Throws a TypeError when it has no form. */
  value(v, depth = 0) {
    switch (typeof v) {
      case 'string':
        this.text(v);
        break;
      case 'number':
        this.number(v);
        break;
      case 'boolean':
        this.simple(v ? 0xf5 : 0xf4);
        break;
      case 'undefined':
        this.simple(0xf6);
        break;
      case 'bigint':
        this.bigint(v);
        break;
      case 'object':
        if (v === null) this.simple(0xf6);
        else this.object(v, depth);
        break;
      case 'symbol':
        this.head(6, 39);
        this.text(v.description || '');
        break;
      default:
        throw new TypeError(`a ${typeof v} has no form in CBOR`);
    }
  }

  /** Appends one byte. */
  simple(byte) {
    this.reserve(1);
    this.data[this.pos++] = byte;
  }

  /** Appends text. A lone surrogate becomes U+FFFD. */
  text(s) {
    const n = s.length;
    if (n < LOOP) {
      const start = this.pos;
      this.head(3, n);
      this.reserve(n);
      const { data } = this;
      let { pos } = this;
      for (let i = 0; i < n; i++) {
        const c = s.charCodeAt(i);
        if (c > 127) {
          this.pos = start;
          this.wide(s);
          return;
        }
        data[pos++] = c;
      }
      this.pos = pos;
      return;
    }
    this.wide(s);
  }

  /** Appends text of any length and characters. */
  wide(s) {
    const n = Buffer.byteLength(s);
    this.head(3, n);
    this.reserve(n);
    this.pos += this.data.utf8Write(s, this.pos, n);
  }

  /** Appends bytes. */
  bytes(b) {
    this.head(2, b.length);
    this.reserve(b.length);
    this.data.set(b, this.pos);
    this.pos += b.length;
  }

  /** Appends an integer when the number is integral and exact, else a float. */
  number(v) {
    if (Number.isSafeInteger(v) && !(v === 0 && 1 / v < 0)) {
      if (v >= 0) this.head(0, v);
      else this.head(1, -1 - v);
      return;
    }
    this.reserve(9);
    this.data[this.pos++] = 0xfb;
    this.pos = this.data.writeDoubleBE(v, this.pos);
  }

  /** Appends an integer of any size. */
  bigint(v) {
    const major = v < 0n ? 1 : 0;
    const n = v < 0n ? -1n - v : v;
    if (n <= MAX_UINT64) {
      this.reserve(9);
      if (n <= Number.MAX_SAFE_INTEGER) {
        this.head(major, Number(n));
      } else {
        this.data[this.pos++] = (major << 5) | 27;
        this.pos = this.data.writeBigUInt64BE(n, this.pos);
      }
      return;
    }
    const hex = n.toString(16);
    this.head(6, 2 + major);
    this.bytes(Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'));
  }

  /** Appends an object by its class. */
  object(v, depth) {
    if (depth > MAX_DEPTH) throw new TypeError(`a value nested deeper than ${MAX_DEPTH}, or in itself, has no form in CBOR`);
    if (Array.isArray(v)) {
      if (v instanceof Tuple) this.head(6, 64001);
      this.head(4, v.length);
      for (let i = 0; i < v.length; i++) this.value(v[i], depth + 1);
    } else if (v instanceof Uint8Array) {
      this.bytes(v);
    } else if (v instanceof Atom) {
      this.head(6, 39);
      this.text(v.name);
    } else if (v instanceof Map) {
      this.head(5, v.size);
      for (const [key, item] of v) {
        this.value(key, depth + 1);
        this.value(item, depth + 1);
      }
    } else if (v instanceof Date) {
      this.time(v);
    } else if (v instanceof RegExp || v instanceof Regex) {
      const regex = v instanceof Regex ? v : Regex.of(v);
      this.head(6, 64002);
      this.value([regex.source, regex.options], depth);
    } else if (v instanceof Channel) {
      this.head(6, 64003);
      this.head(0, v.id);
    } else {
      this.record(v, depth);
    }
  }

  /** Appends a point in time: an integer when the seconds are whole. */
  time(date) {
    const ms = date.getTime();
    if (Number.isNaN(ms)) throw new TypeError('an invalid Date has no form in CBOR');
    this.head(6, 1);
    this.number(ms / 1000);
  }

  /** Appends a plain object as a map. */
  record(v, depth) {
    const proto = Object.getPrototypeOf(v);
    if (proto !== Object.prototype && proto !== null) {
      const name = proto.constructor && proto.constructor.name;
      throw new TypeError(`an object of class ${name || 'unknown'} has no form in CBOR`);
    }
    const keys = Object.keys(v);
    this.head(5, keys.length);
    for (let i = 0; i < keys.length; i++) {
      this.text(keys[i]);
      this.value(v[keys[i]], depth + 1);
    }
  }
}

module.exports = { Encoder };
