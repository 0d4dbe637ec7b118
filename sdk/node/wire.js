'use strict';

const fs = require('fs');
const net = require('net');
const { Decoder } = require('./decoder');
const { Encoder } = require('./encoder');

const READ_SIZE = 256 << 10;
const WRITE_SIZE = 64 << 10; // what waits to be sent is sent from this size on
const MAX_FRAME = (64 << 20) + 4;

/** The kinds of message. */
const HELLO = 0, CALL = 1, CAST = 2, REPLY = 3, ERROR = 4, CANCEL = 5, BYE = 6, CHUNK = 7, END = 8, CREDIT = 9;

/**
 * The worker's end of the socket: what is there is read at once, what is to be sent
 * goes out in one piece. The owner is told arrived() when something was read, takes
 * each frame by frame(id, decoder), and is told drained() when all of it is taken.
 */
class Wire {
  constructor(fd, owner) {
    this.fd = fd;
    this.owner = owner;
    this.decoder = new Decoder();
    this.encoder = new Encoder();
    this.rest = []; // the parts of an incomplete frame
    this.size = 0; // of all parts
    this.need = 8; // the size at which the parts are worth a look
    this.starts = 0; // where the frame that is being written begins
  }

  /** Begins to read. */
  open() {
    const buffer = Buffer.allocUnsafeSlow(READ_SIZE);
    this.socket = new net.Socket({
      fd: this.fd,
      readable: true,
      writable: true,
      onread: { buffer, callback: (n) => this.received(buffer.subarray(0, n)) },
    });
    for (const event of ['end', 'close', 'error']) this.socket.on(event, end);
    this.socket.resume();
  }

  /** Takes what was read; the bytes are valid only now. */
  received(data) {
    this.owner.arrived();
    if (this.size > 0) {
      this.keep(data);
      if (this.size < this.need) return true;
      data = Buffer.concat(this.rest, this.size);
      this.rest = [];
      this.size = 0;
    }
    const pos = this.split(data);
    if (pos < data.length) this.keep(data.subarray(pos));
    this.owner.drained();
    return true;
  }

  /** Keeps a part of an incomplete frame. */
  keep(data) {
    this.rest.push(Buffer.from(data));
    this.size += data.length;
  }

  /** Passes the complete frames in data on, and returns where the rest begins. */
  split(data) {
    let pos = 0;
    this.need = 8;
    while (data.length - pos >= 8) {
      const length = data.readUInt32BE(pos);
      if (length < 5 || length > MAX_FRAME) nonsense(length);
      const stop = pos + 4 + length;
      if (stop > data.length) {
        this.need = 4 + length;
        break;
      }
      this.decoder.open(data, pos + 8, stop);
      this.owner.frame(data.readUInt32BE(pos + 4), this.decoder);
      pos = stop;
    }
    return pos;
  }

  /** Begins a frame and returns the encoder for its message. finish or undo follows. */
  begin(id) {
    const { encoder } = this;
    this.starts = encoder.pos;
    encoder.reserve(8);
    encoder.data.writeUInt32BE(id, encoder.pos + 4);
    encoder.pos += 8;
    return encoder;
  }

  /** Completes the frame. Throws a RangeError when it is too long; it is gone then. */
  finish() {
    const { encoder } = this;
    const length = encoder.pos - this.starts - 4;
    if (length > MAX_FRAME) {
      this.undo();
      throw new RangeError(`a message of ${length} bytes is too long: ${MAX_FRAME} are allowed`);
    }
    encoder.data.writeUInt32BE(length, this.starts);
    if (encoder.pos > WRITE_SIZE) this.flush();
  }

  /** Drops the frame that was begun. */
  undo() {
    this.encoder.pos = this.starts;
  }

  /** Queues a message. Throws a TypeError when it has no form in CBOR. */
  send(id, message) {
    const encoder = this.begin(id);
    try {
      encoder.value(message);
    } catch (error) {
      this.undo();
      throw error;
    }
    this.finish();
  }

  /** Sends all that is queued; what does not fit goes out when there is room. */
  flush() {
    const { encoder } = this;
    let start = 0;
    if (encoder.pos === 0) return;
    try {
      while (start < encoder.pos && this.socket.writableLength === 0) {
        start += fs.writeSync(this.fd, encoder.data, start, encoder.pos - start);
      }
    } catch (error) {
      if (error.code !== 'EAGAIN') end();
    }
    if (start < encoder.pos) this.socket.write(Buffer.from(encoder.data.subarray(start, encoder.pos)));
    encoder.reset();
  }

  /** Calls done when all is sent. */
  sent(done) {
    this.flush();
    if (this.socket.writableLength === 0) done();
    else this.socket.once('drain', done);
  }
}

/** Ends the process at once: the host has gone. */
function end() {
  process.reallyExit(0);
}

/** Ends the process at once: a frame cannot be of this length. */
function nonsense(length) {
  console.error(`fondaco: the host sent a frame of length ${length}`);
  process.reallyExit(1);
}

/** Returns the descriptor that FONDACO_SOCKET names. Node keeps it from its children. */
function descriptor(address) {
  const m = /^fd:(\d+)$/.exec(address);
  if (!m) throw new Error(`FONDACO_SOCKET is ${JSON.stringify(address)}: this launcher knows fd:N only`);
  return Number(m[1]);
}

module.exports = { Wire, descriptor, HELLO, CALL, CAST, REPLY, ERROR, CANCEL, BYE, CHUNK, END, CREDIT };
