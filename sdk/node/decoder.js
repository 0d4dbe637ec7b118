'use strict';

const { Symbol: Atom, Tuple, Regex, Channel } = require('./values');

const MAX_DEPTH = 256;
const BREAK = { toString: () => 'break' };
const CACHED = 24; // text up to this length is looked up in the cache first
const SLOTS = 1024;

/** Reads CBOR from a buffer: data[pos..end). */
class Decoder {
  constructor() {
    this.data = Buffer.alloc(0);
    this.pos = 0;
    this.end = 0;
    this.cache = new Array(SLOTS).fill('');
  }

  /** Reads from data[pos..end) next. */
  open(data, pos, end) {
    this.data = data;
    this.pos = pos;
    this.end = end;
  }

  /** Returns the one value there is. Throws when there is none. */
  whole() {
    const v = this.item(0);
    if (this.pos !== this.end) throw new Error('the message is not one CBOR value');
    return v;
  }

  /** Moves over n bytes and returns where they begin. */
  take(n) {
    const start = this.pos;
    if (n > this.end - start) throw new Error('the message ends in the middle of a value');
    this.pos = start + n;
    return start;
  }

  /** Returns the argument of a head with these low bits: a number, or a bigint beyond 53 bits. */
  argument(info) {
    if (info < 24) return info;
    const { data } = this;
    switch (info) {
      case 24:
        return data[this.take(1)];
      case 25: {
        const at = this.take(2);
        return (data[at] << 8) | data[at + 1];
      }
      case 26:
        return data.readUInt32BE(this.take(4));
      case 27: {
        const n = data.readBigUInt64BE(this.take(8));
        return n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
      }
      default:
        throw new Error(`a head with the additional information ${info}`);
    }
  }

  /** Returns the next value, never a break. */
  item(depth) {
    const v = this.next(depth);
    if (v === BREAK) throw new Error('a break in the wrong place');
    return v;
  }

  /** Returns the next value, or BREAK. */
  next(depth) {
    const first = this.data[this.take(1)];
    const major = first >> 5;
    const info = first & 31;
    if (major === 7) return this.simple(info);
    if (info === 31) return this.indefinite(major, depth);
    const n = this.argument(info);
    switch (major) {
      case 0:
        return n;
      case 1:
        return typeof n === 'number' && n < Number.MAX_SAFE_INTEGER ? -1 - n : narrow(-1n - BigInt(n));
      case 2:
        return this.bytes(n);
      case 3:
        return this.text(n);
      default:
        if (depth > MAX_DEPTH) throw new Error(`a value nested deeper than ${MAX_DEPTH}`);
    }
    if (major === 6) return tagged(n, this.item(depth + 1));
    if (n > this.end - this.pos) throw new Error('a container that is longer than its message');
    return major === 4 ? this.array(n, depth) : this.map(n, depth);
  }

  /** Returns a copy of n bytes. */
  bytes(n) {
    const start = this.take(n);
    return Buffer.from(this.data.subarray(start, start + n));
  }

  /** Returns n bytes as text. */
  text(n) {
    const start = this.take(n);
    const { data } = this;
    if (n > CACHED) {
      const s = data.utf8Slice(start, start + n);
      if (s.includes('\ufffd')) check(data, start, n);
      return s;
    }
    if (n === 0) return '';
    let hash = n;
    for (let i = start; i < start + n; i++) {
      const c = data[i];
      if (c > 127) return this.wide(start, n);
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    const slot = hash & (SLOTS - 1);
    const known = this.cache[slot];
    if (known.length === n && same(data, start, known)) return known;
    const s = data.latin1Slice(start, start + n);
    this.cache[slot] = s;
    return s;
  }

  /** Returns short text that is not all ASCII. */
  wide(start, n) {
    const s = this.data.utf8Slice(start, start + n);
    if (s.includes('\ufffd')) check(this.data, start, n);
    return s;
  }

  /** Returns an array of n items. */
  array(n, depth) {
    const values = [];
    for (let i = 0; i < n; i++) values.push(this.item(depth + 1));
    return values;
  }

  /** Returns a map of n pairs: an object when all keys are text. */
  map(n, depth) {
    const pairs = [];
    for (let i = 0; i < n; i++) {
      pairs.push(this.item(depth + 1));
      pairs.push(this.item(depth + 1));
    }
    return ofPairs(pairs);
  }

  /** Returns a float or a simple value. */
  simple(info) {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25: {
        const at = this.take(2);
        return half((this.data[at] << 8) | this.data[at + 1]);
      }
      case 26:
        return this.data.readFloatBE(this.take(4));
      case 27:
        return this.data.readDoubleBE(this.take(8));
      case 31:
        return BREAK;
      default:
        throw new Error(`the simple value ${info}`);
    }
  }

  /** Returns a string or container that ends with a break. */
  indefinite(major, depth) {
    if (major < 2 || major > 5 || depth > MAX_DEPTH) throw new Error('an item of indefinite length');
    const values = [];
    for (let v = this.next(depth + 1); v !== BREAK; v = this.next(depth + 1)) values.push(v);
    if (major === 4) return values;
    if (major === 5) {
      if (values.length % 2) throw new Error('a map with a key that has no value');
      return ofPairs(values);
    }
    if (major === 2) {
      if (!values.every(Buffer.isBuffer)) throw new Error('bytes made of something else');
      return Buffer.concat(values);
    }
    if (!values.every((v) => typeof v === 'string')) throw new Error('text made of something else');
    return values.join('');
  }
}

/** Reports whether the bytes at start are the ASCII text s. */
function same(data, start, s) {
  for (let i = 0; i < s.length; i++) if (data[start + i] !== s.charCodeAt(i)) return false;
  return true;
}

/** Throws when the bytes are not valid UTF-8. */
function check(data, start, n) {
  new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(start, start + n));
}

/** Returns a bigint as a number when that is exact. */
function narrow(n) {
  return n >= Number.MIN_SAFE_INTEGER && n <= Number.MAX_SAFE_INTEGER ? Number(n) : n;
}

/** Returns alternating keys and values as an object, or as a Map when a key is not text. */
function ofPairs(pairs) {
  const object = {};
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i];
    if (typeof key !== 'string') return ofAnyPairs(pairs);
    if (key === '__proto__') {
      Object.defineProperty(object, key, { value: pairs[i + 1], enumerable: true, configurable: true, writable: true });
    } else {
      object[key] = pairs[i + 1];
    }
  }
  return object;
}

/** Returns alternating keys and values as a Map. */
function ofAnyPairs(pairs) {
  const map = new Map();
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  return map;
}

/** Returns what a tag and its content stand for; of an unknown tag, the content. */
function tagged(tag, v) {
  switch (tag) {
    case 0:
      return typeof v === 'string' ? new Date(v) : v;
    case 1:
      return typeof v === 'number' ? new Date(Math.round(v * 1e6) / 1e3) : v;
    case 2:
    case 3:
      if (!Buffer.isBuffer(v)) return v;
      v = BigInt(`0x0${v.toString('hex')}`);
      return narrow(tag === 2 ? v : -1n - v);
    case 39:
      return typeof v === 'string' ? new Atom(v) : v;
    case 64001:
      return Array.isArray(v) ? Tuple.from(v) : v;
    case 64002:
      return Array.isArray(v) && Array.isArray(v[1]) ? regex(v[0], v[1]) : v;
    case 64003:
      return new Channel(v);
    default:
      return v;
  }
}

/** Returns a regular expression with the options whose words are given. */
function regex(source, words) {
  return new Regex(source, Object.fromEntries(words.map((word) => [word, true])));
}

/** Returns the float that 16 bits stand for. */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

module.exports = { Decoder };
