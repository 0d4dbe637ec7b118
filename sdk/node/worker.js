'use strict';

const { AsyncLocalStorage } = require('async_hooks');
const { Context } = require('./context');
const { FondacoError, describe, ofMessage } = require('./errors');
const { Input, Output } = require('./streams');
const { Wire, CALL, CAST, REPLY, ERROR, CANCEL, BYE, CHUNK, END, CREDIT } = require('./wire');

const LONG = 2; // milliseconds; answers do not wait longer, nor for a function that may take longer
const MAX_TIMER = 0x7fffffff;

/**
 * The worker: it serves the calls of the host and makes calls itself. Functions run as
 * calls arrive; those that return promises overlap.
 */
class Worker {
  constructor(fd, module) {
    this.module = module;
    this.functions = new Map(); // name -> {name, run, guard, quick}
    this.wire = new Wire(fd, this);
    this.calls = new AsyncLocalStorage(); // the Context of what runs
    this.running = new Map(); // contexts by id
    this.answers = new Map(); // of own calls: [resolve, reject] by id
    this.lastId = 0;
    this.greeted = false;
    this.leaving = null; // what to do when the last call is answered
    this.scheduled = false;
    this.clock = this.flushed = Date.now();
    this.later = () => {
      this.scheduled = false;
      this.wire.flush();
      this.depart();
    };
  }

  /** Notes when frames arrive. */
  arrived() {
    this.clock = this.flushed = Date.now();
  }

  /** Takes one frame of the host. */
  frame(id, decoder) {
    let message;
    try {
      message = decoder.whole();
    } catch (error) {
      this.unreadable(id, error.message);
      return;
    }
    if (!Array.isArray(message) || typeof message[0] !== 'number') {
      this.unreadable(id, 'it is not an array that begins with a kind');
    } else if (message[0] === CALL) {
      this.serve(id, message);
    } else {
      this.received(id, message);
    }
  }

  /** Sends the answers when all that was read is served. */
  drained() {
    this.wire.flush();
    this.depart();
  }

  /** Serves one call. */
  serve(id, message) {
    const [, module, name, args] = message;
    const options = message.length > 4 ? optionsOf(message[4]) : undefined;
    if (typeof module !== 'string' || typeof name !== 'string' || !Array.isArray(args) || options === null) {
      this.fail(id, 'protocol', '', 'a call is [1, module, function, [args...]] with options as a map behind');
      return;
    }
    const f = this.functions.get(name);
    if (f === undefined) {
      this.fail(id, 'no_function', '', `${module}.${name}: no such function`);
      return;
    }
    if (!f.quick) this.wire.flush();
    const context = new Context(id);
    this.running.set(id, context);
    let result;
    try {
      result = this.calls.run(context, start, this, f, context, args, options);
    } catch (error) {
      this.failed(context, error);
      return;
    }
    const now = Date.now();
    f.quick = now - this.clock < LONG;
    this.clock = now;
    if (now - this.flushed >= LONG) {
      this.flushed = now;
      this.wire.flush();
    }
    if (typeof result === 'object' && result !== null && result !== REFUSED) {
      if (typeof result.then === 'function') {
        result.then((value) => this.finish(f, context, value), (error) => this.failed(context, error));
        return;
      }
    }
    this.finish(f, context, result);
  }

  /** Sends the result of a function; that of a generator chunk by chunk or as a list. */
  finish(f, context, result) {
    if (result === REFUSED) {
      this.over(context);
      this.fail(context.id, 'no_function', '', `${this.module}.${f.name}: its predicate says no`);
      return;
    }
    if (typeof result === 'object' && result !== null && typeof result.next === 'function') {
      this.calls.run(context, exhaust, context, result)
        .then((value) => this.reply(f, context, value), (error) => this.failed(context, error));
      return;
    }
    this.reply(f, context, result);
  }

  /** Answers with a value. */
  reply(f, context, value) {
    const { wire } = this;
    const encoder = wire.begin(context.id);
    try {
      encoder.head(4, 2);
      encoder.head(0, REPLY);
      encoder.value(value);
    } catch (error) {
      wire.undo();
      const [, why] = describe(error);
      this.failed(context, new TypeError(`the result of ${this.module}.${f.name} cannot be sent: ${why}`));
      return;
    }
    try {
      wire.finish();
    } catch (error) {
      this.failed(context, error);
      return;
    }
    this.over(context);
  }

  /** Answers with what a function threw. */
  failed(context, error) {
    this.over(context);
    this.fail(context.id, 'user', ...describe(error));
  }

  /** Notes that a call is answered. */
  over(context) {
    context.done = true;
    this.running.delete(context.id);
    this.schedule();
  }

  /** Answers with an error. */
  fail(id, kind, name, text, backtrace = []) {
    this.send(id, [ERROR, kind, name, text, backtrace]);
  }

  /** Sends a message with the next batch. */
  send(id, message) {
    this.wire.send(id, message);
    this.schedule();
  }

  /** Sees to it that what is queued goes out soon. */
  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.later);
  }

  /** Takes a message that is not a call. */
  received(id, message) {
    const kind = message[0];
    if (kind === REPLY || kind === ERROR) {
      this.answered(id, message);
    } else if (kind === BYE) {
      this.leaving = this.leave;
    } else if (kind === CANCEL) {
      const context = this.running.get(id);
      if (context) context.cancel();
    } else if (kind === CHUNK || kind === END || kind === CREDIT) {
      const context = this.running.get(id);
      const stream = context && (kind === CREDIT ? context.output : context.input);
      if (stream && !stream.received(kind, message)) this.unreadable(id, 'a chunk carries bytes, credit a number');
    }
  }

  /** Takes a message that cannot be read. */
  unreadable(id, why) {
    if (this.answers.has(id)) this.answered(id, [ERROR, 'protocol', '', `the answer cannot be read: ${why}`]);
    else this.fail(id, 'protocol', '', `the message cannot be read: ${why}`);
  }

  /** Passes the answer to an own call on to whoever waits. */
  answered(id, message) {
    const waiting = this.answers.get(id);
    if (waiting === undefined) return;
    this.answers.delete(id);
    const [resolve, reject] = waiting;
    if (message[0] === ERROR) reject(ofMessage(message));
    else if (message.length < 2) reject(new FondacoError('protocol', '', 'the host sent a reply without a value'));
    else resolve(message[1]);
  }

  /** Leaves when the host said bye and all calls are answered. */
  depart() {
    if (this.leaving === null || this.running.size > 0) return;
    const leave = this.leaving;
    this.leaving = null;
    this.wire.sent(leave);
  }

  /** Returns the context of what runs, a new one when it is no call. */
  context() {
    const context = this.calls.getStore();
    return context === undefined || context.done ? new Context(undefined) : context;
  }

  /** Makes a call and returns a promise of its result. */
  call(module, name, args) {
    const context = this.context();
    let id;
    const promise = context.wait((resolve, reject) => {
      id = this.request(CALL, context, module, name, args);
      this.answers.set(id, [resolve, reject]);
    });
    const over = () => this.answers.delete(id);
    promise.then(over, over);
    return promise;
  }

  /** Makes a cast. */
  cast(module, name, args) {
    this.request(CAST, this.context(), module, name, args);
  }

  /** Sends a call or cast and returns its id. */
  request(kind, context, module, name, args) {
    if (!this.greeted) throw new Error('a plugin can call only when it is loaded and start() has returned');
    const message = [kind, String(module), String(name), args];
    if (context.id !== undefined) message.push({ parent: context.id });
    do {
      this.lastId = (this.lastId % 0x7fffffff) + 1;
    } while (this.answers.has(this.lastId + 0x80000000));
    this.send(this.lastId + 0x80000000, message);
    return this.lastId + 0x80000000;
  }

  /** Returns a promise that is kept after so many seconds. */
  sleep(seconds) {
    let timer;
    const promise = this.context().wait((resolve) => {
      timer = setTimeout(resolve, Math.min(seconds * 1000, MAX_TIMER));
    });
    const over = () => clearTimeout(timer);
    promise.then(over, over);
    return promise;
  }
}

/** What start returns when the predicate says no. */
const REFUSED = { refused: true };

/** Runs a function with its predicate before it. Called inside the call's context. */
function start(worker, f, context, args, options) {
  if (options !== undefined) {
    if (options.in === true) context.input = new Input(worker, context);
    if (Number.isSafeInteger(options.out)) context.output = new Output(worker, context, options.out);
    if (options.guard === true && f.guard) {
      const { guard } = f;
      const verdict = guard(...args);
      if (verdict && typeof verdict.then === 'function') return verdict.then((yes) => (yes ? invoke(f, args) : REFUSED));
      if (!verdict) return REFUSED;
    }
  }
  return invoke(f, args);
}

/** Calls a function, which must get all the arguments it names. */
function invoke(f, args) {
  const { run } = f;
  if (args.length < run.length) throw new TypeError(`${f.name} takes ${run.length} arguments, got ${args.length}`);
  return run(...args);
}

/** Sends what a generator yields as chunks, or returns it as a list when nobody takes a stream. */
async function exhaust(context, generator) {
  const list = context.output ? null : [];
  for await (const chunk of { [globalThis.Symbol.asyncIterator]: () => generator }) {
    if (list) list.push(chunk);
    else await context.output.send(chunk);
  }
  return list;
}

/** Returns a call's options as an object, or null when they are no map. */
function optionsOf(v) {
  if (v instanceof Map) return Object.fromEntries(v);
  return typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype ? v : null;
}

module.exports = { Worker };
