'use strict';

const { CHUNK, CREDIT, END } = require('./wire');

const AHEAD = 16; // chunks the host may send before they are read
const MAX_CHUNK = 65536;

/** What the caller of one function streams in: an async iterable of Buffers. */
class Input {
  constructor(worker, context) {
    this.worker = worker;
    this.context = context;
    this.chunks = [];
    this.ended = false;
    this.granted = 0; // chunks that may still come
    this.wake = null;
  }

  async *[globalThis.Symbol.asyncIterator]() {
    for (;;) {
      this.grant();
      while (this.chunks.length === 0) {
        if (this.ended) return;
        await this.context.wait((resolve) => {
          this.wake = resolve;
        });
      }
      yield this.chunks.shift();
    }
  }

  /** Gives the host room for more chunks, in portions. */
  grant() {
    const room = AHEAD - this.chunks.length - this.granted;
    if (room < AHEAD / 2 || this.ended || this.context.done) return;
    this.granted += room;
    this.worker.send(this.context.id, [CREDIT, room]);
  }

  /** Takes a chunk or the end. Returns false when the message has no bytes. */
  received(kind, message) {
    if (kind === END) {
      this.ended = true;
    } else {
      if (!Buffer.isBuffer(message[1])) return false;
      if (this.granted === 0) return true;
      this.granted--;
      this.chunks.push(message[1]);
    }
    if (this.wake) this.wake();
    return true;
  }
}

/** What the caller of one function takes as a stream. */
class Output {
  constructor(worker, context, credit) {
    this.worker = worker;
    this.context = context;
    this.credit = credit;
    this.waiting = []; // those that wait for credit, in order
  }

  /** Sends bytes or text in chunks that fit, and waits for credit where it is needed. */
  async send(chunk) {
    if (typeof chunk === 'string') chunk = Buffer.from(chunk);
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`a chunk is bytes or text, not ${typeof chunk}`);
    for (let start = 0; start < chunk.length; start += MAX_CHUNK) {
      while (this.credit <= 0) await this.context.wait((resolve) => this.waiting.push(resolve));
      this.context.check();
      this.credit--;
      this.worker.send(this.context.id, [CHUNK, chunk.subarray(start, start + MAX_CHUNK)]);
    }
  }

  /** Takes credit. Returns false when the message has no number. */
  received(_kind, message) {
    if (!Number.isSafeInteger(message[1])) return false;
    this.credit += message[1];
    for (let n = this.credit; n > 0 && this.waiting.length > 0; n--) this.waiting.shift()();
    return true;
  }
}

module.exports = { Input, Output };
